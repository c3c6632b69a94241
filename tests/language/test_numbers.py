import datetime
import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzm_surveys.language.numbers import MINUS, NBSP, date, decimal, percent, round_half_up


def test_signs_are_the_printed_ones():
    assert NBSP == "\u00a0"
    assert MINUS == "\u2212"


@pytest.mark.parametrize(
    ("value", "decimals", "sl", "en"),
    [
        (0, 0, "0", "0"),
        (508, 0, "508", "508"),
        (2500, 0, "2.500", "2,500"),  # the 2022 report writes 2.500; CLDR would write 2500
        (12345, 0, "12.345", "12,345"),
        (53292, 0, "53.292", "53,292"),
        (1234567, 0, "1.234.567", "1,234,567"),
        (999.5, 0, "1.000", "1,000"),
        (26.3, 1, "26,3", "26.3"),
        (30, 1, "30,0", "30.0"),
        (0.05, 1, "0,1", "0.1"),
        (0.5, 0, "1", "1"),
        (1.5, 0, "2", "2"),
        (2.5, 0, "3", "3"),  # half up, not half to even
        (2.675, 2, "2,68", "2.68"),
        (-0.25, 1, "\u22120,3", "\u22120.3"),
        (-2500, 0, "\u22122.500", "\u22122,500"),
        (-0.04, 1, "0,0", "0.0"),  # no minus before nought
        (-0.0, 0, "0", "0"),
    ],
)
def test_number_as_printed(value, decimals, sl, en):
    assert decimal(value, decimals) == sl
    assert decimal(value, decimals, "en") == en


@pytest.mark.parametrize(
    ("share", "decimals", "sl", "en"),
    [
        (0.263, 1, "26,3\u00a0%", "26.3%"),
        (0.178, 1, "17,8\u00a0%", "17.8%"),
        (338 / 508, 1, "66,5\u00a0%", "66.5%"),  # 66.535...
        (0.3, 0, "30\u00a0%", "30%"),
        (0.285, 0, "29\u00a0%", "29%"),  # 100 * 0.285 is 28.499999999999996 in binary
        (0.0005, 1, "0,1\u00a0%", "0.1%"),
        (1, 0, "100\u00a0%", "100%"),
        (0, 1, "0,0\u00a0%", "0.0%"),
    ],
)
def test_percent_as_printed(share, decimals, sl, en):
    assert percent(share, decimals) == sl
    assert percent(share, decimals, "en") == en


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.25, 1, "0.3"), (0.35, 1, "0.4"), (0.45, 1, "0.5"), (26.25, 1, "26.3"), (66.45, 1, "66.5"),
        (66.55, 1, "66.6"), (1.005, 2, "1.01"), (0.15, 1, "0.2"), (-2.5, 0, "-3"), (17.75, 1, "17.8"),
        (17.749, 1, "17.7"), (26.349999, 1, "26.3"),
    ],
)  # fmt: skip
def test_half_up(value, decimals, expected):
    assert round_half_up(value, decimals) == Decimal(expected)


@given(st.integers(-10_000, 10_000), st.integers(0, 2))
def test_half_up_of_every_number_of_three_decimals(thousandths, decimals):
    exact = Decimal(thousandths) / 1000
    unit = Decimal(1).scaleb(-decimals)
    assert round_half_up(thousandths / 1000, decimals) == exact.quantize(unit, rounding=ROUND_HALF_UP)


def test_long_numbers_keep_their_digits():
    assert decimal(1_234_567_890_123) == "1.234.567.890.123"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value):
    from kzm_surveys.errors import KzmError

    with pytest.raises(KzmError):
        decimal(value, 1)


@pytest.mark.parametrize(
    ("day", "sl", "en"),
    [
        (datetime.date(2021, 11, 24), "24. november 2021", "24 November 2021"),
        (datetime.date(2021, 12, 2), "2. december 2021", "2 December 2021"),
        (datetime.date(2022, 3, 1), "1. marec 2022", "1 March 2022"),
        (datetime.date(2022, 8, 31), "31. avgust 2022", "31 August 2022"),
    ],
)
def test_date_in_words_holds_together(day, sl, en):
    assert date(day) == sl.replace(" ", "\u00a0")
    assert date(day, "en") == en.replace(" ", "\u00a0")
