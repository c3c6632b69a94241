"""Rules about answers that no single file format decides."""

import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from tests.loaders import SURVEYS


@pytest.fixture(scope="module")
def web():
    return kzm.load(SURVEYS / "breastfeeding/2022")


def test_who_broke_off_before_a_question_was_not_asked_it(web):
    design = kzm.SurveyDesign.from_survey(web)
    why = web.missing["needs_counselling"]
    seen = int((~why.isin(["break_off", "added_later", "not_asked", "empty_unit"])).sum())
    assert kzm.proportion(design, "needs_counselling", base="asked").rows[0].n == seen
    assert (why == "break_off").any()


def test_every_respondent_has_an_answer(web):
    asked = [name for name, variable in web.codebook.variables.items() if not variable.derived]
    assert web.responses[asked].notna().any(axis=1).all()


def test_an_empty_proposal_leaves_the_base_of_the_themes(tmp_path):
    text = (SURVEYS / "breastfeeding/2022/anketa999001-2022-04-01.csv").read_text(encoding="utf-8-sig")
    path = tmp_path / "changed.csv"
    answer = "Zadovoljna sem, tako naprej!"
    assert text.count(f'="{answer}"') > 1
    path.write_bytes(("\ufeff" + text.replace(f'="{answer}"', '="Ne vem."')).encode())
    before, after = kzm.load(SURVEYS / "breastfeeding/2022"), kzm.load(SURVEYS / "breastfeeding/2022", data=path)
    theme = "proposal_themes_awareness"
    lost = int(before.responses[theme].notna().sum() - after.responses[theme].notna().sum())
    assert lost == (before.responses["proposals"] == answer).sum()
    assert (after.missing[theme][before.responses["proposals"] == answer] == "no_answer").all()


def test_none_ticked_together_with_something_is_noticed(tmp_path):
    survey = kzm.load(SURVEYS / "noise/2021")
    responses = survey.responses.copy()
    row = responses.index[responses["disturbed_none"] == "selected"][0]
    responses.loc[row, "disturbed_night"] = "selected"
    from dataclasses import replace

    problems = kzm.check(replace(survey, responses=responses))
    assert [(p.variable, p.where) for p in problems] == [("disturbed_none", f"1 row: id {row}")]


def test_a_number_in_no_band_is_one_of_the_problems(tmp_path):
    import pyreadstat

    frame, meta = pyreadstat.read_sav(str(SURVEYS / "noise/2021/responses.sav"), user_missing=True)
    frame.loc[3, "age"] = 39.5
    frame.loc[4, "annoyance_port"] = 7.0
    path = tmp_path / "changed.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels=meta.variable_value_labels)
    problems = [p for p in examine(SURVEYS / "noise/2021", path).problems if p.severity == "error"]
    assert [(p.variable, p.where) for p in problems] == [
        ("annoyance_port", "1 row: id 5"), ("age_group", "1 row: id 4"),
    ]  # fmt: skip
    assert "39.5" not in " ".join(map(str, problems))


def test_whole_numbers_keep_their_names_beside_missing_values():
    frame = pd.DataFrame({"q": [1, 2, None, 2]})
    assert [row.category for row in kzm.proportion(kzm.SurveyDesign(frame), "q")] == ["1", "2"]
