"""Every figure of the project, in both languages and widths: whole, readable, and every number in it accounted for."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import kzm_surveys as kzm
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
    if "ajveč: " in finding:
        plotted = [
            number.claim.estimate for number in figure.alt.numbers() if not number.claim.statistic.endswith(".n")
        ]
        nets = figure.plotted["category"].fillna("").astype(str).str.contains("+", regex=False)
        column = figure.plotted.loc[nets if nets.any() else ~nets, "estimate"].dropna()
        assert max(plotted) == pytest.approx(column.max())
        assert min(plotted) == pytest.approx(column.min())
    else:
        assert len(list(figure.alt.numbers())) >= 2


def altered(design, answer):
    """The design of a wave whose answers are others; what weights, groups and ids need stays."""
    answers = design.survey.responses.copy()
    kept = {"sex", "age", "age_group", "place_type", "local_community", "parity", "education"}
    for name in answers.columns.drop([name for name in kept if name in answers.columns]):
        answers[name] = answer(answers[name])
    return kzm.weight(replace(design.survey, responses=answers))


def of_few(people):
    """Leave the answers of so many people, and make those of the others missing."""

    def answer(column):
        left = np.random.default_rng(people).permutation(len(column)) < people
        return column.where(left)

    return answer


def alike(place):
    """Let everybody give the same answer: the first or the last category, nothing or one."""

    def answer(column):
        if isinstance(column.dtype, pd.CategoricalDtype):
            return pd.Categorical([column.cat.categories[place]] * len(column), dtype=column.dtype)
        return (column.isna() | True).astype(column.dtype) * (0 if place == 0 else 1)

    return answer


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.parametrize("answer", [of_few(0), of_few(2), of_few(12), of_few(25), of_few(80), alike(0), alike(-1)])
def test_few_or_uniform_answers_never_stop_the_figures(designs, survey, answer):
    design = altered(designs[survey], answer)
    for figure in read_script(Path(f"figures/{survey}.py"), design).draw(design):
        assert faults(figure.figure) == []
        if not len(figure.plotted):
            assert str(figure.alt) == "Slika ni prikazana, ker je odgovorov premalo."


@pytest.mark.parametrize("survey", SURVEYS)
@pytest.mark.parametrize("people", [12, 25, 40])
def test_a_title_that_names_the_highest_of_a_set_is_true_of_what_is_withheld_too(designs, survey, people):
    design = altered(designs[survey], of_few(people))
    sets = {"noise": ["disturbed", "health", "coping", "proposal_themes"],
            "breastfeeding": ["corners", "proposal_themes", "needs", "information", "stopping"]}[survey]  # fmt: skip
    script = read_script(Path(f"figures/{survey}.py"), design)
    for name in sets:
        figure_name = f"{survey}_{name.replace('proposal_themes', 'proposals')}"
        (figure,) = script.draw(design, only=[figure_name])
        estimates = [row for row in kzm.multiple_response(design, name) if row.category not in ("none", "other")]
        for number in figure.title.numbers():
            assert number.claim.estimate > 0
            assert sum(row.estimate >= number.claim.estimate for row in estimates) == 1


def test_an_opt_in_sample_has_no_model_and_no_whiskers(noise):
    wave = noise.survey.wave
    sampling = wave.sampling.model_copy(update={"kind": "opt_in"})
    opt_in = kzm.weight(replace(noise.survey, wave=wave.model_copy(update={"sampling": sampling})))
    assert not opt_in.infers
    script = read_script(Path("figures/noise.py"), opt_in)
    assert set(read_script(Path("figures/noise.py"), noise).builds) - set(script.builds) == {"noise_port_model"}
    for figure in script.draw(opt_in):
        assert "interval" not in " ".join(text.get_text() for text in texts(figure))
        if "ci_low" in figure.plotted:
            assert figure.plotted["ci_low"].isna().all()


def test_the_table_of_panels_says_which_panel_a_number_is_of(drawn):
    table = drawn("noise", "noise_port_by_age_and_place").plotted
    assert table["panel"].nunique() == 3
    assert not table.duplicated(["panel", "by_category"]).any()


def test_the_table_holds_the_column_of_all_too(drawn):
    table = drawn("breastfeeding", "breastfeeding_needs_by_parity").plotted
    assert table.loc[table["by"].isna(), "n"].unique().tolist() == [176]


def test_a_title_that_passes_over_small_groups_says_so(drawn):
    words = {"sl": "Naslov ne navaja skupin z majhno osnovo.", "en": "The title names no group with a small base."}
    for lang, note in words.items():
        assert note in str(drawn("breastfeeding", "breastfeeding_needs_by_parity", lang).foot)
        assert note in str(drawn("noise", "noise_port_by_age_and_place", lang).foot)
        assert note not in str(drawn("noise", "noise_annoyance_by_place", lang).foot)


def test_the_base_is_that_of_all_groups_together(drawn):
    assert "(n\u00a0=\u00a0472)" in str(drawn("noise", "noise_port_by_age_and_place").foot)
    assert "(n\u00a0=\u00a0194)" in str(drawn("breastfeeding", "breastfeeding_first_hour").foot)


def many(design):
    """The design with every respondent some forty times: no group has a small base."""
    survey = design.survey
    frames = [survey.responses] * 40
    return kzm.SurveyDesign.from_survey(
        replace(
            survey,
            responses=pd.concat(frames, ignore_index=True),
            missing=pd.concat([survey.missing] * 40, ignore_index=True),
        )
    )


def test_communities_with_many_answers_are_not_called_uncertain(noise):
    script = read_script(Path("figures/noise.py"), noise)
    (few,) = script.draw(noise, only=["noise_port_by_community"])
    assert "odgovorov malo" in str(few.title)
    (enough,) = script.draw(many(noise), only=["noise_port_by_community"])
    assert re.fullmatch(r"Pristanišče .* od .* prebivalcev \(.*\) do .* \(.*\)", str(enough.title))


def test_withheld_communities_do_not_stand_in_the_order_of_their_shares(noise):
    (figure,) = read_script(Path("figures/noise.py"), noise).draw(noise, only=["noise_port_by_community"])
    shares = kzm.proportion(noise, "highly_annoyed_port", by="local_community", categories=["yes"])
    hidden = [str(row.by_category) for row in shares if row.withheld and row.n >= 5]
    assert len(hidden) > 2
    shown = [str(name) for name in figure.plotted["by_category"] if str(name) in hidden]
    assert shown == hidden
