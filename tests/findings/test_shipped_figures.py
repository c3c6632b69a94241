"""Every figure of the project, in both languages and widths: whole, readable, and every number in it accounted for."""

import re
from pathlib import Path

import pytest
from matplotlib.text import Text

from kzm_surveys.findings.figure_script import read_script
from kzm_surveys.findings.figure_words import read_figure_words
from kzm_surveys.findings.sketch import NUMBER
from tests.plots.faults import faults

SURVEYS = ("noise", "breastfeeding")
NAMES = [(survey, name) for survey in SURVEYS for name in read_figure_words(Path(f"figures/{survey}.toml"))]
#: Names of the artists that hold numbers beside the marks and in columns.
PRINTED = {"number", "value", "at_risk", "median", "quantile", "total"}
SLOVENE = set("čšžČŠŽ»«")


@pytest.fixture(scope="module")
def drawn(designs):
    """Figures by survey, name, language and width, each drawn once."""
    scripts = {survey: read_script(Path(f"figures/{survey}.py"), designs[survey]) for survey in SURVEYS}
    made = {}

    def draw(survey, name, lang="sl", width="full"):
        key = survey, name, lang, width
        if key not in made:
            (made[key],) = scripts[survey].draw(designs[survey], lang=lang, width=width, only=[name])
        return made[key]

    draw.scripts = scripts
    return draw


def texts(figure):
    return [text for text in figure.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def test_every_figure_has_words_and_every_words_a_figure(drawn):
    for survey in SURVEYS:
        words = read_figure_words(Path(f"figures/{survey}.toml"))
        assert list(words) == sorted(words, key=list(words).index)
        assert set(words) == set(drawn.scripts[survey].builds)


@pytest.mark.parametrize("width", ["full", "half"])
@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize(("survey", "name"), NAMES)
def test_nothing_is_cut_off_or_overlaps_and_all_words_can_be_read(drawn, survey, name, lang, width):
    figure = drawn(survey, name, lang, width)
    assert faults(figure.figure) == []
    assert figure.figure.get_size_inches()[0] == pytest.approx({"full": 6.3, "half": 3.05}[width])
    assert figure.figure.get_size_inches()[1] <= 9.2
    assert min(text.get_fontsize() for text in texts(figure)) >= 7


@pytest.mark.parametrize(("survey", "name"), NAMES)
def test_the_words_are_of_the_language(drawn, survey, name):
    english = drawn(survey, name, "en")
    for words in (english.title, english.caption, english.foot, english.alt):  # places have one name
        assert not SLOVENE & set(
            re.sub(r"\b(Boršt|Črni Kal|Gračišče|Pobegi-Čežarji|Škocjan|Škofije|Šmarje|Žusterna)\b", "", str(words))
        )
    slovene = drawn(survey, name)
    whole = " ".join([str(slovene.alt), str(slovene.foot), *(text.get_text() for text in texts(slovene))])
    assert not re.search(r"\b(the|and|of|share|respondents|source|base|weighted)\b", whole, re.IGNORECASE)
    assert not re.search(r"\d\.\d", re.sub(r"\d{1,3}(\.\d{3})+", "", whole))  # a decimal point
    assert not re.search(r"\d %| = \d", whole)  # a blank that could break


@pytest.mark.parametrize("lang", ["sl", "en"])
@pytest.mark.parametrize(("survey", "name"), NAMES)
def test_every_printed_number_is_one_that_the_ledger_will_hold(drawn, survey, name, lang):
    figure = drawn(survey, name, lang)
    known = {found for number in figure.numbers for found in NUMBER.findall(number.text)}
    for text in figure.figure.texts:
        if text.get_gid() in PRINTED:
            assert known.issuperset(NUMBER.findall(text.get_text())), (text.get_gid(), text.get_text())
    for words in (figure.title, figure.alt):
        told = " ".join(str(part) for part in words.numbers())
        labels = (
            " ".join(figure.plotted.select_dtypes("str").fillna("").to_numpy().ravel()) if len(figure.plotted) else ""
        )
        for found in NUMBER.findall(str(words)):
            assert found in told or found in labels, (found, str(words))


@pytest.mark.parametrize(("survey", "name"), NAMES)
def test_title_base_source_and_mark_stand_in_the_picture(drawn, survey, name):
    figure = drawn(survey, name)
    said = {
        gid: " ".join(t.get_text() for t in figure.figure.texts if t.get_gid() == gid)
        for gid in ("title", "foot", "mark")
    }
    assert said["title"] == str(figure.title)
    assert said["mark"].startswith("SINTETIČNI PODATKI")
    assert re.search("n\u00a0=\u00a0\\d", said["foot"])
    assert "Vir: " in said["foot"]
    foot = said["foot"].replace(" ", "")
    assert all(sentence in foot for sentence in str(figure.foot).replace(" ", "").split(".") if sentence)
    assert "sintetični podatki" in str(figure.foot)


@pytest.mark.parametrize(("survey", "name"), NAMES)
def test_alternative_text_says_kind_finding_and_base(drawn, survey, name):
    figure = drawn(survey, name)
    alt = str(figure.alt)
    assert ": " in alt.partition(". ")[0]  # kind of figure: what is compared
    assert str(figure.title) in alt
    assert "Osnova: " in alt
    assert "n\u00a0=\u00a0" in alt
    assert ".." not in alt
    assert "  " not in alt
    assert 100 < len(alt) < 900


@pytest.mark.parametrize(("survey", "name"), NAMES)
def test_the_table_of_plotted_numbers_is_whole(drawn, survey, name):
    table = drawn(survey, name).plotted
    assert len(table) > 1
    english = drawn(survey, name, "en").plotted
    assert len(english) == len(table)
    assert list(english.columns) == list(table.columns)


@pytest.mark.parametrize(
    ("survey", "name"), [pair for pair in NAMES if pair[1] not in ("noise_port_model", "breastfeeding_duration")]
)
def test_alternative_text_names_the_extremes_that_are_plotted(drawn, survey, name):
    figure = drawn(survey, name)
    finding = str(figure.alt)
    if "Največ: " in finding:
        plotted = [
            number.claim.estimate for number in figure.alt.numbers() if not number.claim.statistic.endswith(".n")
        ]
        nets = figure.plotted["category"].fillna("").astype(str).str.contains("+", regex=False)
        column = figure.plotted.loc[nets if nets.any() else ~nets, "estimate"].dropna()
        assert max(plotted) == pytest.approx(column.max())
        assert min(plotted) == pytest.approx(column.min())
    else:
        assert len(list(figure.alt.numbers())) >= 2
