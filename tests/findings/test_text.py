import pytest

from kzm_surveys import FindingError
from kzm_surveys.findings.text import Claim, Number, Reference, Text, join, say

NBSP = "\u00a0"


def number(text="30,0", **claim):
    return Number(text, Claim(**({"wave": "noise 2021", "statistic": "proportion", "estimate": 0.3} | claim)),
                  "percent", 1)  # fmt: skip


@pytest.mark.parametrize("template", ["Hrup moti 30 % ljudi.", "{a} in 2", "leta 2022", "½ in 1", "v {a}0"])
def test_typed_digits_are_refused(template):
    with pytest.raises(FindingError, match="a digit is typed by hand"):
        say(template, a="x")


@pytest.mark.parametrize("template", ["polovica ½", "x²", "Ⅳ. točka"])
def test_other_signs_of_number_are_not_taken_for_digits(template):
    assert str(say(template)) == template


def test_a_digit_of_another_script_is_refused():
    with pytest.raises(FindingError, match="typed by hand"):
        say("Hrup moti ٣ ljudi.")


def test_a_name_without_a_value_is_refused():
    with pytest.raises(FindingError, match=r"no value for '\{share\}' \(given: nothing\) in: 'Moti \{share\}\.'"):
        say("Moti {share}.")


@pytest.mark.parametrize("template", ["{}", "{0}", "{a!r:>4}", "{a:.1f}"])
def test_a_place_without_a_plain_name_is_refused(template):
    with pytest.raises(FindingError, match="no value for"):
        say(template, a="x")


def test_values_without_a_place_are_refused_and_all_named():
    with pytest.raises(FindingError, match=r"values without a place \(b, c\)"):
        say("Moti {a}.", a="x", c="y", b="z")


def test_equals_sign_keeps_its_neighbours():
    assert str(say("(n = {n})", n=number("508"))) == f"(n{NBSP}={NBSP}508)"


def test_reference_keeps_the_word_before_it():
    text = say("gl. sliko {figure}, gl. {word} {n}", figure=Reference("figure", "f"), word="tu", n=number("5"))
    assert text.plain({"f": 4}) == f"gl. sliko{NBSP}4, gl. tu 5"


def test_a_reference_without_its_target_is_refused():
    text = say("gl. sliko {figure}", figure=Reference("figure", "f"))
    for known in (None, {}, {"g": 1}):
        with pytest.raises(FindingError, match="refers to figure 'f', which is not in the document"):
            text.plain(known)
    assert str(text).endswith("?")


def test_parts_keep_their_order_and_numbers_stay_numbers():
    first, second = number("1"), number("2")
    text = say("a {x} b {y}", x=first, y=say("({z})", z=second))
    assert text.parts == ("a ", first, " b ", "(", second, ")")
    assert list(text.numbers()) == [first, second]


def test_the_same_value_may_stand_twice():
    assert str(say("{a} in {a}", a="hrup")) == "hrup in hrup"


def test_braces_are_written_twice():
    assert str(say("{{a}} {b}", b="c")) == "{a} c"


def test_join():
    assert str(join([])) == ""
    assert str(join(["a"], ", ", " in ")) == "a"
    assert str(join(["a", "b"], ", ", " in ")) == "a in b"
    assert str(join(["a", "b", "c"], ", ", " in ")) == "a, b in c"
    assert str(join(["a", "b", "c"], "; ")) == "a; b; c"
    inner = Text(("x ", number("7")))
    assert join(["a", inner], "–").parts == ("a", "–", "x ", inner.parts[1])


def test_slug_names_wave_variable_category_group_statistic_and_base():
    claim = Claim("noise 2021", "proportion", 0.3, variable="annoyance_port", category="very+extremely",
                  by="place_type", by_category="city", base="answered", weight="none")  # fmt: skip
    assert claim.slug == "noise_2021.annoyance_port.very+extremely.place_type=city.proportion.answered.none"


def test_slug_leaves_out_what_is_not_known_and_has_no_blanks():
    assert Claim("noise 2021", "respondents", 508).slug == "noise_2021.respondents"
    assert Claim("noise 2021", "mean", 4.2, variable="age", where="only the old").slug == (
        "noise_2021.age.only_the_old.mean"
    )


def test_slug_tells_weighted_from_unweighted():
    shared = {"wave": "noise 2021", "statistic": "proportion", "estimate": 0.3, "variable": "sex"}
    slugs = {Claim(**shared, weight=weight).slug for weight in ("none", "raking (sex: official)")}
    assert len(slugs) == 2
