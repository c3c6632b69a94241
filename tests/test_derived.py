"""Derived variables: what a codebook may say, what it may not, and the values that come of it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzm_surveys.codebook import Codebook, CodebookError, read_codebook
from kzm_surveys.loaders.derive import derive, reason_names
from kzm_surveys.synthesis.draw import Draw
from kzm_surveys.synthesis.recipe import Recipe

BOOK = """
survey = "moods"
title = { sl = "Poskus", en = "Trial" }
status = { sl = "izmišljeno", en = "invented" }

[missing]
no_such_source = { code = 97, label = { sl = "tega vira tu ni", en = "no such source here" } }

[scales.annoyance]
categories = [
  { name = "not_at_all", code = 1, label = { sl = "sploh ne", en = "not at all" } },
  { name = "slightly", code = 2, label = { sl = "nekoliko", en = "slightly" } },
  { name = "moderately", code = 3, label = { sl = "srednje", en = "moderately" } },
  { name = "very", code = 4, label = { sl = "zelo", en = "very" } },
  { name = "extremely", code = 5, label = { sl = "izjemno", en = "extremely" } },
]

# Codes that do not begin with 1 and have a gap.
[scales.uneven]
categories = [
  { name = "low", code = 2, label = { sl = "malo", en = "low" } },
  { name = "middle", code = 3, label = { sl = "srednje", en = "middle" } },
  { name = "high", code = 6, label = { sl = "veliko", en = "high" } },
]

[scales.nominal]
ordered = false
categories = [
  { name = "tea", code = 1, label = { sl = "čaj", en = "tea" } },
  { name = "milk", code = 2, label = { sl = "mleko", en = "milk" } },
]

[scales.zigzag]
categories = [
  { name = "a", code = 1, label = { sl = "a", en = "a" } },
  { name = "b", code = 3, label = { sl = "b", en = "b" } },
  { name = "c", code = 2, label = { sl = "c", en = "c" } },
]

[questions.sex]
kind = "single"
label = { sl = "spol", en = "sex" }
question = { sl = "Spol?", en = "Sex?" }
categories = [
  { name = "male", code = 1, label = { sl = "moški", en = "men" } },
  { name = "female", code = 2, label = { sl = "ženske", en = "women" } },
]

[questions.age]
kind = "number"
label = { sl = "starost", en = "age" }
question = { sl = "Starost?", en = "Age?" }
minimum = 18
maximum = 105

[questions.annoyance]
kind = "battery"
label = { sl = "hrup", en = "noise" }
question = { sl = "Koliko vas moti?", en = "How much does it bother you?" }
scale = "annoyance"
missing = ["no_such_source"]
items = [
  { name = "road", label = { sl = "cesta", en = "road" } },
  { name = "port", label = { sl = "pristanišče", en = "port" } },
  { name = "other", label = { sl = "drugo", en = "other" } },
]

[questions.sensitivity]
kind = "battery"
label = { sl = "občutljivost", en = "sensitivity" }
question = { sl = "Koliko to velja za vas?", en = "How far is this true of you?" }
scale = "uneven"
items = [
  { name = "wake", label = { sl = "zbudim se", en = "I wake up" } },
  { name = "calm", label = { sl = "ostanem miren", en = "I stay calm" } },
  { name = "work", label = { sl = "ne morem delati", en = "I cannot work" } },
]

[questions.drink]
kind = "single"
label = { sl = "pijača", en = "drink" }
question = { sl = "Kaj pijete?", en = "What do you drink?" }
scale = "nominal"

[questions.bent]
kind = "battery"
label = { sl = "lomljena", en = "bent" }
question = { sl = "Kako?", en = "How?" }
scale = "zigzag"
items = [{ name = "x", label = { sl = "x", en = "x" } }, { name = "y", label = { sl = "y", en = "y" } }]

[questions.coping]
kind = "multiple"
label = { sl = "ravnanje", en = "coping" }
question = { sl = "Kaj naredite?", en = "What do you do?" }
items = [
  { name = "windows", label = { sl = "zaprem okna", en = "close windows" } },
  { name = "plugs", label = { sl = "čepki", en = "ear plugs" } },
  { name = "other", other = true, label = { sl = "drugo", en = "other" } },
  { name = "none", exclusive = true, label = { sl = "nič", en = "nothing" } },
]

[questions.proposals]
kind = "text"
label = { sl = "predlogi", en = "proposals" }
question = { sl = "Kaj predlagate?", en = "What do you propose?" }

[derived.age_group]
of = "age"
label = { sl = "starost", en = "age" }
bands = [
  { name = "18_39", highest = 39, label = { sl = "18–39 let", en = "18–39" } },
  { name = "40_plus", lowest = 40, label = { sl = "40 let ali več", en = "40 or more" } },
]
"""
LABEL = 'label = { sl = "oznaka", en = "label" }'


def book(tmp_path, *entries, text=BOOK):
    """Codebook with further derived entries, each its name and the lines below its header."""
    path = tmp_path / "codebook.toml"
    tables = [f"\n[derived.{entry.split(chr(10), 1)[0]}]\n{LABEL}\n{entry.split(chr(10), 1)[1]}\n" for entry in entries]
    path.write_text(text + "".join(tables), encoding="utf-8")
    return read_codebook(path)


def made(codebook: Codebook, **answers):
    """Derive all that rests on the answers; texts that begin with "!" are reasons for missing ones."""
    names = reason_names(codebook)
    values, missing = {}, {}
    for name, column in answers.items():
        variable = codebook[name]
        reasons = [a[1:] if isinstance(a, str) and a.startswith("!") else None for a in column]
        kept = [a if reason is None else None for a, reason in zip(column, reasons, strict=True)]
        if variable.kind == "categorical":
            categories = [c.name for c in variable.categories]
            values[name] = pd.Series(pd.Categorical(kept, categories=categories, ordered=variable.ordered))
        else:
            values[name] = pd.Series(kept, dtype="float64" if variable.kind == "number" else "str")
        missing[name] = pd.Series(pd.Categorical(reasons, categories=names))
    for variable in codebook.variables.values():
        if variable.derived and set(variable.rests_on) <= set(values):
            values[variable.name], missing[variable.name], homeless = derive(variable, codebook, values, missing)
            assert not homeless.any()
            assert (values[variable.name].isna() == missing[variable.name].notna()).all()
    return values, missing


def shown(pair, name):
    """Values with "!reason" where there is none."""
    values, missing = pair[0][name], pair[1][name]
    return [f"!{why}" if isinstance(why, str) else value for value, why in zip(values, missing, strict=True)]


# --- top and bottom of a scale, merged categories -------------------------------------------------------------------


def test_top_two_of_a_battery_makes_a_variable_per_item_with_composed_labels(tmp_path):
    codebook = book(tmp_path, 'high\nof = "annoyance"\ntop = 2')
    assert codebook.members("high") == ("high_road", "high_port", "high_other")
    assert codebook.members("annoyance") == ("annoyance_road", "annoyance_port", "annoyance_other")
    variable = codebook["high_road"]
    assert (variable.label["sl"], variable.item, variable.ordered) == ("cesta", "road", True)
    assert (variable.rests_on, variable.question["en"]) == (("annoyance_road",), "How much does it bother you?")
    assert [(c.name, c.label["sl"], c.label["en"]) for c in variable.categories] == [
        ("rest", "sploh ne, nekoliko ali srednje", "not at all, slightly or moderately"),
        ("top", "zelo ali izjemno", "very or extremely"),
    ]
    assert "high" not in codebook.sets
    pair = made(codebook, annoyance_road=["very", "extremely", "moderately", "!no_such_source", "!dont_know"])
    assert shown(pair, "high_road") == ["top", "top", "rest", "!no_such_source", "!dont_know"]


def test_bottom_one_of_a_single_variable_keeps_the_name_of_the_entry(tmp_path):
    codebook = book(tmp_path, 'quiet\nof = "annoyance_port"\nbottom = 1')
    variable = codebook["quiet"]
    assert [(c.name, c.label["en"]) for c in variable.categories] == [
        ("bottom", "not at all"), ("rest", "slightly, moderately, very or extremely")]  # fmt: skip
    assert (variable.label["en"], variable.item) == ("label", None)
    pair = made(codebook, annoyance_port=["not_at_all", "slightly", "extremely", "!refused"])
    assert shown(pair, "quiet") == ["bottom", "rest", "rest", "!refused"]


def test_groups_over_a_battery_and_over_a_list(tmp_path):
    groups = (
        f'groups = [{{ name = "no", {LABEL}, of = ["not_at_all"] }}, '
        f'{{ name = "yes", {LABEL}, of = ["slightly", "moderately", "very", "extremely"] }}]'
    )
    codebook = book(
        tmp_path, f'any\nof = "annoyance"\n{groups}', f'some\nof = ["annoyance_road", "annoyance_port"]\n{groups}'
    )
    assert codebook.members("any") == ("any_road", "any_port", "any_other")
    assert codebook.members("some") == ("some_road", "some_port")
    pair = made(codebook, annoyance_port=["not_at_all", "slightly", "!not_asked"])
    assert shown(pair, "any_port") == shown(pair, "some_port") == ["no", "yes", "!not_asked"]


STEPS = ["not_at_all", "slightly", "moderately", "very", "extremely"]
ANSWER = st.sampled_from([*STEPS, "!refused", "!not_asked"])


@given(answers=st.lists(ANSWER, min_size=1, max_size=30), n=st.integers(1, 4))
def test_top_and_rest_are_all_that_answered(tmp_path_factory, answers, n):
    codebook = book(tmp_path_factory.mktemp("book"), f'high\nof = "annoyance_road"\ntop = {n}',
                    f'low\nof = "annoyance_road"\nbottom = {5 - n}')  # fmt: skip
    pair = made(codebook, annoyance_road=answers)
    counts = pair[0]["high"].value_counts()
    assert counts["top"] + counts["rest"] == sum(not answer.startswith("!") for answer in answers)
    assert counts["top"] == sum(answer in STEPS[5 - n :] for answer in answers)
    # The top n of five are what the bottom 5 - n leave.
    assert counts["top"] == pair[0]["low"].value_counts()["rest"]


# --- select-all sets ------------------------------------------------------------------------------------------------

SET = (
    'often\nof = "annoyance"\nselected = ["very", "extremely"]\nother = "other"\nnone = '
    + f'{{ name = "none", {LABEL} }}'
)


def test_set_from_a_battery_has_an_option_per_item_and_none(tmp_path):
    codebook = book(tmp_path, SET.replace('other = "other"', 'other = "annoyance_road"'))
    # The open option stands last but for "none".
    names = ("often_port", "often_other", "often_road", "often_none")
    assert codebook.sets["often"] == codebook.members("often") == names
    assert [codebook[name].exclusive for name in names] == [False, False, False, True]
    assert [codebook[name].other for name in names] == [False, False, True, False]
    assert [c.name for c in codebook["often_port"].categories] == ["not_selected", "selected"]
    pair = made(
        codebook,
        annoyance_road=["very", "slightly", "slightly", "extremely", "!refused"],
        annoyance_port=["slightly", "slightly", "!dont_know", "!dont_know", "!not_asked"],
        annoyance_other=["extremely", "not_at_all", "slightly", "slightly", "slightly"],
    )
    yes, no = "selected", "not_selected"
    assert shown(pair, "often_road") == [yes, no, no, yes, "!refused"]
    assert shown(pair, "often_port") == [no, no, "!dont_know", "!dont_know", "!not_asked"]
    # Row 3: nothing selected, but one item not known. Row 4: one is selected, so "none" is certainly not true.
    assert shown(pair, "often_none") == [no, yes, "!dont_know", no, "!refused"]


def test_set_over_several_questions_takes_the_names_of_the_variables(tmp_path):
    codebook = book(
        tmp_path,
        'high\nof = "annoyance"\ntop = 2',
        'low\nof = "annoyance"\ntop = 4',
        'both\nof = ["high_road", "low_road"]\nselected = ["top"]',
    )
    assert codebook.sets["both"] == ("both_high_road", "both_low_road")
    pair = made(codebook, annoyance_road=["slightly", "very", "!refused"])
    assert shown(pair, "both_high_road") == ["not_selected", "selected", "!refused"]
    assert shown(pair, "both_low_road") == ["selected", "selected", "!refused"]


def test_set_of_a_select_all_question_leaves_out_its_texts(tmp_path):
    codebook = book(tmp_path, 'done\nof = "coping"\nselected = ["selected"]')
    assert codebook.sets["done"] == ("done_windows", "done_plugs", "done_other", "done_none")


# --- crossings ------------------------------------------------------------------------------------------------------

CROSS = 'sex_age\nof = ["sex", "age_group"]\ncross = true'


def test_crossing_names_and_labels_every_combination(tmp_path):
    variable = book(tmp_path, CROSS)["sex_age"]
    assert [(c.name, c.code, c.label["sl"]) for c in variable.categories] == [
        ("male_18_39", 1, "moški, 18–39 let"),
        ("male_40_plus", 2, "moški, 40 let ali več"),
        ("female_18_39", 3, "ženske, 18–39 let"),
        ("female_40_plus", 4, "ženske, 40 let ali več"),
    ]
    assert (variable.ordered, variable.rests_on) == (False, ("sex", "age_group"))
    assert variable.question["en"] == "Sex? Age?"


def test_crossing_lacks_for_the_reason_of_the_first_part_that_is_missing(tmp_path):
    sex = ["male", "female", "!refused", "male", "!dont_know"]
    age = [39, 40, 50, "!no_answer", "!refused"]
    pair = made(book(tmp_path, CROSS), sex=sex, age=age)
    assert shown(pair, "sex_age") == ["male_18_39", "female_40_plus", "!refused", "!no_answer", "!dont_know"]


def test_crossing_of_no_respondents_is_empty(tmp_path):
    assert shown(made(book(tmp_path, CROSS), sex=[], age=[]), "sex_age") == []


@given(rows=st.lists(st.tuples(st.sampled_from(["male", "female", "!refused"]), ANSWER, ANSWER), min_size=1))
def test_margins_of_a_crossing_are_its_parts(tmp_path_factory, rows):
    three = 'three\nof = ["sex", "annoyance_road", "annoyance_port"]\ncross = true'
    codebook = book(tmp_path_factory.mktemp("book"), three)
    names = ("sex", "annoyance_road", "annoyance_port")
    values, _ = made(codebook, **dict(zip(names, zip(*rows, strict=True), strict=True)))
    whole = [row for row in rows if not any(answer.startswith("!") for answer in row)]
    assert [v for v in values["three"] if isinstance(v, str)] == ["_".join(row) for row in whole]


# --- scale scores ---------------------------------------------------------------------------------------------------


def score(rule, of='"sensitivity"'):
    return f"total\nof = {of}\nscore = {{ {rule} }}"


def test_sum_score_with_a_reversed_item(tmp_path):
    codebook = book(tmp_path, score('method = "sum", reversed = ["calm"]'))
    variable = codebook["total"]
    # Codes 2, 3, 6: three items give 6 to 18. Reversed: 2 + 6 - code, so 6, 5, 2.
    assert (variable.kind, variable.limits) == ("number", (6, 18))
    pair = made(
        codebook,
        sensitivity_wake=["low", "high", "middle"],
        sensitivity_calm=["low", "high", "middle"],
        sensitivity_work=["low", "middle", "high"],
    )
    # 2 + 6 + 2, 6 + 2 + 3, 3 + 5 + 6
    assert shown(pair, "total") == [10, 11, 14]


def test_reversed_items_may_be_named_as_variables(tmp_path):
    codebook = book(tmp_path, score('method = "mean", reversed = ["sensitivity_calm"]'))
    assert codebook["total"].limits == (2, 6)
    pair = made(codebook, sensitivity_wake=["low"], sensitivity_calm=["low"], sensitivity_work=["low"])
    assert shown(pair, "total") == [pytest.approx((2 + 6 + 2) / 3)]


PARTLY = {
    "sensitivity_wake": ["high", "high", "!refused", "!not_asked", "!not_asked", "!refused", "!not_asked"],
    "sensitivity_calm": ["low", "!refused", "!refused", "!not_asked", "!break_off", "!dont_know", "!not_asked"],
    "sensitivity_work": ["!no_answer", "!dont_know", "low", "!not_asked", "!not_asked", "low", "low"],
}


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ('method = "mean", at_least = 2', (6 + 2) / 2),
        # The mean of the answered items times the number of items.
        ('method = "sum", at_least = 2', (6 + 2) / 2 * 3),
        ('method = "sum"', "!no_answer"),
    ],
)
def test_score_with_too_few_answers_lacks_for_a_reason(tmp_path, rule, first):
    pair = made(book(tmp_path, score(rule)), **PARTLY)
    # Two reasons that differ; one reason shared; no item put; two reasons for that; differ; one reason shared.
    others = ["!no_answer", "!refused", "!not_asked", "!not_asked", "!no_answer", "!not_asked"]
    assert shown(pair, "total") == [first, *others]


@pytest.mark.parametrize(
    ("items", "lowest", "highest"),
    [
        (17, 17, 85),  # IIFAS: 17 items from 1 to 5, total 17 to 85 (PMC3660294, table 2)
        (14, 14, 70),  # BSES-SF: 14 items from 1 to 5, total 14 to 70 (PMC6757403)
    ],
)
def test_limits_of_sum_scores_are_those_of_published_scales(tmp_path, items, lowest, highest):
    rows = "".join(f'  {{ name = "i{n}", {LABEL} }},\n' for n in range(items))
    battery = (
        f'[questions.attitude]\nkind = "battery"\n{LABEL}\nquestion = {{ sl = "a", en = "a" }}\n'
        f'scale = "annoyance"\nitems = [\n{rows}]\n\n[derived.age_group]'
    )
    text = BOOK.replace("[derived.age_group]", battery)
    codebook = book(tmp_path, score('method = "sum"', '"attitude"'), text=text)
    assert codebook["total"].limits == (lowest, highest)
    for answer, total in (("not_at_all", lowest), ("extremely", highest)):
        answers = {name: [answer] for name in codebook.members("attitude")}
        assert shown(made(codebook, **answers), "total") == [total]


CODE = {"low": 2, "middle": 3, "high": 6}
ITEM = st.sampled_from([*CODE, "!refused"])


@given(rows=st.lists(st.tuples(ITEM, ITEM, ITEM), min_size=1, max_size=20), at_least=st.integers(1, 3))
def test_scores_are_those_of_plain_arithmetic(tmp_path_factory, rows, at_least):
    names = ("sensitivity_wake", "sensitivity_calm", "sensitivity_work")
    rule = f'at_least = {at_least}, reversed = ["wake", "work"]'
    opposite = f'method = "mean", at_least = {at_least}, reversed = ["calm"]'
    codebook = book(
        tmp_path_factory.mktemp("book"), score(f'method = "mean", {rule}'),
        score(f'method = "sum", {rule}').replace("total", "added"), score(opposite).replace("total", "opposite"),
    )  # fmt: skip
    values, _ = made(codebook, **dict(zip(names, zip(*rows, strict=True), strict=True)))
    for row, mean, added, turned in zip(rows, values["total"], values["added"], values["opposite"], strict=True):
        codes = [8 - CODE[a] if i != 1 else CODE[a] for i, a in enumerate(row) if a in CODE]
        if len(codes) < at_least:
            assert np.isnan([mean, added, turned]).all()
            continue
        assert mean == pytest.approx(sum(codes) / len(codes))
        assert 2 <= mean <= 6
        assert added == pytest.approx(3 * mean)
        assert len(codes) < 3 or added == sum(codes)
        # Reversing every item turns the score itself round, and twice gives it back.
        assert turned == pytest.approx(2 + 6 - mean)


# --- chains ---------------------------------------------------------------------------------------------------------


MONTHS = """
[questions.months]
kind = "number"
label = { sl = "meseci", en = "months" }
question = { sl = "Koliko mesecev?", en = "How many months?" }
minimum = 1
maximum = 72

"""
FIRST_ASKED = 'so_far\nof = ["months", "age"]\nfirst_asked = true'


def test_first_number_asked_stands_and_lacks_where_that_question_was_not_answered(tmp_path):
    codebook = book(tmp_path, FIRST_ASKED, text=BOOK.replace("[questions.drink]", MONTHS + "[questions.drink]"))
    variable = codebook["so_far"]
    assert (variable.kind, variable.limits, variable.rests_on) == ("number", (1, 105), ("months", "age"))
    months = [7, "!not_asked", "!not_asked", "!refused", "!break_off", "!not_asked"]
    age = [30, 40, "!refused", 50, 60, "!not_asked"]
    pair = made(codebook, months=months, age=age)
    assert shown(pair, "so_far") == [7, 40, "!refused", "!refused", "!break_off", "!not_asked"]


def test_derived_variables_rest_on_earlier_derived_ones(tmp_path):
    bands = (
        f'bands = [{{ name = "calm", highest = 9, {LABEL} }}, {{ name = "keen", lowest = 10, highest = 18, {LABEL} }}]'
    )
    codebook = book(
        tmp_path, score('method = "sum"'), f'sensitive\nof = "total"\n{bands}',
        'sex_sensitive\nof = ["sex", "sensitive"]\ncross = true',
    )  # fmt: skip
    answers = {f"sensitivity_{item}": ["low", "high"] for item in ("wake", "calm", "work")}
    pair = made(codebook, sex=["male", "female"], **answers)
    assert shown(pair, "sex_sensitive") == ["male_calm", "female_keen"]


def test_number_in_no_band_is_told(tmp_path):
    codebook = book(tmp_path, f'group\nof = "age"\nbands = [{{ name = "old", lowest = 60, {LABEL} }}]')
    none = pd.Series(pd.Categorical([None, None], categories=reason_names(codebook)))
    values, missing, homeless = derive(codebook["group"], codebook, {"age": pd.Series([59.0, 60.0])}, {"age": none})
    assert list(homeless) == [True, False]
    assert values.tolist()[1] == "old"
    assert missing.tolist()[0] == "unknown_code"


def test_synthetic_answers_hold_every_kind_of_derived_variable(tmp_path):
    codebook = book(
        tmp_path, SET, CROSS, score('method = "mean", reversed = ["calm"]'), 'high\nof = "annoyance"\ntop = 2'
    )
    responses, missing = Draw(codebook, Recipe(), 40, 1, {}, exact=False).run()
    assert list(responses) == list(missing) == list(codebook.variables)
    row = responses.iloc[0]
    assert row["sex_age"] == f"{row['sex']}_{row['age_group']}"
    assert (responses["high_road"] == "top").sum() == responses["annoyance_road"].isin(["very", "extremely"]).sum()


def test_synthetic_answers_to_a_date_are_refused(tmp_path):
    text = BOOK.replace('kind = "text"', 'kind = "date"')
    with pytest.raises(CodebookError, match="'proposals' is a date"):
        Draw(book(tmp_path, text=text), Recipe(), 40, 1, {}, exact=False).run()


# --- what a codebook may not say ------------------------------------------------------------------------------------

BANDS = f'bands = [{{ name = "x", {LABEL} }}]'
REFUSED = {
    "no kind": ('of = "sex"', ["exactly one", "found: none"]),
    "two kinds": ('of = "annoyance"\ntop = 2\nbottom = 2', ["exactly one", "found: top, bottom"]),
    "no top at all": ('of = "annoyance"\ntop = 0', ["derived.x.top"]),
    "of a number": ("of = 3\ntop = 2", ["derived.x.of", "a name or a list of names"]),
    "of nothing": ("of = []\ntop = 2", ["derived.x.of", "a name or a list of names"]),
    "of an unknown battery": ('of = "annoyence"\ntop = 2', ["derived.x.of", "did you mean 'annoyance'"]),
    "of a later derived variable": ('of = ["sex", "y"]\ncross = true', ["derived.x.of", "unknown variable 'y'"]),
    "twice the same": ('of = ["annoyance", "annoyance_road"]\ntop = 2', ["'annoyance_road' stands twice"]),
    "top of a nominal variable": ('of = "drink"\ntop = 1', ["derived.x.top", "'drink' is not ordered"]),
    "bottom of a nominal variable": ('of = "sex"\nbottom = 1', ["derived.x.bottom", "'sex' is not ordered"]),
    "top that leaves no rest": ('of = "sensitivity"\ntop = 3', ["derived.x.top", "leave no rest"]),
    "top of a number": ('of = "age"\ntop = 2', ["'top' need a categorical variable, 'age' is number"]),
    "bands of a battery": (f'of = "annoyance"\n{BANDS}', ["'bands' need a number variable, 'annoyance_road'"]),
    "empty answers without themes": (
        'of = "annoyance"\ntop = 2\nempty_answers = ["ne"]', ["'empty_answers' belongs to 'themes'"]),
    "none without a set": (f'of = "annoyance"\ntop = 2\nnone = {{ name = "n", {LABEL} }}', ["belongs to 'selected'"]),
    "other without a set": ('of = "annoyance"\ntop = 2\nother = "road"', ["'other' belongs to 'selected'"]),
    "unknown selected category": (
        'of = "annoyance"\nselected = ["verry"]', ["derived.x.selected", "'annoyance_road'", "did you mean 'very'"]),
    "category that only some members have": (
        'of = ["annoyance_road", "sex"]\nselected = ["very"]', ["derived.x.selected", "'sex': unknown category"]),
    "all categories selected": ('of = ["sex"]\nselected = ["male", "female"]', ["all categories of 'sex'"]),
    "unknown other": ('of = "annoyance"\nselected = ["very"]\nother = "prt"', ["derived.x.other", "mean 'port'"]),
    "none named as a member": (
        f'of = "annoyance"\nselected = ["very"]\nnone = {{ name = "road", {LABEL} }}', ["two variables", "'x_road'"]),
    "set of a text": ('of = "proposals"\nselected = ["a"]', ["'selected' need a categorical", "'proposals' is text"]),
    "crossing of one": ('of = "sex"\ncross = true', ["a crossing needs two variables"]),
    "crossing of a battery": (
        'of = ["sex", "annoyance"]\ncross = true', ["'annoyance' is several variables", "single ones"]),
    "crossing of a number": ('of = ["sex", "age"]\ncross = true', ["need a categorical variable, 'age' is number"]),
    "score of one": ('of = "sex"\nscore = { method = "sum" }', ["two items or more"]),
    "score of nominal items": (
        'of = ["sex", "drink"]\nscore = { method = "sum" }', ["derived.x.score", "'sex' is not ordered"]),
    "score of two scales": (
        'of = ["annoyance", "sensitivity"]\nscore = { method = "sum" }', ["have different scales"]),
    "score of a scale whose codes go to and fro": (
        'of = "bent"\nscore = { method = "sum" }', ["codes of 'bent_x' neither rise nor fall"]),
    "reversed item that is none": (
        'of = "sensitivity"\nscore = { method = "sum", reversed = ["cam"] }',
        ["derived.x.score.reversed", "unknown item 'cam'; did you mean 'calm'"]),
    "more answers than items": (
        'of = "sensitivity"\nscore = { method = "sum", at_least = 4 }', ["derived.x.score.at_least", "4 answered"]),
    "no answers needed": ('of = "sensitivity"\nscore = { method = "sum", at_least = 0 }', ["score.at_least"]),
    "unknown method": ('of = "sensitivity"\nscore = { method = "median" }', ["derived.x.score.method"]),
    "first of one number": ('of = "age"\nfirst_asked = true', ["derived.x.of", "two numbers or more"]),
    "first of categories": (
        'of = ["age", "sex"]\nfirst_asked = true', ["'first_asked' need a number variable, 'sex' is categorical"]),
    "themes of two texts": (
        f'of = ["proposals", "coping_other_text"]\nthemes = [{{ name = "t", {LABEL}, stems = ["a"] }}]',
        ["derived.x.of", "one text"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_derived_variable_that_cannot_be_is_refused_with_file_key_and_line(tmp_path, name):
    entry, words = REFUSED[name]
    with pytest.raises(CodebookError) as caught:
        book(tmp_path, f"x\n{entry}", 'y\nof = "annoyance_road"\ntop = 2')
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'codebook.toml'}: derived.x")
    # The header [derived.x] is the line after the shared part of the file and an empty one.
    first = BOOK.count("\n") + 2
    said = int(message.split("line ")[1].split(")")[0])
    assert first <= said <= first + 1 + entry.count("\n") + 1
    for word in words:
        assert word in message


def test_crossing_whose_names_would_meet_is_refused(tmp_path):
    text = BOOK.replace('name = "tea"', 'name = "a_b"').replace('name = "milk"', 'name = "a"')
    text = text.replace('name = "male"', 'name = "c"').replace('name = "female"', 'name = "b_c"')
    path = tmp_path / "codebook.toml"
    path.write_text(f'{text}\n[derived.x]\n{LABEL}\nof = ["drink", "sex"]\ncross = true\n', encoding="utf-8")
    with pytest.raises(CodebookError, match=r"two combinations would be named 'a_b_c'"):
        read_codebook(path)
