import math

import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from kzm_surveys.loaders.spss import SYNTHETIC_MARK
from tests.loaders import TINY, answers, tiny, write_answers, write_wave

NAN = math.nan


def reasons(survey, variable):
    return survey.missing[variable].astype(object).where(survey.missing[variable].notna(), None).tolist()


def found(survey, severity):
    return [problem for problem in survey.problems if problem.severity == severity]


def test_codes_become_names_and_user_missing_codes_become_reasons(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    assert survey.responses["sex"].tolist()[:3] == ["male", "female", "female"]
    assert survey.responses["age"].tolist()[:2] == [18.0, 105.0]
    assert reasons(survey, "sex") == [None, None, None, "no_answer"]
    assert reasons(survey, "age") == [None, None, "refused", None]
    assert reasons(survey, "annoyance_road") == [None, None, "no_such_source", None]
    assert reasons(survey, "annoyance_port") == ["dont_know", None, None, "no_answer"]
    assert list(survey.responses["annoyance_road"].cat.categories) == ["not_at_all", "somewhat", "very"]
    assert survey.responses["annoyance_road"].cat.ordered
    assert not survey.responses["sex"].cat.ordered


def test_system_missing_follows_the_routing(tmp_path):
    # 11: the road does not annoy; 12 answered 2 hours; 13: no such source, so not asked; 14: asked, left empty.
    survey = kzm.load(tiny(tmp_path))
    assert reasons(survey, "hours") == ["not_asked", None, "not_asked", "no_answer"]


def test_answer_or_reason_stands_everywhere_but_never_both(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    assert (survey.responses.isna() == survey.missing.notna()).all(axis=None)
    assert list(survey.responses.columns) == list(survey.missing.columns) == list(survey.codebook.variables)


def test_derived_variables(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    assert survey.responses["age_group"].tolist()[:2] == ["young", "old"]
    assert survey.responses["annoyed"].tolist()[:2] == ["no", "yes"]
    assert reasons(survey, "age_group") == [None, None, "refused", None]
    assert survey.responses["themes_traffic"].tolist()[0] == "selected"
    assert reasons(survey, "themes_traffic") == [None, "no_answer", None, None]


def test_a_number_between_bands_is_refused(tmp_path):
    book = TINY.replace("lowest = 40", "lowest = 41")
    with pytest.raises(kzm.DataError, match=r"age_group.*no band"):
        kzm.load(tiny(tmp_path, codebook=book))


def test_slovenian_letters_survive(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    assert survey.responses["proposals"].tolist()[0] == "Manj prometa čez šolski okoliš, žal"
    assert survey.responses["proposals"].tolist()[2] == "ČŠŽ čšž"
    assert reasons(survey, "proposals") == [None, "no_answer", None, None]


def test_ids_come_from_the_id_column(tmp_path):
    survey = kzm.load(tiny(tmp_path))
    assert survey.responses.index.tolist() == survey.missing.index.tolist() == [11, 12, 13, 14]
    assert "id" not in survey.responses
    texts = kzm.load(tiny(tmp_path / "b", answers(id=["a1", "a2", "b1", "b2"])))
    assert texts.responses.index.tolist() == ["a1", "a2", "b1", "b2"]


def test_missing_id_column_is_refused(tmp_path):
    with pytest.raises(kzm.DataError, match="no id column 'id'"):
        kzm.load(tiny(tmp_path, answers(id=None)))


def test_ids_that_repeat_are_an_error(tmp_path):
    with pytest.raises(kzm.DataError, match=r"ids stand more than once \(2 rows: id 12, 12\)"):
        kzm.load(tiny(tmp_path, answers(id=[11.0, 12.0, 12.0, 14.0])))


def test_an_empty_id_is_an_error(tmp_path):
    with pytest.raises(kzm.DataError, match="id"):
        kzm.load(tiny(tmp_path, answers(id=[11.0, 12.0, NAN, 14.0])))


def test_unknown_code_lists_variable_code_count_and_ids(tmp_path):
    frame = answers(annoyance_port=[6.0, 1.0, 6.0, 2.5], sex=[1.0, 7.0, 2.0, 1.0])
    folder = tiny(tmp_path, frame)
    with pytest.raises(kzm.DataError) as caught:
        kzm.load(folder)
    message = str(caught.value)
    assert "annoyance_port: code 6 is not in the codebook" in message
    assert "(2 rows: id 11, 13)" in message
    assert "annoyance_port: code 2.5 is not in the codebook" in message
    assert "sex: code 7 is not in the codebook (allowed: 1, 2)" in message
    assert "(1 row: id 12)" in message
    assert len(caught.value.problems) == 3
    survey = examine(folder)
    assert [p.variable for p in found(survey, "error")] == ["sex", "annoyance_port", "annoyance_port"]
    assert reasons(survey, "annoyance_port") == ["unknown_code", None, "unknown_code", "unknown_code"]
    assert reasons(survey, "sex") == [None, "unknown_code", None, None]
    assert kzm.check(survey)[0].severity == "error"


@pytest.mark.parametrize("value", [17.0, 106.0, -1.0, 999.5, 1e300])
def test_number_out_of_range_is_an_error(tmp_path, value):
    folder = tiny(tmp_path, answers(age=[value, 105.0, 999.0, 40.0]))
    with pytest.raises(kzm.DataError, match=r"age: values outside 18 to 105 \(1 row: id 11\)"):
        kzm.load(folder)
    assert reasons(examine(folder), "age")[0] == "unknown_code"


def test_text_in_a_column_of_codes_is_an_error_that_hides_the_text(tmp_path):
    folder = tiny(tmp_path, answers(sex=["1", "skrivnost", "2", ""]))
    with pytest.raises(kzm.DataError, match="sex: text where codes or numbers belong") as caught:
        kzm.load(folder)
    assert "skrivnost" not in str(caught.value)
    assert reasons(examine(folder), "sex") == [None, "unknown_code", None, "no_answer"]


def test_missing_column_is_an_error_and_all_are_listed(tmp_path):
    folder = tiny(tmp_path, answers(sex=None, hours=None))
    with pytest.raises(kzm.DataError, match=r"(?s)sex: the file has no column 'sex'.*hours: the file has no column"):
        kzm.load(folder)
    survey = examine(folder)
    assert survey.responses["sex"].isna().all()
    assert kzm.check(survey)


def test_extra_column_is_a_warning(tmp_path):
    survey = kzm.load(tiny(tmp_path, answers(interviewer=[1.0, 1.0, 2.0, 2.0])))
    assert "interviewer" not in survey.responses
    assert [p.variable for p in found(survey, "warning") if "not in the codebook" in p.found] == ["interviewer"]


def test_renamed_column(tmp_path):
    frame = answers().rename(columns={"sex": "SPOL"})
    survey = kzm.load(tiny(tmp_path, frame, change=("n = 4", 'n = 4\ncolumns = { sex = "SPOL" }')))
    assert survey.responses["sex"].tolist()[:2] == ["male", "female"]


def test_value_label_drift_is_a_warning(tmp_path):
    labels = {"sex": {1.0: "ženske", 2.0: "Women"}, "annoyance_road": {3.0: "izjemno"}}
    survey = kzm.load(tiny(tmp_path, meta={"variable_value_labels": labels}))
    drift = [p for p in found(survey, "warning") if "is labelled" in p.found]
    # "Women" is the English label in another case: no drift.
    assert [p.variable for p in drift] == ["sex", "annoyance_road"]
    assert "code 1 is labelled 'ženske' in the file, 'moški' in the codebook" in drift[0].found


def test_answers_against_the_routing_are_a_warning(tmp_path):
    survey = kzm.load(tiny(tmp_path, answers(hours=[5.0, 2.0, NAN, 1.0])))
    (problem,) = [p for p in found(survey, "warning") if p.variable == "hours"]
    assert "although the routing leads past" in problem.found
    assert problem.where == "1 row: id 11"


def test_file_of_the_named_hash_loads_without_a_word(tmp_path):
    folder = tiny(tmp_path)
    (warning,) = kzm.load(folder).problems
    sha256 = kzm.load(folder).source.sha256
    assert sha256 in str(warning)
    write_wave(tmp_path, sha256=sha256)
    survey = kzm.load(folder)
    assert survey.problems == ()
    assert (survey.source.file, survey.source.rows, survey.source.sha256) == ("answers.sav", 4, sha256)
    assert not survey.source.synthetic


def test_another_hash_is_refused_unless_accepted(tmp_path):
    folder = tiny(tmp_path, sha256="0" * 64)
    with pytest.raises(kzm.DataError, match=r"is not the file that wave\.toml names"):
        kzm.load(folder)
    assert len(kzm.load(folder, accept=True)) == 4
    assert len(kzm.load(folder, folder / "answers.sav")) == 4


def test_another_number_of_respondents_is_refused_unless_accepted(tmp_path):
    folder = tiny(tmp_path, n=5)
    with pytest.raises(kzm.DataError, match=r"holds 4 respondents, wave\.toml says 5"):
        kzm.load(folder)
    assert len(kzm.load(folder, accept=True)) == 4
    assert len(kzm.load(folder, folder / "answers.sav")) == 4


def test_mark_of_synthetic_answers(tmp_path):
    marked = {"file_label": SYNTHETIC_MARK}
    folder = tiny(tmp_path, meta=marked)
    with pytest.raises(kzm.DataError, match="carries the mark of synthetic answers"):
        kzm.load(folder)
    assert examine(folder).source.synthetic
    assert kzm.load(folder, folder / "answers.sav").source.synthetic
    declared = tiny(tmp_path / "b", meta=marked, change=("synthetic = false", "synthetic = true"))
    assert kzm.load(declared).source.synthetic


def test_file_without_the_mark_in_a_synthetic_wave(tmp_path):
    folder = tiny(tmp_path, change=("synthetic = false", "synthetic = true"))
    survey = kzm.load(folder)
    assert survey.source.synthetic
    assert any("has no mark of synthetic answers" in p.found for p in found(survey, "warning"))
    assert not kzm.load(folder, folder / "answers.sav").source.synthetic


def test_missing_file_is_said(tmp_path):
    folder = write_wave(tmp_path)
    for data in (None, folder / "none.sav", folder):
        with pytest.raises(kzm.DataError, match="there is no data file"):
            kzm.load(folder, data)


@pytest.mark.parametrize("content", [b"", b"$", b"$FL2", b"$FL3", b"$FL2" + b"\0" * 500, b"PK\3\4", b"id;sex\n1;2\n"])
def test_file_that_is_no_sav_is_refused(tmp_path, content):
    folder = write_wave(tmp_path)
    (folder / "answers.sav").write_bytes(content)
    with pytest.raises(kzm.DataError, match=r"not an SPSS \.sav file|damaged or cut short|of the kind xlsx"):
        kzm.load(folder)


@pytest.mark.parametrize("packing", [{}, {"row_compress": True}, {"compress": True}], ids=["plain", "rows", "zlib"])
def test_file_cut_short_anywhere_never_loads(tmp_path, packing):
    folder = tiny(tmp_path)
    whole = write_answers(tmp_path / "whole.sav", answers(), **packing).read_bytes()
    cut = tmp_path / "cut.sav"
    cut.write_bytes(whole)
    assert len(kzm.load(folder, cut)) == 4
    for length in [*range(0, len(whole), 211), len(whole) - 1]:
        cut.write_bytes(whole[:length])
        with pytest.raises(kzm.DataError):
            kzm.load(folder, cut)
