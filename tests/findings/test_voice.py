import math

import pytest

import kzm_surveys as kzm
from kzm_surveys import FindingError
from kzm_surveys.estimation.estimates import Estimate
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.findings.text import Text
from kzm_surveys.findings.voice import Voice

NBSP = "\u00a0"
NAN = math.nan


def row(estimate=0.334, low=0.25, high=0.4249, *, n=494, flag="", statistic="proportion", variable="annoyance_road"):
    return Estimate(
        variable, "very", None, None, statistic, estimate, 0.02, low, high, 500.0, n, 200.0, 2.0, flag, "answered",
        None,
    )  # fmt: skip


def test_percent_prints_and_remembers(voice):
    number = voice.percent(row())
    assert str(number) == f"33,4{NBSP}%"
    claim = number.claim
    assert (claim.wave, claim.variable, claim.category, claim.n) == ("noise 2021", "annoyance_road", "very", 494)
    assert (claim.estimate, claim.ci_low, claim.ci_high, claim.base) == (0.334, 0.25, 0.4249, "answered")
    assert claim.synthetic
    assert claim.data_sha256 == voice.survey.source.sha256
    assert claim.question.startswith("Če pomislite na zadnjih 12 mesecev")
    assert str(voice.percent(row(0.125), 0)) == f"13{NBSP}%"  # a half is rounded up


def test_share_with_interval(voice):
    # 0.4249 to one decimal of a percent is 42.5
    text = voice.share(row())
    assert str(text) == f"33,4{NBSP}% (25,0–42,5{NBSP}%)"
    assert [n.claim.statistic for n in text.numbers()] == ["proportion", "proportion.ci_low", "proportion.ci_high"]
    assert [n.claim.estimate for n in text.numbers()] == [0.334, 0.25, 0.4249]


def test_opt_in_share_has_no_interval_even_if_given_one(web_voice):
    assert str(web_voice.share(row(variable="support_city"))) == f"33,4{NBSP}%"
    assert web_voice.interval(row(variable="support_city")) is None
    assert str(web_voice.interval_cell(row(variable="support_city"))) == "–"


def test_small_base_is_said(voice):
    text = voice.share(row(n=20, flag="small_base"))
    assert str(text) == f"33,4{NBSP}% (25,0–42,5{NBSP}%; majhna osnova, n{NBSP}={NBSP}20)"
    assert str(voice.cell(row(n=20, flag="small_base"))) == f"33,4{NBSP}%{NBSP}M"
    assert "majhna osnova" in str(voice.shares([("cesta", row(n=20, flag="small_base"))]))


@pytest.mark.parametrize("method", ["percent", "mean", "share"])
@pytest.mark.parametrize(("bad", "why"), [(row(NAN), "NaN"), (row(0.01, flag="small_cell"), "withheld")])
def test_missing_and_withheld_estimates_are_refused(voice, method, bad, why):
    with pytest.raises(FindingError, match=rf"annoyance_road\.very.*{why}"):
        getattr(voice, method)(bad)


def test_withheld_cells_get_the_mark(voice):
    withheld = row(0.01, flag="small_cell")
    assert str(voice.cell(withheld)) == "z"
    assert str(voice.interval_cell(withheld)) == "z"


def test_the_interval_of_a_withheld_share_is_refused(voice):
    with pytest.raises(FindingError, match="withheld"):
        voice.interval(row(0.01, flag="small_cell"))


def test_the_base_of_a_withheld_share_tells_nothing_of_its_interval(voice):
    shown, withheld = voice.base(row(0.3)), voice.base(row(0.01, flag="small_cell"))
    assert shown.claim.ci_low is not None
    assert (withheld.claim.ci_low, withheld.claim.ci_high) == (None, None)


def _estimates(rows):
    from tests.plots.made import estimates

    return estimates(rows)


def test_legend_explains_only_the_marks_that_stand(voice):
    assert voice.legend(_estimates([row()])) == []
    legend = voice.legend(_estimates([row(flag="small_base small_cell")]), _estimates([row(flag="small_base")]))
    assert [str(text)[0] for text in legend] == ["z", "M"]


def test_shares_in_a_list(voice):
    text = voice.shares([("cesta", row()), ("luka", row(0.2, 0.1, 0.3)), ("bar", row(0.1, 0.05, 0.2))])
    assert str(text) == (
        f"cesta (33,4{NBSP}%; 25,0–42,5{NBSP}%), luka (20,0{NBSP}%; 10,0–30,0{NBSP}%) in "
        f"bar (10,0{NBSP}%; 5,0–20,0{NBSP}%)"
    )


def test_means_are_in_the_unit_of_the_variable(voice):
    mean = row(4.25, 3.94, 4.51, statistic="mean", variable="annoyance_overall")
    assert str(voice.mean(mean)) == "4,3"
    assert str(voice.interval(mean)) == "3,9–4,5"
    assert str(voice.cell(mean)) == "4,3"


@pytest.mark.parametrize(
    ("p", "printed"),
    [(0.0123, "p_=_0,012"), (0.001, "p_=_0,001"), (0.000999, "p_<_0,001"), (1e-12, "p_<_0,001"), (0.0, "p_<_0,001"),
     (1.0, "p_=_1,000"), (0.0485, "p_=_0,049")],
)  # fmt: skip
def test_p_value(voice, p, printed):
    text = voice.p_value(p, "test", variable="sex")
    assert str(text).replace(NBSP, "_") == printed
    assert next(iter(text.numbers())).claim.estimate == p


@pytest.mark.parametrize("p", [NAN, 1.5, -0.1])
def test_what_is_no_probability_is_refused(voice, p):
    with pytest.raises(FindingError):
        voice.p_value(p, "test", variable="sex")


def test_base_range(voice):
    rows = [row(n=494), row(n=379), row(n=430)]
    assert str(voice.bases(rows)) == "379–494"
    assert str(voice.bases(rows[:1])) == "494"
    assert str(voice.base_line(rows)) == (f"Osnova: osebe, ki so na vprašanje odgovorile (n{NBSP}={NBSP}379–494)")
    assert "jim je bilo vprašanje zastavljeno" in str(voice.base_line(rows, "asked"))
    assert str(voice.base(row(n=2500))) == "2.500"


def test_fact(voice):
    number = voice.fact(44035, "population", source="SURS")
    assert (str(number), number.claim.estimate, number.claim.statistic) == ("44.035", 44035.0, "population")
    assert number.claim.source == "SURS"
    assert str(voice.fact(2.218, "deff", decimals=2, kind="decimal")) == "2,22"
    assert str(voice.fact(0.306, "share", decimals=1, kind="percent")) == f"30,6{NBSP}%"


def test_counted_nouns_agree_with_the_printed_number(voice):
    assert str(voice.counted(voice.fact(508, "n"), "oseba")) == f"508{NBSP}oseb"
    assert str(voice.counted(voice.mean(row(7.3, statistic="mean")), "mesec")) == f"7,3{NBSP}meseca"


def test_labels_come_from_the_codebook(voice):
    assert voice.label("annoyance_road") == "cestni promet"
    assert voice.category("place_type", "city") == "mesto"


def test_source_says_weighting_and_synthetic(voice, web_voice):
    assert "uteženi podatki" in str(voice.source_line())
    assert "ocena, ki ni uradni podatek" in str(voice.source_line())  # the age margin is an estimate
    assert "neuteženi podatki" in str(web_voice.source_line())
    for one in (voice, web_voice):
        assert str(one.source_line()).startswith("Vir: ")
        assert str(one.source_line()).endswith("sintetični podatki")
        assert one.synthetic_mark().startswith("SINTETIČNI PODATKI")
        assert isinstance(one.source_line(), Text)


def test_a_design_without_a_survey_has_no_voice(noise):
    with pytest.raises(FindingError, match="from_survey"):
        Voice(kzm.SurveyDesign(noise.frame))


def test_real_estimates_agree_with_the_frame(voice):
    shares = kzm.proportion(voice.design, "annoyance_road")
    frame = shares.frame.set_index("category")
    for category in ("very", "extremely"):
        printed = str(voice.percent(shares.row(category)))
        assert printed == f"{100 * frame['estimate'][category]:.1f}".replace(".", ",") + f"{NBSP}%"


def spoken(lang="sl", design=None, **texts):
    from tests.findings.spoken import speaking

    return speaking(design, lang, **texts)


@pytest.mark.parametrize(
    ("n", "sl", "en"),
    [
        (1, "je odgovorila 1 oseba", "1 person answered"),
        (2, "sta odgovorili 2 osebi", "2 people answered"),
        (4, "so odgovorile 4 osebe", "4 people answered"),
        (224, "je odgovorilo 224 oseb", "224 people answered"),
        (0, "je odgovorilo 0 oseb", "0 people answered"),
    ],
)
def test_clause(noise, n, sl, en):
    for lang, expected in (("sl", sl), ("en", en)):
        one = Voice(noise, lang)
        assert str(one.clause(one.fact(n, "n"), "oseba", "odgovoriti")).replace(NBSP, " ") == expected


def test_a_share_in_words_keeps_its_number(noise, web_voice):
    one = Voice(noise)
    share = row(0.263, 0.221, 0.309)
    assert str(one.share_in_words(share, "accusative")).replace(NBSP, " ") == "dobro četrtino (26,3 %; 22,1–30,9 %)"
    assert str(one.share_in_words(share, of="oseb")).replace(NBSP, " ") == "dobra četrtina oseb (26,3 %; 22,1–30,9 %)"
    assert str(one.share_in_words(row(0.4))).replace(NBSP, " ") == "40,0 % (25,0–42,5 %)"
    assert str(Voice(noise, "en").share_in_words(share)) == "just over a quarter (26.3%; 22.1–30.9%)"
    told = web_voice.share_in_words(row(0.263, variable="support_city"))
    assert str(told).replace(NBSP, " ") == "dobra četrtina (26,3 %)"
    assert str(one.share_in_words(share, None)).replace(NBSP, " ") == "26,3 % (22,1–30,9 %)"


def test_an_opt_in_sentence_speaks_of_the_participants(noise, web_voice, breastfeeding):
    bare, said = Text(("Mame to želijo.",)), Text(("To želijo Sodelujoče mame.",))
    assert str(web_voice.for_participants(bare)) == "Mame to želijo. Podatki veljajo le za sodelujoče v anketi."
    assert web_voice.for_participants(said) is said
    assert Voice(noise).for_participants(bare) is bare
    english = Voice(breastfeeding, "en")
    assert str(english.for_participants(Text(("Mothers want it.",)))).endswith("hold only for the participants.")
    taken = Text(("Those who took part want it.",))
    assert english.for_participants(taken) is taken


def test_notes_stand_before_the_full_stop(voice):
    sentence = Text(("Moti ", voice.percent(row()), "."))
    assert str(voice.noted(sentence, ["majhna osnova"])).replace(NBSP, " ") == "Moti 33,4 % (majhna osnova)."
    assert voice.noted(sentence, []) is sentence


def test_the_verb_of_a_share(noise):
    one = Voice(noise)
    shares = [row(share) for share in (0.263, 0.665, 0.4)]
    assert [one.share_verb(share, "meniti") for share in shares] == ["meni", "menita", "meni"]
    assert [one.share_verb(share, "odgovoriti", "past") for share in shares] == [
        "je odgovorila", "sta odgovorili", "je odgovorilo"
    ]  # fmt: skip
    assert [Voice(noise, "en").share_verb(share, "meniti") for share in shares] == ["think"] * 3


def test_lists_end_with_the_word_of_the_language(noise):
    rows = [("a", row(0.3)), ("b", row(0.2))]
    assert ") in b (" in str(Voice(noise).shares(rows))
    assert ") and b (" in str(Voice(noise, "en").shares(rows))


def test_an_interval_that_begins_below_zero_is_written_in_words(voice):
    mean = row(0.1, -0.4, 0.6, statistic="mean")
    assert str(voice.interval(mean)) == "od −0,4 do 0,6"


def test_percentage_points_take_the_noun_of_their_printed_number(voice):
    assert str(voice.counted(voice.fact(0.05, "d", kind="points"), "odstotna točka")) == f"5{NBSP}odstotnih točk"
    assert str(voice.counted(voice.fact(0.05, "d", kind="points", decimals=1), "odstotna točka")) == (
        f"5,0{NBSP}odstotne točke"
    )


@pytest.mark.parametrize(
    ("test", "printed"),
    [
        ((14.281, 1.88, 905.2, 0.00001, "Pearson X² with second-order Rao-Scott correction (F)"),
         "F(1,88; 905) = 14,28; p < 0,001"),
        ((2.6, 1, 499, 0.0096, "Design-based t test of two means"), "t(499) = 2,60; p = 0,010"),
        ((3.1, 2, 498, 0.046, "Design-based rank test of 3 groups (Kruskal-Wallis, F)"), "F(2; 498) = 3,10; p = 0,046"),
        ((9.2, 2, math.inf, 0.01, "Pearson X² with first-order Rao-Scott correction"),
         "hi-kvadrat(2) = 9,20; p = 0,010"),
    ],
)  # fmt: skip
def test_tests_in_words(voice, test, printed):
    told = voice.test(TestResult(*test), variable="sex", by="place_type")
    assert str(told).replace(NBSP, " ") == printed
    assert len({number.id for number in told.numbers()}) == len(list(told.numbers()))


def test_words_of_a_script(noise):
    one = spoken(design=noise, a__b="Moti {share}.")
    assert str(one.say("a.b", share="pol")) == "Moti pol."
    assert str(one.say("a.b", share="pol", n="1", optional=["n"])) == "Moti pol."
    assert one.say_if_there("a.c", share="pol") is None
    assert str(one.say_if_there("a.b", share="pol", n="1")) == "Moti pol."
    with pytest.raises(FindingError, match=r"script\.sl\.toml: a\.b: no value for '\{share\}'"):
        one.say("a.b")
    with pytest.raises(kzm.CodebookError, match=r"script\.sl\.toml: there is no text 'a\.d'; did you mean 'a\.b'"):
        one.say("a.d")


def test_estimates_of_another_design_are_refused(voice, breastfeeding):
    voice.require(kzm.proportion(voice.design, "sex"))
    with pytest.raises(FindingError, match="'needs_corners' is of another wave"):
        voice.require(kzm.proportion(breastfeeding, "needs_corners"))
