"""One figure with all that comes with it: its words, its extremes, what is withheld, and every printed number."""

from dataclasses import replace

import numpy as np
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.findings.figure_words import FigureWords
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.sketch import Sketch, draw
from kzm_surveys.findings.sketches import battery
from kzm_surveys.findings.text import Text, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.plots.bars import bars
from kzm_surveys.plots.dots import dots
from tests.findings.test_finding import changed

HIGH = ["very", "extremely"]


def words(**more):
    return FigureWords(
        place="annex", caption={"sl": "Kaj je na sliki", "en": "What it shows"},
        title={"sl": "Največ {share}", "en": "At most {share}"}, compared={"sl": "delež po krajih", "en": "by place"},
        **more,
    )  # fmt: skip


def sketch(design, lang="sl", width="full", **more):
    return Sketch("noise_trial", words(**more), Voice(design, lang), width)


@pytest.fixture(scope="module")
def by_place(noise):
    return kzm.proportion(noise, "annoyance_port", by="place_type", categories=HIGH)


def with_flags(estimates, **flags):
    """The same estimates with flags at some places."""
    told = list(estimates.columns["flag"])
    for place, flag in flags.items():
        told[int(place.removeprefix("at"))] = flag
    return estimates.renamed(flag=told)


def with_values(estimates, *values):
    return replace(estimates, columns=estimates.columns | {"estimate": np.array(values, dtype=float)})


def test_no_number_of_a_bar_that_is_withheld_reaches_the_ledger(noise):
    few = noise.survey.responses["annoyance_aircraft"].copy()
    few[:] = "not_at_all"
    few.iloc[:100] = "slightly"
    few.iloc[:3] = "extremely"
    design = kzm.weight(changed(noise.survey, annoyance_aircraft=few))
    words = {"net": {"sl": "zelo ali izjemno", "en": "very or extremely"}}
    title = {"sl": "{first}: {share}", "en": "{first}: {share}"}
    both = {"sl": "Slika", "en": "Figure"}
    made = Sketch(
        "noise_trial", FigureWords(place="annex", caption=both, title=title, compared=both, other=words), Voice(design)
    )
    figure = battery(made, "annoyance", HIGH)
    claims = [number.claim for number in figure.numbers if number.claim.variable == "annoyance_aircraft"]
    assert {claim.statistic for claim in claims} == {"proportion.n"}  # its base alone stands beside the word
    nets = figure.plotted[figure.plotted["variable"] == "annoyance_aircraft"]
    assert nets["estimate"].isna().all()
    assert "letala" not in str(figure.alt)
    assert "annoyance_road" in {number.claim.variable for number in figure.numbers}


def test_a_drawn_figure_has_title_caption_base_source_alternative_text_and_table(noise, by_place):
    one = sketch(noise, notes=({"sl": "Opomba.", "en": "A note."},))
    share = one.number(by_place.ranked()[0])
    figure = one.drawn(dots, by_place, rows=by_place, title={"share": share})
    assert (figure.id, figure.place, figure.lang) == ("noise_trial", "annex", "sl")
    assert str(figure.title) == f"Največ {share}"
    assert str(figure.caption) == str(one.caption) == "Kaj je na sliki"
    foot = str(figure.foot)
    assert foot.startswith("Osnova: ")
    assert foot.index("Osnova: ") < foot.index("Opomba.") < foot.index("Vir: ")
    assert ": delež po krajih. Največ " in str(figure.alt)
    assert f"({by_place.frame['estimate'].max() * 100:.1f}".replace(".", ",") in str(figure.alt)
    assert figure.plotted["estimate"].tolist() == by_place.frame["estimate"].tolist()
    printed = {text.get_text() for text in figure.figure.texts}
    assert {"Opomba.", str(figure.title)} <= printed
    assert any(text.startswith("SINTETIČNI PODATKI") for text in printed)
    assert {number.text for number in figure.numbers} >= {str(share)}


def test_the_subtitle_is_the_question_unless_words_give_another(noise, by_place):
    question = noise.survey.codebook["annoyance_port"].question["sl"]
    for more, wanted in (({}, question), ({"subtitle": {"sl": "Drugače", "en": "Other"}}, "Drugače")):
        one = sketch(noise, **more)
        figure = one.drawn(dots, by_place, rows=by_place, title=one.caption)
        said = " ".join(text.get_text() for text in figure.figure.texts if text.get_gid() == "subtitle")
        assert said == wanted


def test_base_source_notes_finding_and_table_may_be_given(noise, by_place):
    one = sketch(noise)
    figure = one.drawn(
        dots, by_place, rows=by_place, title=say("Naslov"), finding=say("Izid."), base=say("Osnova: kdo"),
        source=say("Vir: kje"), notes=[say("Zakaj.")], table=by_place.take([0]),
    )  # fmt: skip
    assert str(figure.foot) == "Osnova: kdo. Zakaj. Vir: kje"
    assert "Naslov. Izid. Osnova: kdo." in str(figure.alt)
    assert len(figure.plotted) == 1


def test_numbers_that_the_picture_does_not_print_are_not_claimed(noise, by_place):
    one = sketch(noise)
    absent = one.voice.fact(123456, "absent")
    figure = one.drawn(dots, by_place, rows=by_place, title=one.caption, numbers=[absent])
    assert absent.claim.slug not in {number.claim.slug for number in figure.numbers}


def test_english_and_half_a_column(noise, by_place):
    one = sketch(noise, "en", "half")
    figure = one.drawn(dots, by_place, rows=by_place, title=one.caption)
    assert figure.lang == "en"
    assert figure.figure.get_size_inches()[0] == pytest.approx(3.05)
    assert str(figure.title) == "What it shows"


def test_values_that_do_not_fit_the_title_are_refused(noise, by_place):
    with pytest.raises(FindingError, match="share"):
        sketch(noise).drawn(dots, by_place, rows=by_place)


def test_other_words_are_filled_in_and_unknown_ones_named(noise):
    one = sketch(noise, other={"net": {"sl": "od {low}", "en": "from {low}"}})
    assert str(one.said("net", low="a")) == "od a"
    with pytest.raises(FindingError, match="figure 'noise_trial': no words under other for 'nett'; did you mean 'net'"):
        one.said("nett")


def test_extremes_name_the_highest_and_lowest_that_may_be_printed(noise, by_place):
    rows = with_values(by_place, 0.5, 0.25, 0.01)
    assert [row.by_category for row in rows] == ["city", "suburb", "countryside"]
    assert str(sketch(noise).extremes(rows)) == "Največ: mesto (50,0\u00a0%); najmanj: podeželje (1,0\u00a0%)."
    hidden = with_flags(rows, at2="small_cell")
    assert "najmanj: predmestje (25,0" in str(sketch(noise).extremes(hidden))
    assert "najmanj: c (1,0" in str(sketch(noise).extremes(rows, ["a", "b", "c"]))


def test_extremes_say_that_a_base_is_small(noise, by_place):
    rows = with_flags(with_values(by_place, 0.5, 0.25, 0.01), at0="small_base")
    assert "(50,0\u00a0%; majhna osnova)" in str(sketch(noise).extremes(rows))


def test_one_row_has_no_extremes(noise, by_place):
    assert str(sketch(noise).extremes(by_place.take([0]))) == ""
    assert str(sketch(noise).extremes(with_flags(by_place, at0="small_cell", at1="small_cell"))) == ""


def test_ends_leave_out_small_bases_and_withheld_rows(noise, by_place):
    rows = with_values(by_place, 0.5, 0.25, 0.01)
    one = sketch(noise)
    assert [row.estimate for row in one.ends(rows)] == [0.5, 0.01]
    assert [row.estimate for row in one.ends(with_flags(rows, at0="small_base"))] == [0.25, 0.01]
    assert [row.estimate for row in one.ends(with_flags(rows, at2="small_cell"))] == [0.5, 0.25]
    every = with_flags(rows, at0="small_base", at1="small_base", at2="small_base")
    assert [row.estimate for row in one.ends(every)] == [0.5, 0.01]
    with pytest.raises(WithheldError, match="figure 'noise_trial'"):
        one.ends(with_flags(rows, at0="small_cell", at1="small_cell", at2="small_cell"))


def test_a_title_names_a_leader_only_if_nothing_else_is_as_high(noise, by_place):
    one = sketch(noise)
    rows = with_values(by_place, 0.5, 0.25, 0.01)
    assert one.leading(rows).estimate == 0.5
    assert one.leading(with_values(by_place, 0.5, 0.5, 0.01)) is None
    assert one.leading(with_flags(rows, at0="small_cell")) is None  # what is withheld is higher
    assert one.leading(with_flags(rows, at2="small_cell")).estimate == 0.5
    assert one.leading(with_values(by_place, 0, 0, 0)) is None
    assert one.leading(with_flags(with_values(by_place, 0, 0.02, 0.01), at1="small_cell", at2="small_cell")) is None
    with pytest.raises(WithheldError):
        one.leading(with_flags(rows, at0="small_cell", at1="small_cell", at2="small_cell"))


def test_a_leader_is_sought_without_the_rest(noise):
    ways = kzm.multiple_response(noise, "health")
    assert max(ways, key=lambda row: row.estimate).category == "none"
    assert sketch(noise).leading(ways, without=("none", "other")).category != "none"


def test_a_withheld_figure_says_so_and_holds_no_number(noise):
    figure = sketch(noise).withheld()
    assert str(figure.title) == str(figure.caption) == "Kaj je na sliki"
    assert str(figure.alt) == "Slika ni prikazana, ker je odgovorov premalo."
    assert not len(figure.plotted)
    assert not figure.numbers
    printed = " ".join(text.get_text() for text in figure.figure.texts)
    assert "Slika ni prikazana" in printed
    assert "SINTETIČNI PODATKI" in printed


def test_too_few_answers_draw_an_empty_figure_and_other_errors_name_it(noise):
    def few(_):
        raise WithheldError("too few")

    def wrong(one):
        return one.drawn(bars, kzm.multiple_response(one.design, "copping"))

    assert str(draw("a", few, sketch(noise)).title) == "Kaj je na sliki"
    with pytest.raises(FindingError, match=r"^figure 'a': unknown select-all set 'copping'"):
        draw("a", wrong, sketch(noise))
    with pytest.raises(FindingError, match=r"^figure 'noise_trial': no words"):
        draw("noise_trial", lambda one: one.said("x"), sketch(noise, other={"y": {"sl": "a", "en": "a"}}))
    with pytest.raises(FindingError, match="must return a ReportFigure, found NoneType"):
        draw("a", lambda _: None, sketch(noise))


def test_means_stand_in_their_units_and_shares_in_percent(noise):
    one = sketch(noise)
    mean = kzm.mean(noise, "annoyance_overall").row()
    assert str(one.number(mean)) == f"{mean.estimate:.1f}".replace(".", ",")
    share = kzm.proportion(noise, "annoyance_port", categories=HIGH).row()
    assert str(one.number(share, 0)) == f"{share.estimate * 100:.0f}\u00a0%"


def test_an_opt_in_sample_claims_no_confidence_level(breastfeeding):
    one = sketch(breastfeeding)
    rows = kzm.multiple_response(breastfeeding, "needs")
    figure = one.drawn(bars, rows, rows=rows, title=one.caption)
    assert isinstance(figure, ReportFigure)
    assert not [number for number in figure.numbers if number.claim.statistic == "confidence_level"]
    assert isinstance(figure.alt, Text)
