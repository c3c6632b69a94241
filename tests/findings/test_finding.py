"""Too few answers never stop the report: the finding says that it is not shown."""

import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import CodebookError, FindingError, WithheldError
from kzm_surveys.findings.figure_words import FigureWords
from kzm_surveys.findings.finding import Finding, finding, key_findings, warnings_of
from kzm_surveys.findings.script_words import ScriptWords
from kzm_surveys.findings.section import FigureRef, section_texts
from kzm_surveys.findings.sketch import Sketch, draw
from kzm_surveys.findings.text import Text, say
from kzm_surveys.findings.voice import Voice


def changed(survey, **columns):
    """The survey with some columns of answers replaced."""
    responses = survey.responses.copy()
    for name, values in columns.items():
        responses[name] = values
    return replace(survey, responses=responses)


def section_of(design):
    return runpy.run_path("analyses/noise.py")["section"](design)


def words(section):
    return " ".join(str(text) for _, text in section_texts(section))


def all_of(survey, name, category):
    dtype = survey.responses[name].dtype
    return pd.Series(pd.Categorical([category] * len(survey), dtype=dtype), index=survey.responses.index)


@pytest.fixture
def told(noise):
    """A voice with the topic of one finding."""
    return Voice(noise, "sl", ScriptWords(Path("x.sl.toml"), "sl", {"aircraft.topic": "hrup letal"}))


def refuse(error):
    def build(voice, name):
        raise error

    return build


def test_a_withheld_finding_names_its_topic_and_keeps_its_reason(told):
    found = finding(told, "aircraft", refuse(WithheldError("too few")))
    assert str(found.text) == "Ugotovitev (hrup letal) ni prikazana, ker je odgovorov premalo."
    assert (found.id, found.rows, found.key, found.withheld) == ("aircraft", (), None, "too few")
    assert (found.paragraph.id, str(found.paragraph.text), found.paragraph.box) == ("aircraft", str(found.text), False)


def test_a_withheld_finding_gets_no_further_sentence(told):
    found = finding(told, "aircraft", refuse(WithheldError("too few")))
    assert found.then("Enako piše v poročilu.") is found
    shown = Finding("a", Text(("Prvo.",)))
    assert str(shown.then("Drugo.", "Tretje.").text) == "Prvo. Drugo. Tretje."
    assert str(shown.text) == "Prvo."


@pytest.mark.parametrize(
    "error", [FindingError("a mistake"), kzm.EstimationError("a mistake"), ValueError("a mistake")]
)
def test_other_errors_are_not_hidden(told, error):
    with pytest.raises(type(error), match="a mistake"):
        finding(told, "aircraft", refuse(error))


def test_a_topic_that_is_not_told_is_missed_only_where_it_is_needed(told):
    assert finding(told, "port", lambda voice, name: Finding(name, Text(("x",)))).id == "port"
    with pytest.raises(CodebookError, match=r"x\.sl\.toml.*'port\.topic'"):
        finding(told, "port", refuse(WithheldError("too few")))


def test_key_findings_are_those_that_have_one_in_their_order(told):
    found = [
        Finding("a", Text(("A.",)), key=Text(("Kratko A.",))), Finding("b", Text(("B.",))),
        Finding("c", Text(("C.",)), key=Text(("Kratko C.",))), Finding("d", Text(("D.",)), withheld="too few"),
    ]  # fmt: skip
    (box,) = key_findings(told, found)
    assert (box.title, [str(item) for item in box.items], box.ids) == (
        "Ključne ugotovitve",
        ["Kratko A.", "Kratko C."],
        ["a", "c"],
    )
    assert key_findings(told, found[1:2]) == []
    assert key_findings(told, []) == []


def test_the_author_is_warned_of_every_withheld_finding_with_the_reason(told):
    found = [
        finding(told, "aircraft", refuse(WithheldError("'annoyance_aircraft' is withheld"))),
        Finding("b", Text(("B.",))),
    ]
    (warning,) = warnings_of(told, found)
    for part in ("noise 2021", "aircraft", "'annoyance_aircraft' is withheld"):
        assert part in warning
    assert warnings_of(told, found[1:]) == []


def test_withheld_figure_keeps_id_and_caption_and_prints_no_number(noise):
    def build(sketch):
        raise WithheldError("too few")

    both = {"sl": "Naslov", "en": "Title"}
    words = FigureWords(place="annex", caption=both, title=both, compared=both)
    found = draw("a", build, Sketch("a", words, Voice(noise)))
    assert (found.id, str(found.caption), found.numbers, found.place) == ("a", "Naslov", (), "annex")
    assert found.plotted.empty
    drawn = " ".join(text.get_text() for text in found.figure.texts)
    assert "premalo" in drawn
    assert "SINTETIČNI" in drawn


def test_everybody_in_one_place_has_shares_and_no_test(noise):
    survey = changed(noise.survey, place_type=all_of(noise.survey, "place_type", "city"))
    section = section_of(kzm.SurveyDesign.from_survey(survey))  # no weight could make other places of one
    (text,) = [str(block.text) for block in section.blocks if getattr(block, "id", "") == "port_by_group"]
    assert "po spolu F(1;" in text
    assert "po tipu kraja F" not in text
    assert "se po tipu kraja razlikuje" not in text


def test_a_source_that_nobody_has_stays_out_of_the_ranking(noise):
    survey = changed(noise.survey, annoyance_aircraft=all_of(noise.survey, "annoyance_aircraft", None))
    section = section_of(kzm.weight(survey))
    (text,) = [str(block.text) for block in section.blocks if getattr(block, "id", "") == "annoying"]
    assert "letala" not in text
    table = next(block for block in section.blocks if getattr(block, "id", "") == "noise_by_source")
    aircraft = next(row for row in table.rows if str(row[0]) == "letala")
    assert [str(cell) for cell in aircraft[1:5]] == ["–", "–", "–", "0"]


def test_no_proposals_are_said_to_be_too_few(noise):
    empty = {name: all_of(noise.survey, name, None) for name in noise.survey.codebook.members("proposal_themes")}
    text = words(section_of(kzm.weight(changed(noise.survey, **empty))))
    assert "Ugotovitev (predlogi za manj hrupa) ni prikazana" in text


def test_without_weighting_no_word_speaks_of_the_population_and_the_figure_is_left_out(noise):
    section = section_of(kzm.SurveyDesign.from_survey(noise.survey))
    assert "uteženi" not in words(section).replace("neuteženi", "").replace("niso uteženi", "").replace(
        "nista uteženi", ""
    )
    assert "noise_sample_and_population" not in [b.id for b in section.blocks if isinstance(b, FigureRef)]


def test_opt_in_wave_of_the_same_survey_has_no_interval_and_no_test(noise):
    wave = noise.survey.wave
    survey = replace(
        noise.survey, wave=wave.model_copy(update={"sampling": wave.sampling.model_copy(update={"kind": "opt_in"})})
    )
    text = words(section_of(kzm.weight(survey)))
    assert "Rao–Scott" not in text
    assert "interval zaupanja " not in text.replace("intervalov zaupanja", "")
    assert "Vzorčne napake zato ni mogoče izračunati" in text


def test_status_of_a_margin_comes_from_its_file(noise):
    record = noise.weighting
    official = {name: {**facts, "status": "official"} for name, facts in record.provenance.items()}
    design = noise._with(weighting=replace(record, provenance=official))
    text = words(section_of(design))
    assert re.search(r"30,6\s% [^.]*\(uradni podatek\)", text)
    assert "ocena, ki ni uradni podatek" not in text


def test_ranked_leaves_out_what_is_withheld_or_empty(noise):
    estimates = kzm.proportion(noise, "highly_annoyed_port", by="place_type", categories=["yes"])
    first, _, third = estimates.rows
    mixed = replace(estimates, columns=estimates.columns | {
        "flag": np.array(["small_cell", "", ""], dtype=object),
        "estimate": np.array([first.estimate, np.nan, third.estimate]),
    })  # fmt: skip
    assert [row.by_category for row in mixed.ranked()] == [third.by_category]
    with pytest.raises(WithheldError, match="'highly_annoyed_port' by 'place_type'"):
        mixed.take([0]).ranked()


def test_say_refuses_what_is_no_text():
    with pytest.raises(FindingError, match="None"):
        say("Interval {interval}.", interval=None)


def test_a_withheld_share_inside_a_sentence_withholds_the_sentence_only(noise):
    row = kzm.proportion(noise, "disturbed_none", categories=["selected"]).row()._replace(flag="small_cell")
    voice = Voice(noise, "sl", ScriptWords(Path("x"), "sl", {"when.topic": "kdaj hrup moti"}))
    found = finding(voice, "when", lambda voice, name: Finding(name, say("Ne moti {share}.", share=voice.share(row))))
    assert str(found.text) == "Ugotovitev (kdaj hrup moti) ni prikazana, ker je odgovorov premalo."
    with pytest.raises(WithheldError, match="is withheld"):
        Voice(noise).percent(row)


def test_target_of_a_joint_margin_sums_over_the_other_variable(noise):
    joint = {("male", "18_39"): 1, ("male", "40_61"): 2, ("male", "62_plus"): 1,
             ("female", "18_39"): 2, ("female", "40_61"): 1, ("female", "62_plus"): 3}  # fmt: skip
    record = kzm.rake(kzm.SurveyDesign.from_survey(noise.survey), kzm.Margins({("sex", "age_group"): joint})).weighting
    assert record.target("age_group", "62_plus") == pytest.approx(4 / 10)
    assert record.target("sex", "male") == pytest.approx(4 / 10)
    assert record.target("education", "basic") is None


def test_battery_is_the_proportion_of_every_item(noise):
    rows = kzm.battery(noise, "annoyance", ["very", "extremely"]).rows
    assert [row.variable for row in rows] == list(noise.survey.codebook.members("annoyance"))
    single = kzm.proportion(noise, rows[1].variable, categories=["very", "extremely"]).row()
    assert rows[1][:5] == single[:5]
    assert rows[1][5:13] == pytest.approx(single[5:13], rel=1e-12)


def test_missing_count_counts_a_reason_and_refuses_an_unknown_one(noise):
    assert kzm.missing_count(noise, "annoyance_port", "no_such_source") == 30
    with pytest.raises(kzm.EstimationError, match="unknown reason 'no_source'"):
        kzm.missing_count(noise, "annoyance_port", "no_source")
