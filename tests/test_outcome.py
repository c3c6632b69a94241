import re
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzm_surveys.errors import CodebookError, DataError, EstimationError
from kzm_surveys.outcome import (
    ENKA_OUTCOMES,
    FORMULAS,
    LETTERS,
    OutcomeRates,
    dispositions_from_units,
    outcome_rates,
)
from kzm_surveys.survey import Source, Survey
from kzm_surveys.wave import Dispositions, read_wave
from tests.loaders import SURVEYS, write_wave


def dispositions(invented=False, **by_letter):
    return Dispositions(invented=invented, **{LETTERS[letter]: n for letter, n in by_letter.items()})


#: Kind of unit -> status, lurker, test, usability. What a lurker's cells hold must not matter: it counts as a lurker.
KINDS = {
    "usable": (6, False, False, "usable"),
    "usable 5": (5, False, False, "usable"),
    "partly": (5, False, False, "partly_usable"),
    "partly 6": (6, False, False, "partly_usable"),
    "unusable": (5, False, False, "unusable"),
    "unusable 6": (6, False, False, "unusable"),
    "5l": (5, True, False, "usable"),
    "6l": (6, True, False, None),
    "4": (4, True, False, "unusable"),
    "3": (3, True, False, "unusable"),
    "2": (2, True, False, "unusable"),
    "1": (1, True, False, "unusable"),
    "0": (0, True, False, "unusable"),
    "-1": (-1, True, False, "unusable"),
    "no status": (None, True, False, "unusable"),
    "test": (6, False, True, "usable"),
    "test 1": (1, True, True, "unusable"),
}


def units(**counts):
    rows = [KINDS[kind.replace("_", " ")] for kind, n in counts.items() for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["status", "lurker", "test", "usability"])
    types = {"status": "Int64", "lurker": "bool", "test": "bool", "usability": "str"}
    return frame.astype(types).set_axis(pd.RangeIndex(1, len(rows) + 1, name="id"), axis=0)


def survey_of(name, frame, *, synthetic=False, kind=None, counts=None):
    wave, codebook = read_wave(SURVEYS / name)
    changes = {"dispositions": counts}
    if kind:
        changes["sampling"] = wave.sampling.model_copy(update={"kind": kind})
    source = Source("anketa.csv", "", 0, synthetic)
    empty = pd.DataFrame()
    return Survey(empty, empty, codebook, wave.model_copy(update=changes), source, "folder", units=frame)


def test_rates_are_those_that_outcomerate_prints():
    # README of the R package outcomerate 1.0.1, outcomerate(freq, e = eligibility_rate(freq)), three decimals.
    rates = outcome_rates(dispositions(I=4, P=2, R=1, NC=1, O=1, UH=1, UO=1, NE=1))
    printed = {
        "RR1": 0.364, "RR2": 0.545, "RR3": 0.370, "RR4": 0.556, "RR5": 0.444, "RR6": 0.667, "COOP1": 0.500,
        "COOP2": 0.750, "COOP3": 0.571, "COOP4": 0.857, "REF1": 0.091, "REF2": 0.093, "REF3": 0.111, "CON1": 0.727,
        "CON2": 0.741, "CON3": 0.889,
    }  # fmt: skip
    assert rates.e == 9 / 10  # 9 eligible, 1 not
    assert not rates.e_given
    assert {rate: round(rates[rate], 3) for rate in printed} == printed
    assert list(printed) == list(FORMULAS)


def test_every_rate_by_hand():
    # D = 60 + 20 + 40 + 50 + 30 = 200, U = 70 + 30 = 100, e = 0.4 gives D + eU = 240 and D + U = 300.
    rates = outcome_rates(dispositions(I=60, P=20, R=40, NC=50, O=30, UH=70, UO=30, NE=999), e=0.4)
    by_hand = {
        "RR1": (60, 300), "RR2": (80, 300), "RR3": (60, 240), "RR4": (80, 240), "RR5": (60, 200), "RR6": (80, 200),
        "COOP1": (60, 150), "COOP2": (80, 150), "COOP3": (60, 120), "COOP4": (80, 120),
        "REF1": (40, 300), "REF2": (40, 240), "REF3": (40, 200),
        "CON1": (150, 300), "CON2": (150, 240), "CON3": (150, 200),
    }  # fmt: skip
    assert {row.rate: (row.numerator, row.denominator) for row in rates.rows} == by_hand
    assert {row.rate: row.value for row in rates.rows} == {
        rate: pytest.approx(n / d) for rate, (n, d) in by_hand.items()
    }
    assert (rates.e, rates.e_given, rates.note) == (0.4, True, "")


counts = st.integers(0, 10**6)
any_dispositions = st.builds(dispositions, **dict.fromkeys(LETTERS, counts))
shares = st.floats(0, 1, allow_nan=False)


def exact(given_counts, e):
    """The rates in exact fractions, written out a second time."""
    i, p, r, nc, o, uh, uo, ne = (Fraction(getattr(given_counts, field)) for field in LETTERS.values())
    e = Fraction(e) if e is not None else (i + p + r + nc + o) / (i + p + r + nc + o + ne)
    everybody, likely, eligible = (i + p + r + nc + o + part * (uh + uo) for part in (1, e, 0))
    sums = {"RR1": (i, everybody), "RR2": (i + p, everybody), "RR3": (i, likely), "RR4": (i + p, likely)}
    sums |= {"RR5": (i, eligible), "RR6": (i + p, eligible)}
    for number, (above, others) in enumerate([(i, r + o), (i + p, r + o), (i, r), (i + p, r)], start=1):
        sums[f"COOP{number}"] = (above, i + p + others)
    for number, base in enumerate([everybody, likely, eligible], start=1):
        sums |= {f"REF{number}": (r, base), f"CON{number}": (i + p + r + o, base)}
    return {rate: above / below if below else None for rate, (above, below) in sums.items()}


@given(any_dispositions, st.one_of(st.none(), shares))
def test_rates_equal_exact_arithmetic(given_counts, e):
    rates = outcome_rates(given_counts, e)
    if rates.e is not None:
        expected = exact(given_counts, e)
        assert {rate: rates[rate] for rate in FORMULAS} == {
            rate: None if value is None else pytest.approx(float(value), rel=1e-12) for rate, value in expected.items()
        }


@given(any_dispositions, shares)
def test_rates_keep_their_order(given_counts, e):
    rates = outcome_rates(given_counts, e)
    values = [row.value for row in rates.rows]
    assert all(value is None or 0 <= value <= 1 for value in values)
    for smaller, larger in [
        ("RR1", "RR3"), ("RR3", "RR5"), ("RR2", "RR4"), ("RR4", "RR6"), ("RR1", "RR2"), ("RR3", "RR4"), ("RR5", "RR6"),
        ("COOP1", "COOP2"), ("COOP3", "COOP4"), ("COOP1", "COOP3"), ("COOP2", "COOP4"), ("RR6", "COOP2"),
        ("REF1", "REF2"), ("REF2", "REF3"), ("CON1", "CON2"), ("CON2", "CON3"), ("RR2", "CON1"), ("REF1", "CON1"),
    ]:  # fmt: skip
        if rates[smaller] is not None and rates[larger] is not None:
            assert rates[smaller] <= rates[larger]


@given(any_dispositions)
def test_e_of_one_and_of_nothing_are_the_two_ends(given_counts):
    nothing, one = outcome_rates(given_counts, e=0), outcome_rates(given_counts, e=1)
    for strict, estimated, loose in [("RR1", "RR3", "RR5"), ("RR2", "RR4", "RR6"), ("REF1", "REF2", "REF3"),
                                     ("CON1", "CON2", "CON3")]:  # fmt: skip
        assert nothing[estimated] == nothing[loose]
        assert one[estimated] == one[strict]


@given(any_dispositions, st.integers(2, 1000), st.one_of(st.none(), shares))
def test_counting_everybody_several_times_changes_no_rate(given_counts, times, e):
    more = {field: getattr(given_counts, field) * times for field in LETTERS.values()}
    once, often = outcome_rates(given_counts, e), outcome_rates(Dispositions(invented=False, **more), e)
    for rate in FORMULAS:
        assert often[rate] == (None if once[rate] is None else pytest.approx(once[rate], rel=1e-12))


def test_an_empty_denominator_gives_no_rate():
    # Two units of unknown eligibility and nobody else: D = 0, so only the rates over D + U exist, and e does not.
    rates = outcome_rates(dispositions(UO=2))
    assert rates.e is None
    assert {row.rate for row in rates.rows if row.value is not None} == {"RR1", "RR2", "REF1", "CON1"}
    assert rates["RR1"] == 0
    assert {row.rate: row.denominator for row in rates.rows}["RR3"] is None
    assert rates.frame.set_index("rate").loc["RR3", ["value", "denominator"]].isna().all()
    assert "e = unknown" in repr(rates)
    assert "nan" not in repr(rates).lower()


def test_no_counts_at_all_give_no_rate():
    assert [row.value for row in outcome_rates(dispositions(), e=0.5).rows] == [None] * 16
    # Nobody eligible, one known not to be: e = 0 / (0 + 1) = 0 can be estimated, but leaves an empty denominator.
    rates = outcome_rates(dispositions(NE=1, UH=5))
    assert (rates.e, rates["RR3"], rates["RR1"]) == (0, None, 0)


@pytest.mark.parametrize("e", [-0.01, 1.01, float("nan"), float("inf"), "0.5"])
def test_e_must_be_a_share(e):
    with pytest.raises(EstimationError, match="share between 0 and 1"):
        outcome_rates(dispositions(I=1), e=e)


def test_unknown_rate_names_those_there_are():
    with pytest.raises(EstimationError, match="unknown outcome rate 'COOP'; did you mean 'COOP"):
        outcome_rates(dispositions(I=1))["COOP"]


def test_frame_and_print_show_what_stands_behind_each_rate():
    rates = outcome_rates(dispositions(I=60, P=20, R=40, UH=100, invented=True), e=0.5)
    assert list(rates.frame) == ["rate", "value", "numerator", "denominator", "formula"]
    assert rates.frame.iloc[3].tolist() == ["RR4", 80 / 170, 80, 170, "(I + P) / (D + eU)"]
    for words in ("I 60, P 20, R 40, NC 0", "D = I + P + R + NC + O", "e = 0.5000 (given)", "The counts are invented."):
        assert words in repr(rates)


def test_noise_2021_has_invented_counts_and_says_so():
    wave, _ = read_wave(SURVEYS / "noise/2021")
    rates = outcome_rates(wave)
    # D = 508 + 21 + 1460 + 2210 + 85 = 4284; U = 640; e = 4284 / (4284 + 310); 508 / (4284 + 640) = 10.3 %.
    assert rates.e == pytest.approx(4284 / 4594)
    assert rates["RR1"] == pytest.approx(508 / 4924)
    assert rates["RR3"] == pytest.approx(508 / (4284 + 4284 / 4594 * 640))
    assert rates.dispositions.invented
    assert rates.note == "The counts are invented."


@pytest.mark.parametrize("kind", ["usable", "partly"])
def test_answers_count_by_usability_whatever_the_status(kind):
    field = {"usable": "complete", "partly": "partial"}[kind]
    other = {"usable": "usable_5", "partly": "partly_6"}[kind]
    assert dispositions_from_units(units(**{kind: 3, other: 2})) == Dispositions(invented=False, **{field: 5})


def test_break_offs_are_counted_though_1ka_loses_them():
    # 1KA's page posts `breakoff` and reads `breakOff`, so code 2.12 is 0 there; lurkers it puts nowhere at all:
    #   1KA:  I 60, P 20, R 10 (statuses 3, 4), UH 100     RR1 = 60 / 190 = 31.6 %, RR2 = 80 / 190 = 42.1 %
    #   here: R = 10 + 25 break-offs + 5 lurkers = 40      RR1 = 60 / 220 = 27.3 %, RR2 = 80 / 220 = 36.4 %
    frame = units(usable=60, partly=20, unusable=20, unusable_6=5, **{"5l": 3, "6l": 2, "4": 6, "3": 4, "1": 100})
    rates = outcome_rates(dispositions_from_units(frame))
    as_1ka = outcome_rates(dispositions(I=60, P=20, R=10, UH=100))
    assert rates.dispositions == dispositions(I=60, P=20, R=40, UH=100)
    assert (rates["RR1"], rates["RR2"]) == (pytest.approx(60 / 220), pytest.approx(80 / 220))
    assert (as_1ka["RR1"], as_1ka["RR2"]) == (pytest.approx(60 / 190), pytest.approx(80 / 190))
    assert rates.e == 1  # as on 1KA's page: it knows of nobody who is not eligible


def test_units_that_never_came_are_of_unknown_eligibility():
    frame = units(usable=1, **{"2": 2, "1": 3, "0": 4, "-1": 5, "no_status": 6})
    assert dispositions_from_units(frame) == dispositions(I=1, UH=9, UO=11)


def test_test_units_are_out():
    assert dispositions_from_units(units(usable=1, test=4, test_1=5)) == dispositions(I=1)
    assert dispositions_from_units(units(test=4)) == dispositions()
    assert dispositions_from_units(units()) == dispositions()


def test_mapping_puts_each_aapor_code_into_its_class():
    classes = {
        "1.1": "complete",
        "1.2": "partial",
        "2.1": "refusal",
        "3.1": "unknown_household",
        "3.9": "unknown_other",
    }
    for outcome in ENKA_OUTCOMES.values():
        assert re.fullmatch(r"[1-3]\.\d+", outcome.aapor)
        assert classes[outcome.aapor[:3]] == outcome.counted_as


def test_an_export_without_statuses_asks_for_the_paradata():
    with pytest.raises(DataError, match="Export data and paradata"):
        dispositions_from_units(units(no_status=3))


def test_a_status_that_1ka_does_not_have_is_named_by_id():
    frame = units(usable=3)
    frame.loc[2, "status"] = 7
    with pytest.raises(DataError, match=r"1 row: id 2: a status that is not -1 to 6"):
        outcome_rates(survey_of("breastfeeding/2022", frame))


def test_answers_without_usability_are_refused():
    frame = units(usable=3)
    frame.loc[3, "usability"] = None
    with pytest.raises(DataError, match=r"id 3: .*without a usability"):
        dispositions_from_units(frame)


def test_a_survey_takes_the_counts_of_its_wave_before_its_units():
    survey = survey_of("noise/2021", units(usable=3), counts=dispositions(I=1, R=1))
    assert outcome_rates(survey)["RR1"] == 0.5
    assert outcome_rates(survey).note == ""


def test_opt_in_shares_are_not_called_response_rates():
    rates = outcome_rates(survey_of("breastfeeding/2022", units(usable=3, **{"4": 1})))
    assert rates["RR1"] == 0.75
    assert rates.note == (
        "Opt-in: there is no sample, so these are shares of those who opened the questionnaire, not response rates."
    )
    wave = survey_of("breastfeeding/2022", None, counts=dispositions(I=1)).wave
    assert outcome_rates(wave).note.startswith("Opt-in")


def test_synthetic_units_are_invented_counts():
    rates = outcome_rates(survey_of("breastfeeding/2022", units(usable=3, **{"3": 1}), synthetic=True))
    assert rates.dispositions.invented
    assert rates.note.endswith("The counts are invented.")


@pytest.mark.parametrize("kind", ["opt_in", "probability"])
@pytest.mark.parametrize("lurkers", [0, 2])
def test_an_export_of_valid_units_only_gives_no_response_rate(kind, lurkers):
    frame = units(usable=3, partly=1, test_1=1, **{"5l": lurkers})
    note = outcome_rates(survey_of("noise/2021", frame, kind=kind)).note
    assert "no unit with status below 5" in note
    assert "Export all units" in note
    assert ("Opt-in" in note) == (kind == "opt_in")


def test_a_sample_that_1ka_did_not_invite_needs_counts_of_its_own():
    not_invited = survey_of("noise/2021", units(usable=3, **{"3": 1}))
    assert "1KA sent no invitations" in outcome_rates(not_invited).note
    invited = survey_of("noise/2021", units(usable=3, **{"3": 1, "1": 6}))
    assert outcome_rates(invited).note == ""
    assert outcome_rates(invited)["RR1"] == 0.3


def test_a_wave_without_counts_says_what_to_add():
    survey = survey_of("breastfeeding/2022", None)
    with pytest.raises(DataError, match=r"breastfeeding 2022: wave\.toml has no \[dispositions\]\. Add the counts"):
        outcome_rates(survey.wave)
    with pytest.raises(DataError, match=r"and anketa\.csv no 1KA statuses.*data and paradata"):
        outcome_rates(survey)


def test_days_and_lengths_of_interviews_are_no_statuses():
    frame = pd.DataFrame({"status": pd.array([pd.NA] * 2, dtype="Int64"), "started": pd.NaT, "seconds": [600.0, 720.0]})
    with pytest.raises(DataError, match=r"no \[dispositions\], and anketa\.csv no 1KA statuses"):
        outcome_rates(survey_of("noise/2021", frame))


def test_something_else_is_refused():
    with pytest.raises(EstimationError, match="not a DataFrame"):
        outcome_rates(units(usable=1))


def test_negative_counts_are_refused_with_file_and_key(tmp_path):
    folder = write_wave(
        tmp_path, change=("[weighting]", "[dispositions]\ninvented = false\nrefusal = -3\n\n[weighting]")
    )
    with pytest.raises(CodebookError, match=r"dispositions\.refusal") as caught:
        read_wave(folder)
    assert str(caught.value).startswith(str(folder / "wave.toml"))


def test_result_cannot_be_changed():
    rates = outcome_rates(dispositions(I=1))
    assert isinstance(rates, OutcomeRates)
    with pytest.raises(AttributeError):
        rates.e = 0.5
