import json
import re
from dataclasses import replace

import pytest

import kzm_surveys as kzm
from kzm_surveys.findings.annex import Words, annexes
from kzm_surveys.findings.ledger import Ledger, numbers_of
from kzm_surveys.findings.section import FigureRef, Paragraph, ReportFigure, Section, Table
from kzm_surveys.findings.text import Claim, Fixed, Footnote, Number, Text, number, say
from kzm_surveys.findings.tracing import traced_section
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue


@pytest.fixture(scope="module")
def road(noise):
    return kzm.proportion(noise, "annoyance_road")


def annex_of(design, *parts, figures=None, lang="sl"):
    blocks = [Paragraph(Text(parts)), *(FigureRef(name) for name in figures or {})]
    section = traced_section(Section(design, blocks), lang)
    return annexes([section], figures or {}, lang)


def words_of(row):
    return str(row[0]).partition("\n")[0]


def id_of(row):
    return str(row[0]).partition("\n")[2]


def rows_of(found):
    (section,) = found
    return [[str(cell) for cell in row] for row in section.blocks[0].rows]


def test_an_estimate_is_one_row_with_base_and_interval(noise, voice, road):
    very = road.row("very")
    found = annex_of(noise, voice.percent(very), " (", *voice.interval(very).parts, ", n = ", voice.base(very), ")")
    (row,) = rows_of(found)
    assert row[0] == f"motečnost hrupa po virih: cestni promet – zelo; delež, uteženo\n{voice.percent(very).id}"
    assert row[1:] == [str(voice.percent(very)), str(very.n), str(voice.interval(very))]


def test_base_and_interval_are_those_of_the_text_in_another_place(noise, voice, road):
    very = road.row("very")
    ledger = Ledger([noise.survey])
    section = Section(noise, [Paragraph(Text((voice.percent(very), voice.base(very), *voice.interval(very).parts)))])
    ledger.add_document([section], {})
    before = len(ledger)
    ledger.add_document(annexes([section], {}), {})  # refuses another value under the same id
    assert len(ledger) == before == 4


def test_a_base_without_its_estimate_has_its_own_row(noise, voice, road):
    (row,) = rows_of(annex_of(noise, voice.base(road.row("very"))))
    assert words_of(row).endswith("zelo; delež – osnova (n), uteženo")
    assert row[1] == row[2] == str(road.row("very").n)


def test_the_same_estimate_with_other_decimals_is_another_row(noise, voice, road):
    very = road.row("very")
    one, whole = voice.percent(very, 1), voice.percent(very, 0)
    rows = rows_of(annex_of(noise, one, whole, one))
    assert [id_of(row) for row in rows] == [one.id, whole.id]
    assert [row[1] for row in rows] == [one.text, whole.text]
    assert re.fullmatch(r"\d+–\d+\s%", rows[1][3])


def test_an_opt_in_sample_has_no_column_of_intervals_and_says_why(breastfeeding, web_voice):
    share = web_voice.percent(kzm.proportion(breastfeeding, "ever_breastfed").row("yes"))
    found = annex_of(breastfeeding, share)
    (section,) = found
    assert [str(name) for name in section.blocks[0].header] == ["Kaj število pove in njegova oznaka", "Natisnjeno", "n"]
    assert catalogue.text("sl", "quality.opt_in") in [str(note) for note in section.blocks[0].notes]
    assert words_of(rows_of(found)[0]).endswith(", neuteženo")


def test_group_filter_and_base_of_all_are_told(noise, voice):
    male = noise.frame["sex"] == "male"
    found = kzm.proportion(noise, "annoyance_road", by="place_type", where=male).row("very", by_category="city")
    (row,) = rows_of(annex_of(noise, voice.percent(found)))
    place, sex = noise.survey.codebook["place_type"], noise.survey.codebook["sex"]
    assert f"; {place.label['sl']}: {place.category_label('city', 'sl')}; " in words_of(row)
    assert f"; skupina – {sex.label['sl']}: {sex.category_label('male', 'sl')}; " in words_of(row)
    other = kzm.proportion(noise, "annoyance_road", base="asked", where=(noise.frame["age"] > 50).to_numpy())
    (row,) = rows_of(annex_of(noise, voice.percent(other.row("very"))))
    told = "; le del anketiranih; delež, med vsemi, ki jim je bilo vprašanje zastavljeno, uteženo"
    assert words_of(row).endswith(told)


def test_both_variables_of_a_joint_margin_are_told(noise, voice):
    variable, group = "sex*age_group", "female*62_plus"
    target = voice.fact(0.173, "population_share", variable=variable, category=group, kind="percent", decimals=1)
    (row,) = rows_of(annex_of(noise, target))
    codebook = noise.survey.codebook
    labels = " × ".join(codebook[name].label["sl"] for name in ("sex", "age_group"))
    category = " × ".join(
        [codebook["sex"].category_label("female", "sl"), codebook["age_group"].category_label("62_plus", "sl")]
    )
    assert words_of(row) == f"{labels} – {category}; delež v prebivalstvu"
    assert row[2:] == ["–"]


def test_digits_in_labels_of_the_annex_are_numbers_of_the_ledger(noise, voice):
    oldest = voice.percent(kzm.proportion(noise, "age_group").row("62_plus"))
    (section,) = annex_of(noise, oldest)
    quoted = [n for n in section.blocks[0].rows[0][0].numbers() if n.text == "62"]
    assert [n.claim.source for n in quoted] == [
        "noise 2021: codebook.toml: derived.age_group.bands.62_plus.label"
    ]  # fmt: skip
    words = "".join(part for row in section.blocks[0].rows for cell in row[:1] for part in cell.parts
                    if isinstance(part, str))  # fmt: skip
    assert not re.search(r"\d", words)


def test_a_quoted_number_names_the_file_that_says_it(noise):
    label = noise.survey.codebook["age_group"].category_label("62_plus", "sl")
    (row,) = rows_of(annex_of(noise, f"Skupina: {label}."))
    assert words_of(row) == (
        "število v navedenem besedilu (noise 2021: codebook.toml: derived.age_group.bands.62_plus.label)"
    )
    assert row[1] == "62"


def test_what_has_no_words_is_called_by_its_name(noise, voice):
    odd = voice.fact(3, "no_such_statistic", variable="no_such_variable", category="no_such_category")
    (row,) = rows_of(annex_of(noise, odd))
    assert words_of(row) == "no_such_variable – no_such_category; no_such_statistic"


def test_numbers_of_captions_and_footnotes_are_listed_and_those_only_drawn_are_not(noise, voice, road):
    def text(category):
        return Text((voice.percent(road.row(category)),))

    drawn = next(text("extremely").numbers())
    figure = ReportFigure("f", None, text("not_at_all"), say(""), text("slightly"), say(""), [drawn])
    found = annex_of(noise, "a", Footnote(text("moderately")), figures={"f": figure})
    told = [words_of(row).rpartition(" – ")[2].partition(";")[0] for row in rows_of(found)]
    assert told == ["srednje", "sploh ne", "nekoliko"]
    assert "samo na slikah" in str(found[0].blocks[0].notes[1])


def test_every_word_is_english_in_english(noise, road):
    voice = Voice(noise, "en")
    (section,) = annex_of(noise, voice.percent(road.row("very")), lang="en")
    assert section.headings == ("Annex: where the numbers come from", noise.survey.wave.title["en"])
    assert words_of(section.blocks[0].rows[0]).endswith(" – very; share, weighted")
    assert "ledger_en.json" in str(section.blocks[0].notes[0])


@pytest.mark.parametrize(("lang", "quoted"), [("sl", "»tega vira tu ni«"), ("en", "“no such source here”")])
def test_a_reason_stands_in_the_quotation_marks_of_its_language(noise, lang, quoted):
    claim = Claim("noise 2021", "missing_share", 0.04, "annoyance_road", "no_such_source", base="asked", n=508)
    assert f" – {quoted}; " in str(Words(Voice(noise, lang)).told(claim))


def test_a_section_without_numbers_has_no_annex(noise):
    assert annex_of(noise, "beseda") == []


def test_the_id_is_set_as_a_name(noise, voice, road):
    (section,) = annex_of(noise, voice.percent(road.row("very")))
    assert section.blocks[0].rows[0][0].parts[-2:] == ("\n", Fixed(voice.percent(road.row("very")).id, "id"))


def test_a_share_in_points_keeps_its_form_in_the_interval(noise):
    claim = Claim("noise 2021", "difference", 0.1, "annoyance_road", "very", n=400, ci_low=0.05, ci_high=0.15)
    (row,) = rows_of(annex_of(noise, number(claim, "points", 1, "sl")))
    assert row[1:] == ["10,0", "400", "5,0–15,0"]


def test_degrees_of_freedom_stand_in_the_row_of_their_test(noise, voice):
    test = kzm.crosstab(noise, "highly_annoyed_port", "place_type").test
    statistic, p = rows_of(annex_of(noise, *voice.test(test, variable="highly_annoyed_port", by="place_type").parts))
    degrees = f"{test.df_num:.2f}; {test.df_den:.0f}".replace(".", ",")
    assert words_of(statistic).endswith(f"; Rao–Scottov preizkus: statistika F ({degrees})")
    assert statistic[1] == f"{test.statistic:.2f}".replace(".", ",")
    assert words_of(p).endswith("; Rao–Scottov preizkus: vrednost p")
    assert p[1] == "0,001"


def test_degrees_of_freedom_without_their_statistic_have_their_own_row(noise, voice):
    alone = voice.fact(507, "rao_scott.df2", variable="highly_annoyed_port", by="place_type", n=508)
    (row,) = rows_of(annex_of(noise, alone))
    assert (id_of(row), row[1]) == (alone.id, "507")


@pytest.fixture(scope="module")
def of_report(sections, figures):
    return annexes([traced_section(section, "sl") for section in sections], figures)


def test_every_number_of_the_report_has_its_row(sections, figures, of_report):
    for section, annex in zip(sections, of_report, strict=True):
        traced = traced_section(section, "sl")
        shown = {block.id: figures[block.id] for block in section.blocks if isinstance(block, FigureRef)}
        printed = {each.id for _, each in numbers_of([traced], shown, drawn=False)}
        (table,) = annex.blocks
        assert isinstance(table, Table)
        listed = {id_of(row) for row in table.rows}
        beside = {part.id for row in table.rows for cell in row for part in _numbers(cell)}
        assert printed <= listed | beside
        assert listed <= printed


def _numbers(cell):
    if isinstance(cell, Number):
        return [cell]
    return list(cell.numbers()) if isinstance(cell, Text) else []


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_every_statistic_of_the_report_has_words(built, designs, lang):
    rows = json.loads(built.files["ledger.json"])["numbers"]
    words = Words(Voice(designs["noise"], lang))
    without = {
        row["statistic"]
        for row in rows
        if not row["statistic"].startswith("quoted")
        and any(isinstance(part, Fixed) for part in words.told(Claim("noise 2021", row["statistic"], 1.0)).parts)
    }
    assert without == set()


def test_a_number_changed_after_the_annex_is_seen_by_the_ledger(noise, voice, road):
    share = voice.percent(road.row("very"))
    section = Section(noise, [Paragraph(Text((share,)))])
    wrong = Section(noise, [Paragraph(Text((replace(share, text="99,9\u00a0%"),)))])
    ledger = Ledger()
    ledger.add_document([wrong], {})
    with pytest.raises(kzm.FindingError, match="two numbers bear the id"):
        ledger.add_document(annexes([section], {}), {})
