"""Words for shares: the interval of each, by the percentage as printed, and their forms in the six cases."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kzm_surveys.errors import FindingError
from kzm_surveys.language import grammar
from kzm_surveys.language.numbers import NBSP, percent
from kzm_surveys.language.shares import INTERVALS, ONE_IN, PARTS, named
from kzm_surveys.language.slovene import CASES, one_in, share_verb, share_words

#: First and last percentage as printed, and what it is called.
STATED = """
8,5   9,4  slaba desetina         nearly a tenth
9,5  10,4  desetina               a tenth
10,5 11,9  dobra desetina         just over a tenth
18,0 19,4  slaba petina           nearly a fifth
19,5 20,4  petina                 a fifth
20,5 21,9  dobra petina           just over a fifth
22,0 24,4  slaba četrtina         nearly a quarter
24,5 25,4  četrtina               a quarter
25,5 27,9  dobra četrtina         just over a quarter
30,8 32,7  slaba tretjina         nearly a third
32,8 33,7  tretjina               a third
33,8 35,7  dobra tretjina         just over a third
47,0 49,4  slaba polovica         nearly a half
49,5 50,4  polovica               a half
50,5 52,9  dobra polovica         just over a half
64,2 66,1  slabi dve tretjini     nearly two thirds
66,2 67,1  dve tretjini           two thirds
67,2 69,1  dobri dve tretjini     just over two thirds
72,0 74,4  slabe tri četrtine     nearly three quarters
74,5 75,4  tri četrtine           three quarters
75,5 77,9  dobre tri četrtine     just over three quarters
"""
#: Percentage as printed -> words in Slovenian and English, written out for every tenth of a per cent.
EXPECTED = {}
for line in STATED.strip().split("\n"):
    low, high, *_ = line.split()
    slovene, english = [part.strip() for part in line[10:].strip().split("  ") if part.strip()]
    for tenths in range(int(low.replace(",", "")), int(high.replace(",", "")) + 1):
        assert tenths not in EXPECTED
        EXPECTED[tenths] = slovene, english


def test_every_printed_percentage_has_the_words_of_its_interval_or_none():
    for tenths in range(1001):
        words = share_words(tenths / 1000), grammar.share_words("en", tenths / 1000)
        assert words == EXPECTED.get(tenths, (None, None)), tenths


def test_intervals_are_disjoint_and_rise():
    ends = [end for interval in INTERVALS for end in interval[:2]]
    assert ends == sorted(ends)
    assert all(interval.low < interval.high for interval in INTERVALS)
    assert len({interval[2:] for interval in INTERVALS}) == len(INTERVALS) == 3 * len(PARTS)


@given(st.floats(0, 1))
@example(0.25449999999)
@example(0.2545)
@example(0.2795)
@example(0.27949)
def test_words_follow_the_percentage_as_printed(share):
    printed = Decimal(percent(share).replace(f"{NBSP}%", "").replace(",", "."))
    assert (share_words(share), grammar.share_words("en", share)) == EXPECTED.get(int(printed * 10), (None, None))


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.26, "dobra četrtina"),  # the report of 2022: 26 to 27 %
        (0.263, "dobra četrtina"),
        (0.27, "dobra četrtina"),
        (0.665, "dve tretjini"),  # the report of 2022
        (338 / 508, "dve tretjini"),
        (0.49, "slaba polovica"),
        (0.25, "četrtina"),
        (1 / 3, "tretjina"),
        (2 / 3, "dve tretjini"),
        (0.3, None),
        (0.0, None),
        (1.0, None),
    ],
)
def test_words_of_the_report(share, words):
    assert share_words(share) == words


#: Nominative, genitive, dative, accusative, locative, instrumental.
DECLINED = {
    0.25: "četrtina četrtine četrtini četrtino četrtini četrtino",
    0.263: "dobra_četrtina dobre_četrtine dobri_četrtini dobro_četrtino dobri_četrtini dobro_četrtino",
    0.24: "slaba_četrtina slabe_četrtine slabi_četrtini slabo_četrtino slabi_četrtini slabo_četrtino",
    0.49: "slaba_polovica slabe_polovice slabi_polovici slabo_polovico slabi_polovici slabo_polovico",
    0.335: "tretjina tretjine tretjini tretjino tretjini tretjino",
    0.1: "desetina desetine desetini desetino desetini desetino",
    0.21: "dobra_petina dobre_petine dobri_petini dobro_petino dobri_petini dobro_petino",
    0.665: "dve_tretjini dveh_tretjin dvema_tretjinama dve_tretjini dveh_tretjinah dvema_tretjinama",
    0.65: "slabi_dve_tretjini slabih_dveh_tretjin slabima_dvema_tretjinama slabi_dve_tretjini slabih_dveh_tretjinah "
    "slabima_dvema_tretjinama",
    0.68: "dobri_dve_tretjini dobrih_dveh_tretjin dobrima_dvema_tretjinama dobri_dve_tretjini dobrih_dveh_tretjinah "
    "dobrima_dvema_tretjinama",
    0.75: "tri_četrtine treh_četrtin trem_četrtinam tri_četrtine treh_četrtinah tremi_četrtinami",
    0.73: "slabe_tri_četrtine slabih_treh_četrtin slabim_trem_četrtinam slabe_tri_četrtine slabih_treh_četrtinah "
    "slabimi_tremi_četrtinami",
    0.77: "dobre_tri_četrtine dobrih_treh_četrtin dobrim_trem_četrtinam dobre_tri_četrtine dobrih_treh_četrtinah "
    "dobrimi_tremi_četrtinami",
}


@pytest.mark.parametrize("share", DECLINED)
def test_words_are_declined(share):
    assert [share_words(share, case).replace(" ", "_") for case in CASES] == DECLINED[share].split()


@pytest.mark.parametrize(
    ("share", "present", "past", "english"),
    [
        (0.263, "meni", "je menila", "think"),
        (0.5, "meni", "je menila", "think"),
        (0.665, "menita", "sta menili", "think"),
        (0.65, "menita", "sta menili", "think"),
        (0.75, "menijo", "so menile", "think"),
    ],
)
def test_verb_agrees_with_the_words(share, present, past, english):
    assert (share_verb(share, "meniti"), share_verb(share, "meniti", "past")) == (present, past)
    assert grammar.share_verb("en", share, "meniti") == english


@pytest.mark.parametrize("lang", ["sl", "en"])
def test_no_verb_without_words(lang):
    with pytest.raises(FindingError, match=r"no words for the share 0\.3"):
        grammar.share_verb(lang, 0.3, "meniti")


@pytest.mark.parametrize("share", [-0.001, 1.001, float("nan"), float("inf"), 26.3])
@pytest.mark.parametrize("lang", ["sl", "en"])
def test_what_is_no_share_is_refused(share, lang):
    with pytest.raises(FindingError, match="is no share from 0 to 1"):
        grammar.share_words(lang, share)


@pytest.mark.parametrize(
    ("share", "word", "case", "words"),
    [
        (0.25, "mama", "nominative", "vsaka četrta mama"),
        (0.25, "mama", "accusative", "vsako četrto mamo"),
        (0.25, "mama", "genitive", "vsake četrte mame"),
        (0.25, "mama", "dative", "vsaki četrti mami"),
        (0.2, "anketirani", "nominative", "vsak peti anketirani"),
        (0.2, "anketirani", "accusative", "vsakega petega anketiranega"),
        (0.1, "anketiranec", "instrumental", "vsakim desetim anketirancem"),
        (0.1, "anketiranec", "locative", "vsakem desetem anketirancu"),
        (1 / 3, "oseba", "nominative", "vsaka tretja oseba"),
        (1 / 3, "odgovor", "accusative", "vsak tretji odgovor"),
        (1 / 3, "gospodinjstvo", "nominative", "vsako tretje gospodinjstvo"),
        (0.5, "gospodinjstvo", "locative", "vsakem drugem gospodinjstvu"),
        (0.5, "otrok", "accusative", "vsakega drugega otroka"),
        (0.26, "mama", "nominative", None),  # only the bare fraction
        (2 / 3, "mama", "nominative", None),
        (0.3, "mama", "nominative", None),
    ],
)
def test_one_in_so_many(share, word, case, words):
    assert one_in(share, word, case) == words


def test_one_in_so_many_in_english():
    found = [grammar.one_in("en", share, "mama") for share in (0.5, 1 / 3, 0.25, 0.2, 0.1, 0.26)]
    numbers = ["two", "three", "four", "five", "ten"]
    assert found == [*(f"one in {number} mothers" for number in numbers), None]
    assert set(ONE_IN) < set(PARTS)


def test_bare_fractions_lie_in_the_middle_of_their_interval():
    for share, fraction in ((0.1, "tenth"), (0.2, "fifth"), (0.25, "quarter"), (1 / 3, "third"), (0.5, "half"),
                            (2 / 3, "two_thirds"), (0.75, "three_quarters")):  # fmt: skip
        assert named(share)[2:] == (fraction, "exact")
