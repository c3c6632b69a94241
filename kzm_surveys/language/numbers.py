"""Numbers, percents and dates as they are printed, by CLDR (Babel) and the patterns of the catalogue.

House rules (SURS style guide; the 2022 report): decimal comma, full stop between thousands also at four
digits (2.500), a no-break space before % and between a number and its unit, the true minus sign, an en dash
without spaces in ranges.
"""

from __future__ import annotations

import datetime
import math
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern

from kzm_surveys.errors import FindingError
from kzm_surveys.language import catalogue

Language = catalogue.Language

NBSP = "\u00a0"
MINUS = "\u2212"


def round_half_up(value: float, decimals: int) -> Decimal:
    """Round as people do (0.25 to one decimal is 0.3), after clearing binary noise in the 15th digit.

    Raises
    ------
    FindingError
        The value is NaN or infinite: there is nothing to print.

    Examples
    --------
    >>> round_half_up(0.25, 1), round_half_up(33.349999999999994, 1), round_half_up(1.005, 2)
    (Decimal('0.3'), Decimal('33.4'), Decimal('1.01'))
    >>> round_half_up(26.25, 1)
    Decimal('26.3')
    """
    if not math.isfinite(value):
        raise FindingError(f"{value} cannot be printed as a number.")
    exact = Decimal(f"{value:.15g}")
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def decimal(value: float, decimals: int = 0, lang: Language = "sl") -> str:
    """Print a number with a fixed count of decimals.

    Examples
    --------
    >>> decimal(1234.5, 1), decimal(2500), decimal(-0.25, 1), decimal(1234.5, 1, "en")
    ('1.234,5', '2.500', '−0,3', '1,234.5')
    """
    return _printed(round_half_up(value, decimals), decimals, lang)


@lru_cache(maxsize=10_000)
def _printed(rounded: Decimal, decimals: int, lang: Language) -> str:
    shown = abs(rounded) if rounded == 0 else rounded
    return _pattern(decimals).apply(shown, _locale(lang)).replace("-", MINUS)


@cache
def _pattern(decimals: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * decimals if decimals else ""))


@cache
def _locale(lang: Language) -> Locale:
    catalogue.texts(lang)
    try:
        return Locale.parse(lang)
    except (ValueError, UnknownLocaleError):
        raise FindingError(f"{lang}.toml: '{lang}' is no code of a language (ISO 639), such as 'it'.") from None


def decimal_sign(lang: Language) -> str:
    """Return the sign between a whole number and its decimals.

    Examples
    --------
    >>> decimal_sign("sl"), decimal_sign("en")
    (',', '.')
    """
    return str(_locale(lang).number_symbols["latn"]["decimal"])


def percent(share: float, decimals: int = 1, lang: Language = "sl") -> str:
    """Print a share (0-1) as a percentage.

    Examples
    --------
    >>> percent(0.334).replace(NBSP, "_"), percent(0.334, lang="en")
    ('33,4_%', '33.4%')
    """
    return catalogue.text(lang, "language.percent").format(number=decimal(100 * share, decimals, lang))


def date(day: datetime.date, lang: Language = "sl") -> str:
    r"""Print a date in words.

    Examples
    --------
    >>> date(datetime.date(2021, 11, 24)).replace(NBSP, "_"), date(datetime.date(2021, 11, 24), "en")
    ('24._november_2021', '24\xa0November\xa02021')
    """
    return format_date(day, catalogue.text(lang, "language.date"), locale=_locale(lang)).replace(" ", NBSP)


def month(day: datetime.date, lang: Language = "sl") -> str:
    r"""Print a month with its year.

    Examples
    --------
    >>> month(datetime.date(2022, 3, 1), "en")
    'March\xa02022'
    """
    return format_date(day, catalogue.text(lang, "language.month"), locale=_locale(lang)).replace(" ", NBSP)
