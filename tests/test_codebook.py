import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kzm_surveys.codebook import STANDARD_REASONS, CodebookError, read_codebook, reason_label
from kzm_surveys.toml_model import TomlFile
from tests.loaders import SURVEYS, TINY

NOISE = SURVEYS / "noise" / "codebook.toml"
BREASTFEEDING = SURVEYS / "breastfeeding" / "codebook.toml"


def written(tmp_path, text):
    path = tmp_path / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(tmp_path, *change):
    old, new = change
    assert old in TINY
    with pytest.raises(CodebookError) as caught:
        read_codebook(written(tmp_path, TINY.replace(old, new, 1)))
    return str(caught.value)


A = 'label = { sl = "a", en = "a" }'
EXTRA = f'\n[questions.extra]\n{A}\nquestion = {{ sl = "a", en = "a" }}\n'
CATEGORIES = f'categories = [{{ name = "a", code = 1, {A} }}, {{ name = "b", code = 2, {A} }}]'
ROAD = 'asked_if = { annoyance_road = ["somewhat", "very"] }'

FAULTS = {
    "unknown key of the file": ('survey = "tiny"', 'survey = "tiny"\nowner = "me"', ["owner", "unknown key"]),
    "unknown key of a question": ("minimum = 18", "minimun = 18", ["questions.age.minimun", "unknown key"]),
    "unknown key of a category": ('code = 1, label = { sl = "moški"', 'kode = 1, label = { sl = "moški"',
                                  ["questions.sex.categories.0.kode", "questions.sex.categories.0.code"]),
    "no Slovenian": ('title = { sl = "Poskus", en', 'title = { de = "Versuch", en', ["title", "'sl' is missing"]),
    "language that is none": ('en = "Trial"', 'en = "Trial", english = "Trial"', ["title", "english"]),
    "control character": ('sl = "Poskus"', 'sl = "Pos\\u0001kus"', ["title", "control character"]),
    "unknown kind": ('kind = "text"', 'kind = "essay"', ["questions.proposals.kind"]),
    "name that no column can have": ("[questions.sex]", '[questions."Spol osebe"]', ["questions.Spol osebe"]),
    "unknown scale": ('scale = "steps"', 'scale = "stepz"', ["questions.annoyance", "'stepz'", "did you mean 'steps'"]),
    "undeclared reason": ('["no_such_source", "dont_know"]', '["no_source"]', ["questions.annoyance", "'no_source'"]),
    "undeclared reason with a code": ("{ refused = 999 }", "{ refuse = 999 }", ["questions.age", "'refuse'"]),
    "duplicate variable": ("[questions.hours]", "[questions.annoyance_road]", ["two variables", "'annoyance_road'"]),
    "derived variable named as a question": ("[derived.annoyed]", "[derived.sex]", ["two variables are named 'sex'"]),
    "routing to a later variable": (ROAD, 'asked_if = { proposals = ["a"] }', ["questions.hours", "'proposals'"]),
    "routing to itself": (ROAD, 'asked_if = { hours = ["a"] }', ["questions.hours.asked_if", "'hours'"]),
    "routing to an unknown variable": (ROAD, 'asked_if = { annoyance_rod = ["very"] }', ["'annoyance_rod'"]),
    "routing to an unknown category": (ROAD, 'asked_if = { annoyance_road = ["verry"] }',
                                       ["questions.hours.asked_if.annoyance_road", "'verry'", "did you mean 'very'"]),
    "routing to a category of a number": (ROAD, 'asked_if = { age = ["old"] }', ["questions.hours.asked_if.age"]),
    "bands on a text": ('of = "age"', 'of = "proposals"', ["derived.age_group", "number", "'proposals' is text"]),
    "themes on a number": ('of = "proposals"', 'of = "age"', ["derived.themes", "text", "'age' is number"]),
    "groups of a number": ('of = "annoyance_road"', 'of = "age"', ["derived.annoyed", "'age' is number"]),
    "derived from nothing": ('of = "age"', 'of = "agee"', ["derived.age_group", "'agee'", "did you mean 'age'"]),
    "a category in no group": ('of = ["somewhat", "very"]', 'of = ["very"]', ["derived.annoyed", "somewhat"]),
    "an unknown category in a group": ('of = ["not_at_all"]', 'of = ["not_at_al"]', ["derived.annoyed", "'not_at_al'"]),
    "bands and groups together": ("bands = [", f'groups = [{{ name = "x", {A}, of = ["male"] }}]\nbands = [',
                                  ["derived.age_group", "exactly one"]),
    "truth for a code": ('code = 2, label = { sl = "nekoliko"', 'code = true, label = { sl = "nekoliko"',
                         ["scales.steps.categories.1.code", "must be a whole number, found true"]),
    "text for a code": ('code = 2, label = { sl = "nekoliko"', 'code = "2", label = { sl = "nekoliko"',
                        ["scales.steps.categories.1.code", 'must be a whole number, found "2"']),
    "a decimal code": ('code = 2, label = { sl = "nekoliko"', 'code = 2.0, label = { sl = "nekoliko"',
                       ["scales.steps.categories.1.code", "must be a whole number, found 2.0"]),
    "text for a limit": ("minimum = 18", 'minimum = "18"', ["questions.age.minimum", 'must be a number, found "18"']),
    "truth for a limit": ("minimum = 18", "minimum = true", ["questions.age.minimum", "must be a number, found true"]),
    "text for a list": ('["no_such_source", "dont_know"]', '"dont_know"',
                        ["questions.annoyance.missing", 'must be a list in square brackets, found "dont_know"']),
    "number for a text": ('en = "Age?"', "en = 7", ["questions.age.question.en", "must be a text in quotes, found 7"]),
    "list for a table": ("{ refused = 999 }", "[999]", ["questions.age.missing_codes", "a table, found a list"]),
    "routing by no answer": (ROAD, "asked_if = { annoyance_road = [] }",
                             ["questions.hours.asked_if.annoyance_road", "must hold at least 1, found 0"]),
    "two items with one name": ('{ name = "port"', '{ name = "road"',
                                ["questions.annoyance.items", "two items have the name road"]),
    "two bands with one name": ('name = "old"', 'name = "young"',
                                ["derived.age_group.bands", "two bands have the name young"]),
    "two groups with one name": ('{ name = "yes"', '{ name = "no"',
                                 ["derived.annoyed.groups", "two groups have the name no"]),
    "a band upside down": ("lowest = 40", "lowest = 50, highest = 40",
                           ["derived.age_group.bands.1", "lowest (50) is above highest (40)"]),
    "a group of nothing": ('of = ["not_at_all"]', "of = []", ["derived.annoyed.groups.0.of", "at least 1, found 0"]),
    "an empty stem": ('"cest"]', '""]', ["derived.themes.themes.0.stems.1", "a stem is empty"]),
    "a blank stem": ('"cest"]', '" "]', ["derived.themes.themes.0.stems.1", "a stem is empty"]),
    "an exclusive item of a battery": ('{ name = "road"', '{ name = "road", exclusive = true',
                                       ["questions.annoyance.items.0.exclusive", "only an option of a multiple"]),
    "an open item of a battery": ('{ name = "port"', '{ name = "port", other = true',
                                  ["questions.annoyance.items.1.other", "only an option of a multiple"]),
    # Below the lowest limit there have to be whole numbers for missing codes; beyond 2**53 doubles skip some.
    "a limit with no number below": ("minimum = 18", "minimum = -9007199254740993",
                                     ["questions.age.minimum", "at least -4503599627370496"]),
    "a limit with no number above": ("maximum = 105", "maximum = 1e300",
                                     ["questions.age.maximum", "at most 4503599627370496"]),
    "a number without limits": ("minimum = 18\n", "", ["questions.age", "minimum"]),
    "a scale of one step": ('  { name = "not_at_all", code = 1, label = { sl = "sploh ne", en = "not at all" } },\n'
                            '  { name = "somewhat", code = 2, label = { sl = "nekoliko", en = "somewhat" } },\n', "",
                            ["scales.steps.categories"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_with_file_and_key(tmp_path, name):
    old, new, words = FAULTS[name]
    message = fault(tmp_path, old, new)
    assert message.startswith(f"{tmp_path / 'codebook.toml'}: ")
    assert "[key]" not in message  # pydantic's sign for a key itself
    for word in words:
        assert word in message


@pytest.mark.parametrize("name", FAULTS)
def test_line_of_a_fault_is_the_changed_one_or_the_header_above_it(tmp_path, name):
    old, new, _ = FAULTS[name]
    message = fault(tmp_path, old, new)
    before, after = TINY.split(old, 1)
    changed = before.count("\n") + 1
    changed += 1 if name == "unknown key of the file" else 0  # the change begins with the unchanged line before
    text = (before + new + after).split("\n")
    header = max((n for n in range(1, changed + 1) if text[n - 1].startswith("[")), default=0)
    first, last = re.search(r"\((?:table of )?lines? (\d+)(?: to (\d+))?\): ", message).groups()
    assert int(first) == header or int(first) <= changed <= int(last or first)


@pytest.mark.parametrize(
    ("kind", "rest", "word"),
    [
        ("single", "", "needs either 'scale' or 'categories'"),
        ("single", f'scale = "steps"\n{CATEGORIES}', "needs either 'scale' or 'categories'"),
        ("text", f"{CATEGORIES}", "has no 'scale' or 'categories'"),
        ("battery", 'scale = "steps"', "'items' belong to battery and multiple"),
        ("multiple", "", "'items' belong to battery and multiple"),
        ("text", f'items = [{{ name = "a", {A} }}]', "'items' belong to battery and multiple"),
    ],
)
def test_question_of_the_wrong_shape_is_refused(tmp_path, kind, rest, word):
    extra = f'{EXTRA}kind = "{kind}"\n{rest}\n'
    with pytest.raises(CodebookError, match=r"questions\.extra \(line 58\): ") as caught:
        read_codebook(written(tmp_path, TINY.replace("\n[derived.age_group]", extra + "\n[derived.age_group]", 1)))
    assert word in str(caught.value)


def test_all_faults_are_listed_at_once(tmp_path):
    text = TINY.replace("minimum = 18", "minimun = 18").replace('kind = "text"', 'kind = "essay"')
    with pytest.raises(CodebookError, match=r"(?s)questions\.age.*questions\.proposals\.kind"):
        read_codebook(written(tmp_path, text))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"survey = ", "not valid TOML"),
        (b"survey = 'a'\nsurvey = 'b'", "not valid TOML"),
        ("title = 'šum'".encode("cp1250"), "not UTF-8"),
        (TINY.encode("utf-16"), "not UTF-8"),
        (b"", "survey"),
    ],
)
def test_file_that_is_no_codebook_is_refused(tmp_path, content, word):
    path = tmp_path / "codebook.toml"
    path.write_bytes(content)
    with pytest.raises(CodebookError, match=word) as caught:
        read_codebook(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["none.toml", ".", "codebook.toml/codebook.toml"])
def test_missing_file_is_said(tmp_path, name):
    written(tmp_path, TINY)
    with pytest.raises(CodebookError, match="no such file"):
        read_codebook(tmp_path / name)


def test_byte_order_mark_is_accepted(tmp_path):
    path = tmp_path / "codebook.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TINY.encode())
    assert read_codebook(path).survey == "tiny"


def test_variables_of_the_tiny_codebook(tmp_path):
    book = read_codebook(written(tmp_path, TINY))
    asked = ["sex", "age", "annoyance_road", "annoyance_port", "hours", "proposals"]
    assert list(book.variables) == [*asked, "age_group", "annoyed", "themes_traffic"]
    assert book["annoyance_port"].missing_codes == {"no_such_source": 97, "dont_know": 98}
    assert book["age"].missing_codes == {"refused": 999}
    assert book["age"].limits == (18, 105)
    ordered = [name for name, variable in book.variables.items() if variable.ordered]
    assert ordered == ["annoyance_road", "annoyance_port", "age_group"]
    assert book["annoyed"].rests_on == ("annoyance_road",)
    assert book.sets == {"themes": ("themes_traffic",)}
    with pytest.raises(CodebookError, match="unknown variable 'sexx'; did you mean 'sex'"):
        book["sexx"]
    with pytest.raises(CodebookError, match="annoyance_road: unknown category 'verry'; did you mean 'very'"):
        book["annoyance_road"].category_label("verry", "sl")
    with pytest.raises(CodebookError, match="'sex' is categorical and has no limits"):
        _ = book["sex"].limits


FLAWS = {
    "two categories with one code": ('code = 2, label = { sl = "ženske"', 'code = 1, label = { sl = "ženske"'),
    "two categories with one name": ('name = "female"', 'name = "male"'),
    "reason and category with one code": (
        '["no_such_source", "dont_know"]\n', '["dont_know"]\nmissing_codes = { refused = 3 }\n'),
    "a label in one language": ('label = { sl = "ženske", en = "women" }', 'label = { sl = "ženske" }'),
    "an empty label": ('en = "women"', 'en = ""'),
    "limits upside down": ("minimum = 18\nmaximum = 105", "minimum = 105\nmaximum = 18"),
    "a category in two groups": ('of = ["not_at_all"]', 'of = ["not_at_all", "very"]'),
    "bands that overlap": ("lowest = 40", "lowest = 39"),
    "reason code within the limits of a number": ("refused = 999", "refused = 99"),
    "limits without end": ("maximum = 105", "maximum = inf"),
    "a code that a file of doubles cannot hold": ("code = 2, label = { sl = \"ženske\"", "code = 9007199254740993, "
                                                  'label = { sl = "ženske"'),
    "limits of a text": ('kind = "text"', 'kind = "text"\nminimum = 1'),
    "a unit of a single question": ('kind = "single"', 'kind = "single"\nunit = { sl = "leto", en = "year" }'),
    "a role of a single question": ('kind = "single"', 'kind = "single"\nrole = "age"'),
    "an order of a scale given with a question": ('scale = "steps"', 'scale = "steps"\nordered = true'),
    "an unknown role": ("minimum = 18", 'role = "height"\nminimum = 18'),
    "days of a number": ("minimum = 18", "earliest = 2020-01-01\nminimum = 18"),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAWS)
def test_contradiction_inside_the_codebook_is_refused(tmp_path, name):
    assert "codebook.toml" in fault(tmp_path, *FLAWS[name])


def test_shipped_noise_codebook_has_what_the_survey_needs():
    book = read_codebook(NOISE)
    assert len(book["local_community"].categories) == 22
    sources = [v for v in book.variables.values() if v.source == "annoyance"]
    assert len(sources) == 10
    for variable in sources:
        assert [c.code for c in variable.categories] == [1, 2, 3, 4, 5]
        assert variable.ordered
        assert "not_at_all" in [c.name for c in variable.categories]
        assert "no_such_source" not in [c.name for c in variable.categories]
        assert "no_such_source" in variable.missing_codes
        assert variable.missing_codes["no_such_source"] not in {c.code for c in variable.categories}
    assert "no_such_source" in book.missing
    assert "no_such_source" not in STANDARD_REASONS
    assert isinstance(book["annoyance_road"].question["sl"], str)
    assert set(book.sets) == {"disturbed", "health", "coping", "proposal_themes"}


def test_shipped_breastfeeding_codebook_routes_duration():
    book = read_codebook(BREASTFEEDING)
    assert book["duration"].asked_if == {"ever_breastfed": ("yes",), "still_breastfeeding": ("no",)}
    assert book["still_breastfeeding"].asked_if == {"ever_breastfed": ("yes",)}
    assert book["stopping_other_text"].asked_if == {**book["duration"].asked_if, "stopping_other": ("selected",)}
    assert len(book["local_community"].categories) == 22


@pytest.mark.parametrize("path", [NOISE, BREASTFEEDING], ids=["noise", "breastfeeding"])
def test_every_text_of_a_shipped_codebook_is_in_both_languages(path):
    found = []

    def walk(value, where):
        if isinstance(value, dict):
            if {"sl", "en"} & set(value):
                found.append(where)
                assert set(value) == {"sl", "en"}, where
                assert all(text.strip() for text in value.values()), where
                return
            for key, inner in value.items():
                walk(inner, f"{where}.{key}")
        elif isinstance(value, list | tuple):
            for position, inner in enumerate(value):
                walk(inner, f"{where}.{position}")

    walk(read_codebook(path).model_dump(exclude_none=True), path.parent.name)
    assert len(found) > 100


def test_two_themes_with_one_name_are_refused(tmp_path):
    theme = f'stems = ["promet", "cest"] }}, {{ name = "traffic", {A}, stems = ["avto"] }}]'
    message = fault(tmp_path, 'stems = ["promet", "cest"] }]', theme)
    assert "derived.themes.themes (line" in message
    assert "two themes have the name traffic" in message


def test_codebook_without_questions_is_refused(tmp_path):
    path = written(tmp_path, TINY[: TINY.index("[questions.sex]")] + "[questions]\n")
    with pytest.raises(CodebookError, match=r"questions \(line \d+\): there is no question") as caught:
        read_codebook(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_whole_number_may_stand_for_a_decimal_one_and_limits_may_be_decimal(tmp_path):
    book = read_codebook(written(tmp_path, TINY.replace("minimum = 18", "minimum = 17.5")))
    assert book["age"].limits == (17.5, 105)


def dated(tmp_path, earliest, latest):
    """The tiny codebook with a date question on lines 58 to 63."""
    extra = f'{EXTRA}kind = "date"\nearliest = {earliest}\nlatest = {latest}\n'
    return read_codebook(written(tmp_path, TINY.replace("\n[derived.age_group]", f"{extra}\n[derived.age_group]", 1)))


def test_date_question_has_limits_in_days(tmp_path):
    variable = dated(tmp_path, "2020-01-01", "2023-12-31")["extra"]
    assert (variable.kind, variable.earliest, variable.latest) == ("date", date(2020, 1, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("earliest", "latest", "word"),
    [
        ("2024-01-01", "2023-12-31", r"questions\.extra \(line 58\): 'earliest' \(2024-01-01\) is after 'latest'"),
        ('"2020-01-01"', "2023-12-31", r'extra\.earliest \(line 62\): must be a date .*, found "2020-01-01"'),
        ("2020-01-01T10:00:00", "2023-12-31", r"extra\.earliest \(line 62\): must be a date"),
        ('"spring"', "2023-12-31", r"questions\.extra\.earliest \(line 62\): "),
    ],
)
def test_date_limits_that_cannot_be_are_refused(tmp_path, earliest, latest, word):
    with pytest.raises(CodebookError, match=word):
        dated(tmp_path, earliest, latest)


def test_role_marks_one_question_each(tmp_path):
    text = TINY.replace("minimum = 18", 'role = "age"\nminimum = 18')
    book = read_codebook(written(tmp_path, text))
    assert [name for name, variable in book.variables.items() if variable.role == "age"] == ["age"]
    twice = text.replace("minimum = 0", 'role = "age"\nminimum = 0')
    with pytest.raises(CodebookError, match=r"questions\.hours\.role \(line \d+\): 'age' has the role 'age' already"):
        read_codebook(written(tmp_path, twice))


def test_exclusive_and_open_options_are_marked_on_their_variables():
    book = read_codebook(NOISE)
    assert [v.name for v in book.variables.values() if v.exclusive] == ["disturbed_none", "health_none", "coping_none"]
    assert [v.name for v in book.variables.values() if v.other] == ["disturbed_other", "health_other", "coping_other"]


def test_every_reason_has_a_label_and_the_codebooks_own_comes_first(tmp_path):
    for reason in STANDARD_REASONS:
        assert all(reason_label(reason)[lang].strip() for lang in ("sl", "en"))
    book = read_codebook(written(tmp_path, TINY.replace('en = "don\'t know"', 'en = "cannot say"')))
    assert book.reason_labels("dont_know")["en"] == "cannot say"
    assert book.reason_labels("no_such_source")["sl"] == "tega vira tu ni"
    assert book.reason_labels("not_asked") == {"sl": "vprašanje ni bilo postavljeno", "en": "question not asked"}
    with pytest.raises(CodebookError, match="unknown reason 'dont_no'; did you mean 'dont_know'"):
        book.reason_labels("dont_no")


@pytest.mark.parametrize("mark", ["FILL IN: the wording of 2023", "IZPOLNI: besedilo", "  FILL IN"])
def test_texts_still_to_be_filled_in_are_all_listed(tmp_path, mark):
    text = TINY.replace('en = "Sex?"', f'en = "{mark}"').replace('sl = "cesta"', f'sl = "{mark}"')
    with pytest.raises(CodebookError) as caught:
        read_codebook(written(tmp_path, text))
    line = text[: text.index(mark)].count("\n") + 1
    message = str(caught.value)
    assert message.startswith(
        f"{tmp_path / 'codebook.toml'}: not yet filled in: questions.sex.question.en (line {line}), "
    )
    assert "questions.annoyance.items.0.label.sl (lines " in message


def test_a_word_that_only_holds_the_mark_is_filled_in(tmp_path):
    book = read_codebook(written(tmp_path, TINY.replace('en = "Sex?"', 'en = "Please FILL IN your sex."')))
    assert book["sex"].question["en"] == "Please FILL IN your sex."


# Lines inside arrays and texts that look like headers and keys of others.
STATEMENT = st.sampled_from([
    "{key} = 1",
    "{key} = [\n  [1],\n[2]\n, # k1 = 1\n]",
    '{key} = """\n[t1]\nk1 = 2\n\\"""\n"""',
    "{key} = '''[[t2]]\n[t0]\nk0 = 5'''",
    '{key} = {{ a = 1, b = "k1 = 2" }}',
    "{key}.dotted.deep = 1",
    '"{key}" = "[t0]"  # [t1]',
    "[{table}]",
    "[[{array}]]",
    "[[{array}.inner]]",
    "[{array}.{table}]",
    "# {key} = 1",
    "# [t0]",
    "",
])  # fmt: skip


@given(pieces=st.lists(STATEMENT, max_size=25), newline=st.sampled_from(["\n", "\r\n"]))
def test_place_of_a_key_is_never_wrong(pieces, newline):
    lines, table, seen, where = [], (), {}, {}
    for number, piece in enumerate(pieces):
        key, header, array = f"k{number}", f"t{number}", f"a{number % 2}"
        if array not in seen and piece.startswith(("[[{array}.", "[{array}.")):
            continue
        text = piece.format(key=key, table=header, array=array)
        if piece == "[{table}]":
            table = (header,)
        elif piece == "[[{array}]]":
            seen[array] = seen.get(array, -1) + 1
            table = (array, seen[array])
            seen[array, "inner"] = -1
        elif piece == "[[{array}.inner]]":
            seen[array, "inner"] += 1
            table = (array, seen[array], "inner", seen[array, "inner"])
        elif piece == "[{array}.{table}]":
            table = (array, seen[array], header)
        keys = table if text.startswith("[") else (*table, key)
        lines += text.split("\n")
        if text and not text.startswith("#"):
            first, last = len(lines) - text.count("\n"), len(lines)
            where[keys] = f" (line {first})" if first == last else f" (lines {first} to {last})"
    text = newline.join(lines)
    file = TomlFile(Path("a.toml"), text, tomllib.loads(text))
    for keys, place in where.items():
        assert file.place(keys) == place
    assert file.place(("k99",)) == ""


@pytest.mark.parametrize("keys", [("a",), ("a", "z"), ("t", "b", "c"), ("u",), ("w",), ()])
def test_place_that_is_not_certain_is_not_said(keys):
    text = "a.b = 1\na.c = 2\n[t]\n[u.v]\n"
    file = TomlFile(Path("a.toml"), text, tomllib.loads(text))
    assert file.place(keys) == ""
    assert file.place(("a", "c")) == " (line 2)"
    assert file.place(("t", "b")) == " (table of line 3)"
