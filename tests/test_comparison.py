"""Two waves' codebooks side by side: what can still be compared."""

import pytest

from kzm_surveys.codebook import CodebookError, compare_codebooks, read_codebook
from tests.loaders import SURVEYS, TINY

CARE = "comparable with care"
NOT = "not comparable"

#: The tiny survey with a unit, a select-all set, and derived variables of every kind.
OLD = (
    TINY.replace("maximum = 24", 'maximum = 24\nunit = { sl = "ura", en = "hours" }').replace(
        "[questions.proposals]",
        """[questions.coping]
kind = "multiple"
label = { sl = "ravnanje", en = "coping" }
question = { sl = "Kaj naredite?", en = "What do you do?" }
items = [
  { name = "windows", label = { sl = "zaprem okna", en = "close windows" } },
  { name = "plugs", label = { sl = "čepki", en = "ear plugs" } },
]

[questions.day]
kind = "date"
label = { sl = "dan", en = "day" }
question = { sl = "Katerega dne?", en = "On which day?" }
earliest = 2021-01-01

[questions.proposals]""",
    )
    + """
[derived.sex_age]
of = ["sex", "age_group"]
label = { sl = "spol in starost", en = "sex and age" }
cross = true

[derived.high]
of = "annoyance"
label = { sl = "zelo moti", en = "very annoyed" }
top = 1

[derived.score]
of = "annoyance"
label = { sl = "lestvica", en = "score" }
score = { method = "mean", reversed = ["port"] }
"""
)


def compared(tmp_path, *changes):
    """Comparisons by variable after pieces of the codebook were replaced."""
    new = OLD
    for old, piece in changes:
        assert old in new
        new = new.replace(old, piece, 1)
    books = []
    for name, text in (("old", OLD), ("new", new)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        books.append(read_codebook(tmp_path / f"{name}.toml"))
    return {row.variable: row for row in compare_codebooks(*books)}


def verdicts(rows):
    """Status and verdict of all that is not identical."""
    return {name: (row.status, row.verdict) for name, row in rows.items() if row.status != "identical"}


def test_the_same_codebook_is_comparable_throughout():
    book = read_codebook(SURVEYS / "noise" / "codebook.toml")
    rows = compare_codebooks(book, book)
    assert [row.variable for row in rows] == list(book.variables)
    assert {(row.status, row.comparable, row.changes) for row in rows} == {("identical", True, ())}


ANNOYANCE = ("annoyance_road", "annoyance_port")
RESTING = ("annoyed", "high_road", "high_port", "score")  # derived from the two
CHANGES = {
    "codes of categories": (
        [('name = "female", code = 2', 'name = "female", code = 0')],
        {"sex": ("recoded", "comparable")},
        {"sex": "new codes: female 2 -> 0"},
    ),
    "code of a reason": (
        [("no_such_source = { code = 97", "no_such_source = { code = 77")],
        dict.fromkeys(ANNOYANCE, ("recoded", "comparable")),
        {"annoyance_road": "new codes: no_such_source 97 -> 77"},
    ),
    "codes under a score": (
        [('name = "very", code = 3', 'name = "very", code = 5')],
        dict.fromkeys(ANNOYANCE, ("recoded", "comparable")) | {"score": ("parts", NOT)},
        {"score": "the score is computed from the codes of 'annoyance_road', which changed"},
    ),
    "wording of a question in one language": (
        [('sl = "Spol?"', 'sl = "Kakšnega spola ste?"')],
        {"sex": ("reworded", CARE), "sex_age": ("reworded", CARE)},
        {"sex": "question reworded in sl", "sex_age": "rests on 'sex': question reworded in sl"},
    ),
    "wording of an item": (
        [('en = "road" }', 'en = "roads" }')],
        {"annoyance_road": ("reworded", CARE), "annoyed": ("reworded", CARE), "high_road": ("reworded", CARE),
         "score": ("reworded", CARE)},
        {"annoyance_road": "label in en: 'road' -> 'roads'"},
    ),
    "label of a category": (
        [('en = "men"', 'en = "males"')],
        {"sex": ("reworded", CARE), "sex_age": ("reworded", CARE)},
        {"sex": "category male in en: 'men' -> 'males'"},
    ),
    "a category added": (
        [('en = "women" } },', 'en = "women" } },\n  { name = "diverse", code = 3, label = { sl = "x", en = "x" } },')],
        {"sex": ("categories", NOT), "sex_age": ("categories", NOT)},
        {"sex": "categories added: diverse", "sex_age": "rests on 'sex', which is not comparable"},
    ),
    "categories in another order": (
        [('name = "male", code = 1, label = { sl = "moški", en = "men" }', "{M}"),
         ('name = "female", code = 2, label = { sl = "ženske", en = "women" }',
          'name = "male", code = 1, label = { sl = "moški", en = "men" }'),
         ("{M}", 'name = "female", code = 2, label = { sl = "ženske", en = "women" }')],
        {"sex": ("order", CARE), "sex_age": ("order", CARE)},
        {"sex": "categories in another order: female, male"},
    ),
    "steps of a scale in another order": (
        [('{ name = "not_at_all", code = 1, label = { sl = "sploh ne", en = "not at all" } }', "{N}"),
         ('{ name = "very", code = 3, label = { sl = "zelo", en = "very" } }',
          '{ name = "not_at_all", code = 1, label = { sl = "sploh ne", en = "not at all" } }'),
         ("{N}", '{ name = "very", code = 3, label = { sl = "zelo", en = "very" } }'),
         ('score = { method = "mean", reversed = ["port"] }', "top = 1")],
        dict.fromkeys(ANNOYANCE, ("scale", NOT)) | dict.fromkeys(("high_road", "high_port"), ("parts", NOT))
        | {"annoyed": ("parts", NOT), "hours": ("routing", NOT), "score": ("dropped", NOT),
           "score_road": ("added", NOT), "score_port": ("added", NOT)},
        {"annoyance_road": "steps of the scale in another order: very, somewhat, not_at_all"},
    ),
    "order of the groups": (
        [('{ name = "no", label = { sl = "ne", en = "no" }, of = ["not_at_all"] },\n', ""),
         ('of = ["somewhat", "very"] },', 'of = ["very", "somewhat"] },\n'
          '  { name = "no", label = { sl = "ne", en = "no" }, of = ["not_at_all"] },')],
        {"annoyed": ("order", CARE)},
        {"annoyed": "categories in another order: yes, no"},
    ),
    "order inside a group": ([('of = ["somewhat", "very"] },', 'of = ["very", "somewhat"] },')], {}, {}),
    "order of the stems": ([('["promet", "cest"]', '["cest", "promet"]')], {}, {}),
    "a step of the scale added": (
        [('  { name = "very", code = 3', '  { name = "quite", code = 5, label = { sl = "x", en = "x" } },\n'
          '  { name = "very", code = 6'), ('of = ["somewhat", "very"]', 'of = ["somewhat", "quite", "very"]')],
        dict.fromkeys(ANNOYANCE, ("scale", NOT)) | dict.fromkeys(("high_road", "high_port"), ("parts", NOT))
        | {"annoyed": ("definition", NOT), "score": ("parts", NOT), "hours": ("routing", NOT)},
        {"annoyance_port": "steps of the scale added: quite", "hours": "routed by 'annoyance_road'",
         "annoyed": "'groups' changed"},
    ),
    "a scale that is no longer ordered": (
        [("[scales.steps]", "[scales.steps]\nordered = false"), ("top = 1", 'selected = ["very"]'),
         ('score = { method = "mean", reversed = ["port"] }', 'selected = ["very"]')],
        dict.fromkeys(ANNOYANCE, ("scale", NOT)) | dict.fromkeys(("high_road", "high_port"), ("kind", NOT))
        | {"annoyed": ("parts", NOT), "hours": ("routing", NOT), "score_road": ("added", NOT),
           "score_port": ("added", NOT), "score": ("dropped", NOT)},
        {"annoyance_road": "was ordered", "high_road": "was derived by 'top', is derived by 'selected'"},
    ),
    "routing": (
        [('annoyance_road = ["somewhat", "very"]', 'annoyance_road = ["very"]')],
        {"hours": ("routing", NOT)},
        {"hours": "asked of: annoyance_road = somewhat or very -> annoyance_road = very; shares of those asked have "
                  "different bases"},
    ),
    "routing dropped": (
        [('asked_if = { annoyance_road = ["somewhat", "very"] }\n', "")],
        {"hours": ("routing", NOT)},
        {"hours": "-> everyone"},
    ),
    "order in the routing": (
        [('annoyance_road = ["somewhat", "very"]', 'annoyance_road = ["very", "somewhat"]')], {}, {},
    ),
    "limits of a number": (
        [("minimum = 18", "minimum = 15")],
        {"age": ("limits", CARE), "age_group": ("limits", CARE), "sex_age": ("limits", CARE)},
        {"age": "limits: 18 to 105 -> 15 to 105"},
    ),
    "limits of a date": (
        [("earliest = 2021-01-01", "latest = 2023-12-31")],
        {"day": ("limits", CARE)},
        {"day": "limits: 2021-01-01 to open -> open to 2023-12-31"},
    ),
    "unit": (
        [('en = "hours" }\nasked_if', 'en = "minutes" }\nasked_if')],
        {"hours": ("unit", NOT)},
        {"hours": "unit: hours -> minutes"},
    ),
    "a reason offered": (
        [('missing = ["no_such_source", "dont_know"]', 'missing = ["no_such_source"]')],
        dict.fromkeys((*ANNOYANCE, *RESTING), ("reasons", CARE)),
        {"annoyance_port": "reasons for a missing answer dropped: dont_know"},
    ),
    "an option of a set": (
        [('  { name = "plugs"', '  { name = "music", label = { sl = "x", en = "x" } },\n  { name = "plugs"')],
        {"coping_windows": ("options", CARE), "coping_plugs": ("options", CARE), "coping_music": ("added", NOT)},
        {"coping_plugs": "other options added: music"},
    ),
    "an option that became exclusive": (
        [('{ name = "plugs"', '{ name = "plugs", exclusive = true')],
        {"coping_plugs": ("options", CARE)},
        {},
    ),
    "kind of the question": (
        [('kind = "date"', 'kind = "text"'), ("earliest = 2021-01-01\n", "")],
        {"day": ("kind", NOT)},
        {"day": "was a date question, is a text question"},
    ),
    "a new name": (
        [("[questions.day]", "[questions.date]")],
        {"date": ("added", NOT), "day": ("dropped", NOT)},
        {"date": "only in the new codebook", "day": "only in the old codebook"},
    ),
    "bands": (
        [("highest = 39", "highest = 34"), ("lowest = 40", "lowest = 35")],
        {"age_group": ("definition", NOT), "sex_age": ("parts", NOT)},
        {"age_group": "'bands' changed", "sex_age": "rests on 'age_group', which is not comparable"},
    ),
    "label of a derived variable": (
        [('en = "annoyed" }', 'en = "bothered" }')],
        {"annoyed": ("reworded", CARE)},
        {"annoyed": "label in en: 'annoyed' -> 'bothered'"},
    ),
    "stems of a theme": (
        [('stems = ["promet", "cest"] }', 'stems = ["promet"] }, { name = "port", label = { sl = "x", en = "x" }, '
          'stems = ["luk"] }')],
        {"themes_traffic": ("definition", NOT), "themes_port": ("added", NOT)},
        {"themes_traffic": "'themes' changed"},
    ),
    "a theme added": (
        [('stems = ["promet", "cest"] }', 'stems = ["promet", "cest"] }, { name = "port", label = { sl = "x", '
          'en = "x" }, stems = ["luk"] }')],
        {"themes_port": ("added", NOT)},
        {},
    ),
    "what a derived variable is made from": (
        [('of = "annoyance_road"', 'of = "annoyance_port"')],
        {"annoyed": ("definition", NOT)},
        {"annoyed": "'of' changed"},
    ),
    "the rule of a score": (
        [('reversed = ["port"]', 'reversed = ["port"], at_least = 1')],
        {"score": ("definition", NOT)},
        {"score": "'score' changed"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_change_is_found_named_and_carried_to_what_rests_on_it(tmp_path, name):
    changes, expected, words = CHANGES[name]
    rows = compared(tmp_path, *changes)
    assert verdicts(rows) == expected
    for variable, text in words.items():
        assert text in str(rows[variable])
        assert str(rows[variable]).startswith(f"{variable}: {rows[variable].verdict} (")
    for row in rows.values():
        assert row.comparable == (row.verdict != NOT)


def test_dropped_variables_stand_after_those_of_the_new_codebook(tmp_path):
    rows = compared(tmp_path, ("[questions.day]", "[questions.date]"))
    assert list(rows)[-1] == "day"
    assert list(rows).index("date") < list(rows).index("proposals")


def test_several_changes_are_all_told_and_the_gravest_decides(tmp_path):
    third = '  { name = "x", code = 9, label = { sl = "x", en = "x" } },'
    rows = compared(
        tmp_path,
        ('sl = "Spol?"', 'sl = "Spol osebe?"'),
        ('name = "female", code = 2', 'name = "female", code = 3'),
        ('en = "women" } },', 'en = "women" } },\n' + third),
    )
    row = rows["sex"]
    assert (row.status, row.comparable) == ("categories", False)
    assert set(row.changes) >= {"categories added: x", "new codes: female 2 -> 3", "question reworded in sl"}


def test_codebooks_of_two_surveys_are_not_compared():
    noise, breastfeeding = (read_codebook(SURVEYS / name / "codebook.toml") for name in ("noise", "breastfeeding"))
    with pytest.raises(CodebookError, match="'noise' and 'breastfeeding'"):
        compare_codebooks(noise, breastfeeding)
