import hashlib
import shutil

import pytest

from kzm_surveys.codebook import CodebookError
from kzm_surveys.published import read_published
from kzm_surveys.wave import read_wave
from tests.loaders import SURVEYS, TINY, write_wave

TEXT = '{ sl = "a", en = "a" }'


@pytest.mark.parametrize("name", ["noise/2021", "breastfeeding/2022"])
def test_shipped_wave_loads_and_names_its_file(name):
    wave, codebook = read_wave(SURVEYS / name)
    survey, year = name.split("/")
    assert (wave.survey, codebook.survey, wave.wave, wave.name) == (survey, survey, year, f"{survey} {year}")
    assert wave.synthetic
    content = (SURVEYS / name / wave.data.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == wave.data.sha256
    for text in (wave.title, wave.mode, wave.population, wave.sponsor, wave.conductor, wave.sampling.note):
        assert set(text) == {"sl", "en"}
        assert all(text.values())


def test_sampling_kind_decides_about_margins_of_error():
    assert read_wave(SURVEYS / "noise/2021")[0].sampling.kind == "probability"
    assert read_wave(SURVEYS / "breastfeeding/2022")[0].sampling.kind == "opt_in"


def test_missing_folder_lists_the_waves_there_are(tmp_path):
    write_wave(tmp_path)
    with pytest.raises(CodebookError, match="no such wave folder") as caught:
        read_wave(tmp_path / "tiny" / "2024")
    assert str(tmp_path / "tiny" / "2025") in str(caught.value)


def test_missing_folder_where_nothing_is(tmp_path):
    with pytest.raises(CodebookError, match=r"no such wave folder\.$"):
        read_wave(tmp_path / "tiny" / "2024")


def test_a_file_is_no_wave_folder(tmp_path):
    folder = write_wave(tmp_path)
    with pytest.raises(CodebookError, match="no such wave folder"):
        read_wave(folder / "wave.toml")


@pytest.mark.parametrize("name", ["wave.toml", "../codebook.toml"])
def test_missing_toml_is_named(tmp_path, name):
    folder = write_wave(tmp_path)
    (folder / name).unlink()
    with pytest.raises(CodebookError, match="no such file") as caught:
        read_wave(folder)
    assert name.removeprefix("../") in str(caught.value)


def test_wave_of_another_survey_is_refused(tmp_path):
    folder = write_wave(tmp_path)
    (folder.parent / "codebook.toml").write_text(TINY.replace('survey = "tiny"', 'survey = "other"'), encoding="utf-8")
    with pytest.raises(CodebookError, match=r"survey is 'tiny', but .*codebook\.toml describes 'other'"):
        read_wave(folder)


FAULTS = {
    "unknown language of a note": ("synthetic = false", "synthetic = false\nprocessing = { de = 'x' }", "processing"),
    "unknown key": ("synthetic = false", "synthetic = false\nsynthetik = true", r"synthetik .*unknown key"),
    "missing key": ("synthetic = false\n", "", "synthetic: is missing"),
    "unknown format": ('"spss_sav"', '"stata"', "data.format"),
    "unknown sampling": ('"opt_in"', '"quota"', "sampling.kind .*must be 'probability' or 'opt_in', found \"quota\""),
    "no respondents": ("n = 4", "n = 0", "data.n .*must be greater than 0, found 0"),
    "hash that is none": ('sha256 = ""', 'sha256 = "abc"', "data.sha256 .*must be a SHA-256 of 64 digits"),
    "date that is none": ("first = 2025-04-01", 'first = "in spring"', "fieldwork.first"),
    "raking without margins": ('method = "none"', 'method = "raking"', "raking needs"),
    "margins without raking": (
        'method = "none"', 'method = "none"\nmargins = "p.csv"\nvariables = ["sex"]', "none has neither"),
    "truth in quotes": ("synthetic = false", 'synthetic = "no"', 'synthetic .*must be true or false, found "no"'),
    "a year in quotes": ("year = 2025", 'year = "2025"', r"report\.year .*must be a whole number"),
    "no headings": ('headings = ["I. Poskus"]', "headings = []", "report.headings"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_with_file_and_key(tmp_path, name):
    old, new, word = FAULTS[name]
    folder = write_wave(tmp_path, change=(old, new))
    with pytest.raises(CodebookError, match=word) as caught:
        read_wave(folder)
    assert str(caught.value).startswith(str(folder / "wave.toml"))


#: The tiny survey with a select-all question.
COPING = f"""
[questions.coping]
kind = "multiple"
label = {TEXT}
question = {TEXT}
items = [{{ name = "windows", label = {TEXT} }}, {{ name = "plugs", label = {TEXT} }}]
"""
BOOK = TINY.replace("[derived.age_group]", f"{COPING}\n[derived.age_group]", 1)
MISTAKES = {
    "a count in quotes": ("spss_sav", 'n = "4"', "data.n (line 23): must be a whole number"),
    "a column of a battery": (
        "spss_sav", 'columns = { annoyance = "Q3" }',
        "data.columns.annoyance (line 24): 'annoyance' is a battery and has a column per item; name annoyance_road, "
        "annoyance_port"),
    "a column of a derived variable": (
        "spss_sav", 'columns = { age_group = "Q3" }', "data.columns.age_group (line 24): 'age_group' is derived"),
    "a column of derived themes": ("csv", 'columns = { themes = "T" }', "data.columns.themes (line 24): 'themes' is"),
    "two variables from one column": (
        "spss_sav", 'columns = { sex = "V1", age = "V1" }',
        "data.columns.age (line 24): both 'sex' and 'age' would be read from 'V1'"),
    "a variable from the column of another": (
        "spss_sav", 'columns = { sex = "age" }',
        "data.columns.sex (line 24): both 'sex' and 'age' would be read from 'age'"),
    "a variable from the column of ids": (
        "spss_sav", 'columns = { sex = "id" }', "data.id (line 25): the column 'id' is also that of 'sex'"),
    "codes of 1KA": ("csv", "missing_codes = { refused = -9 }", "data.missing_codes (line 24): belongs to the exports"),
    "units of 1KA": ("xlsx", "units = { statuses = [6] }", "data.units (line 24): belongs to the exports of 1KA; this"),
    "a sheet of no workbook": ("csv", 'sheet = "a"', "data.sheet (line 24): belongs to workbooks; this file is csv"),
    "blanks in a single question": (
        "csv", 'blank_is_unticked = ["sex"]', "data.blank_is_unticked (line 24): unknown select-all question 'sex'"),
    "an unknown reason": (
        "1ka_csv", "missing_codes = { refuse = -9 }",
        "data.missing_codes.refuse (line 24): unknown reason 'refuse'; did you mean 'refused'"),
    "a derived variable in 1KA": (
        "1ka_csv", 'columns = { age_group = "Q3" }', "data.columns.age_group (line 24): 'age_group' is derived"),
    "an item in 1KA": (
        "1ka_csv", 'columns = { annoyance_road = "Q3a" }',
        "data.columns.annoyance_road (line 24): 'annoyance_road' belongs to the question 'annoyance'"),
    "two questions with one name in 1KA": (
        "1ka_csv", 'columns = { sex = "Q9", age = "Q9" }',
        "data.columns.age (line 24): both 'sex' and 'age' would be read from 'Q9'"),
    "a question named as 1KA names another": (
        "1ka_csv", 'columns = { age = "Q1" }',
        "data.columns.age (line 24): both 'sex' and 'age' would be read from 'Q1'"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_what_the_data_table_may_not_say_is_named_with_key_and_line(tmp_path, name):
    form, line, words = MISTAKES[name]
    change = ("n = 4", line if line.startswith("n =") else f"n = 4\n{line}")
    folder = write_wave(tmp_path, BOOK, form=form, change=change)
    with pytest.raises(CodebookError) as caught:
        read_wave(folder)
    assert str(caught.value).startswith(f"{folder / 'wave.toml'}: {words}")


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("spss_sav", 'columns = { coping = "$naprave", annoyance_road = "V1", coping_plugs = "V2" }'),
        ("spss_sav", 'columns = { annoyance_road = "annoyance_port", annoyance_port = "annoyance_road" }'),
        ("xlsx", 'sheet = "a"\nblank_is_unticked = ["coping"]'),
        ("1ka_xls", 'sheet = "a"\nmissing_codes = { no_such_source = -9 }\nunits = { lurkers = true }'),
        ("1ka_csv", 'columns = { age = "Q1", sex = "Q2", annoyance = "Q3" }'),
    ],
)
def test_what_the_data_table_may_say_is_accepted(tmp_path, form, line):
    folder = write_wave(tmp_path, BOOK, form=form, change=("n = 4", f"n = 4\n{line}"))
    assert read_wave(folder)[0].data.format == form


def test_all_mistakes_of_the_data_table_are_listed_at_once(tmp_path):
    change = ("n = 4", 'n = 4\nsheet = "a"\nblank_is_unticked = ["sex"]')
    with pytest.raises(CodebookError, match=r"data\.sheet .*; data\.blank_is_unticked"):
        read_wave(write_wave(tmp_path, BOOK, change=change))


RESULT = '[[key_results]]\nvariable = "{}"\ncategories = {}\nlabel = {{ sl = "moški", en = "men" }}\n'


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([("sexx", '["male"]')], r"key_results\.0\.variable \(line \d+\): .*did you mean 'sex'"),
        ([("sex", '["male"]'), ("sex", '["mail"]')], r"key_results\.1\.categories \(line \d+\): .*did you mean 'male'"),
        ([("sex", '["male", "male"]')], r"key_results\.0\.categories .*repeated"),
        ([("sex", "[]")], r"key_results\.0\.categories .*at least 1"),
        ([("age", '["18"]')], r"key_results\.0\.variable .*has no categories"),
    ],
)
def test_key_results_that_the_codebook_does_not_know_are_refused(tmp_path, results, said):
    folder = write_wave(tmp_path, BOOK)
    with (folder / "wave.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(RESULT.format(*result) for result in results))
    with pytest.raises(CodebookError, match=said):
        read_wave(folder)


def test_key_results_are_read(tmp_path):
    folder = write_wave(tmp_path, BOOK)
    assert read_wave(folder)[0].key_results == ()
    with (folder / "wave.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + RESULT.format("sex", '["male"]'))
    (result,) = read_wave(folder)[0].key_results
    assert (result.variable, result.categories, result.base) == ("sex", ("male",), "answered")


QUALITY = {
    "no base": ("smallest_base = 0", r"quality\.smallest_base \(line \d+\): must be greater than 0, found 0"),
    "half a person": ("smallest_cell = 4.5", r"quality\.smallest_cell .*must be a whole number"),
    "percent for a share": ("wide = 30", r"quality\.wide .*must be at most 1, found 30"),
    "negative": ("relative_width = -1.3", r"quality\.relative_width .*must be greater than 0"),
    "no number": ("fewest_df = nan", r"quality\.fewest_df .*must be a finite number"),
    "narrow over wide": ("narrow = 0.3\nwide = 0.2", r"quality\.narrow \(line \d+\): must be less than wide \(0.2\)"),
    "narrow over the default": ("narrow = 0.3", r"quality\.narrow \(line \d+\): must be less than wide \(0.3\)"),
    "unknown": ("smallest = 5", r"quality\.smallest .*unknown key"),
}  # fmt: skip


@pytest.mark.parametrize("name", QUALITY)
def test_impossible_thresholds_are_refused_with_file_and_key(tmp_path, name):
    line, said = QUALITY[name]
    folder = write_wave(tmp_path, change=("[report]", f"[quality]\n{line}\n\n[report]"))
    with pytest.raises(CodebookError, match=said) as caught:
        read_wave(folder)
    assert str(caught.value).startswith(str(folder / "wave.toml"))


def test_thresholds_have_the_usual_values_unless_the_wave_says_otherwise(tmp_path):
    # Issue: base under 30, cell under 5; NCHS: effective n 30, widths 0.05, 0.30 and 130 %, 8 degrees of freedom.
    usual = {"smallest_base": 30, "smallest_cell": 5, "smallest_n_eff": 30, "narrow": 0.05, "wide": 0.3,
             "relative_width": 1.3, "fewest_df": 8}  # fmt: skip
    assert read_wave(write_wave(tmp_path / "a"))[0].quality.model_dump() == usual
    folder = write_wave(tmp_path / "b", change=("[report]", "[quality]\nsmallest_cell = 10\n\n[report]"))
    assert read_wave(folder)[0].quality.model_dump() == usual | {"smallest_cell": 10}


REASON = 'kind = "opt_in"\njustification = { sl = "model", en = "a model" }'


def test_a_justification_goes_with_an_opt_in_sample_only(tmp_path):
    folder = write_wave(tmp_path / "a", change=('kind = "opt_in"', REASON))
    assert read_wave(folder)[0].sampling.justification == {"sl": "model", "en": "a model"}
    folder = write_wave(tmp_path / "b", change=('kind = "opt_in"', REASON.replace("opt_in", "probability")))
    with pytest.raises(CodebookError, match=r"sampling\.justification \(line \d+\): goes only with kind = 'opt_in'"):
        read_wave(folder)
    folder = write_wave(tmp_path / "c", change=('kind = "opt_in"', REASON.replace("a model", " ")))
    with pytest.raises(CodebookError, match=r"sampling\.justification .*a text in 'en' is missing"):
        read_wave(folder)


@pytest.mark.parametrize("read", [read_wave, read_published])
def test_folder_that_the_system_refuses_is_one_error(tmp_path, read):
    folder = tmp_path / (300 * "a")  # longer than file systems allow
    with pytest.raises(CodebookError, match="cannot be read") as caught:
        read(folder)
    assert str(caught.value).startswith(str(folder))


FLAWS = {
    "fieldwork upside down": ("last = 2025-04-02", "last = 2024-04-02"),
    "a renamed variable that does not exist": ("n = 4", 'n = 4\ncolumns = { sexx = "Q1" }'),
    "a label in one language": ('{ sl = "anketa", en = "survey" }', '{ en = "survey" }'),
    "half of a weighting": ('method = "none"', 'method = "none"\nmargins = "p.csv"'),
}


@pytest.mark.parametrize("name", FLAWS)
def test_contradiction_inside_the_wave_is_refused(tmp_path, name):
    folder = write_wave(tmp_path, change=FLAWS[name])
    with pytest.raises(CodebookError):
        read_wave(folder)


def test_published_is_optional_and_strict(tmp_path):
    assert read_published(tmp_path) is None
    claims = read_published(SURVEYS / "noise/2021").claims
    assert [claim.id for claim in claims] == [f"N0{number}" for number in range(1, 10)]
    shutil.copy(SURVEYS / "noise/2021/published.toml", tmp_path)
    path = tmp_path / "published.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("decimals = 0", "decimal = 0"), encoding="utf-8")
    with pytest.raises(CodebookError, match=r"claims\.3\.decimal"):
        read_published(tmp_path)


@pytest.mark.parametrize("name", ["noise/2021", "breastfeeding/2022"])
def test_published_claims_name_what_the_codebook_has(name):
    _, codebook = read_wave(SURVEYS / name)
    for claim in read_published(SURVEYS / name).claims:
        assert set(claim.sentence) == {"sl", "en"}
        for variable in ({claim.variable} if claim.variable else set()) | set(claim.ranking):
            assert set(claim.categories) <= {c.name for c in codebook[variable].categories}
