"""Surveys made from real kinds of file: the shipped ones, and files that come without any codebook."""

import tomllib

import pandas as pd
import pyreadstat
import pytest

import kzm_surveys as kzm
from kzm_surveys.codebook import CodebookError
from kzm_surveys.drafting.new_survey import draft_codebook, new_survey
from tests.drafting import fill_in
from tests.loaders import SURVEYS, answers, write_answers
from tests.loaders.enka_files import EXAMPLE, PODATKI, SPS

NOISE = SURVEYS / "noise" / "2021" / "responses.sav"
BREASTFEEDING = SURVEYS / "breastfeeding" / "2022" / "anketa999001-2022-04-01.csv"


def made(root, data, **options):
    """The survey of a file, drafted, filled in and loaded; and the facts in its wave.toml."""
    folder = root / "promet" / "2024"
    new_survey(folder, data, **options)
    fill_in(folder / "wave.toml")
    return kzm.load(folder), tomllib.loads((folder / "wave.toml").read_text(encoding="utf-8"))


def codes(survey, name):
    """Answers of a variable as they stand in the file."""
    variable = survey.codebook[name]
    if variable.kind != "categorical":
        return survey.responses[name].tolist()
    known = {category.name: category.code for category in variable.categories}
    return [known.get(answer) for answer in survey.responses[name]]


def test_draft_of_the_noise_file_has_the_questions_of_the_noise_codebook(tmp_path):
    survey, facts = made(tmp_path, NOISE)
    shipped = kzm.load(SURVEYS / "noise" / "2021")
    asked = [name for name, variable in shipped.codebook.variables.items() if not variable.derived]
    assert list(survey.codebook.variables) == asked
    assert survey.problems == ()
    assert "columns" not in facts["data"]
    for key, question in shipped.codebook.questions.items():
        draft = survey.codebook.questions[key]
        assert (draft.kind, draft.question["sl"]) == (question.kind, question.question["sl"])
        assert [(i.name, i.label["sl"], i.other) for i in draft.items] == [
            (i.name, i.label["sl"], i.other) for i in question.items
        ]
    for name in asked:
        drafted, variable = survey.codebook[name], shipped.codebook[name]
        assert [(c.code, c.label["sl"]) for c in drafted.categories] == [
            (c.code, c.label["sl"]) for c in variable.categories
        ]
        assert sorted(drafted.missing_codes.values()) == sorted(variable.missing_codes.values())
        assert [x for x in codes(survey, name) if x == x] == [x for x in codes(shipped, name) if x == x]


def test_draft_of_the_breastfeeding_file_has_the_questions_of_its_codebook(tmp_path):
    # A 1KA CSV holds neither labels of answers nor wordings of batteries; its 22 communities look like numbers.
    survey, facts = made(tmp_path, BREASTFEEDING)
    shipped = kzm.load(SURVEYS / "breastfeeding" / "2022")
    stems = shipped.wave.data.columns
    assert list(facts["data"]["columns"].items()) == [(stem.casefold(), stem) for stem in stems.values()]
    assert (facts["data"]["format"], facts["data"]["id"]) == ("1ka_csv", "recnum")
    assert (facts["data"]["n"], facts["data"]["rows"]) == (214, 268)
    assert survey.responses.index.tolist() == shipped.responses.index.tolist()
    for key, question in shipped.codebook.questions.items():
        draft = survey.codebook.questions[stems[key].casefold()]
        assert draft.kind == ("number" if key == "local_community" else question.kind)
        assert [(i.label["sl"], i.other) for i in draft.items] == [(i.label["sl"], i.other) for i in question.items]
    asked = [name for name, variable in shipped.codebook.variables.items() if not variable.derived]
    for name, drafted in zip(asked, survey.codebook.variables, strict=True):
        if name == "local_community":
            continue
        used = set(codes(shipped, name)) - {None}
        if shipped.codebook[name].kind == "categorical":
            assert used <= {category.code for category in survey.codebook[drafted].categories}
            assert codes(survey, drafted) == codes(shipped, name)


def test_pair_of_1ka_gives_wordings_and_labels(tmp_path):
    (tmp_path / "anketa1.sps").write_bytes(SPS)
    (tmp_path / "anketa1_podatki.txt").write_bytes(PODATKI)
    survey, facts = made(tmp_path, tmp_path / "anketa1.sps")
    assert (tmp_path / "promet" / "2024" / "anketa1_podatki.txt").read_bytes() == PODATKI
    (warning,) = survey.problems
    assert "data only" in warning.found
    assert facts["data"]["sha256"] == survey.source.sha256
    assert facts["data"]["columns"] == {"q1": "Q1", "q2": "Q2", "q3": "Q3"}
    assert survey.codebook.questions["q1"].kind == "multiple"
    assert survey.codebook.questions["q1"].question["sl"] == "Kje iščete novice o kraju?"
    assert [item.label["sl"] for item in survey.codebook.questions["q1"].items] == ["Splet", "Časopis", "Drugo:"]
    assert survey.codebook.questions["q2"].kind == "battery"
    assert [c.label["sl"] for c in survey.codebook["q2_a"].categories][::4] == ["zelo slabo", "zelo dobro"]
    assert survey.responses["q2_b"].tolist()[0] == "zelo_dobro"
    assert survey.missing["q2_b"].tolist()[1] == "break_off"


def test_1ka_csv_keeps_its_names(tmp_path):
    (tmp_path / "anketa1.csv").write_bytes(EXAMPLE)
    survey, _ = made(tmp_path, tmp_path / "anketa1.csv")
    assert list(survey.codebook.variables) == ["q1_a", "q1_b", "q1_c", "q1_c_text", "q2_a", "q2_b", "q3"]
    assert survey.responses["q1_c_text"].tolist()[0] == 'radio, "Val" 202'


def test_sav_from_the_server_of_1ka_is_known_by_its_paradata(tmp_path):
    # Unit 3 came to the first page only (status 4) and is no respondent.
    frame = pd.DataFrame({
        "relevance": [1.0, 1.0, 0.0], "invitation": [0.0] * 3, "status": [6.0, 5.0, 4.0], "lurker": [0.0, 0.0, 1.0],
        "unx_ins_date": [1743498030.0] * 3, "recnum": [1.0, 2.0, 3.0], "itime": ["01.04.2025"] * 3,
        "Q1": [1.0, 2.0, -5.0], "Q2a": [4.0, -3.0, -5.0], "Q2b": [5.0, -3.0, -5.0],
    })  # fmt: skip
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"))
    survey, facts = made(tmp_path, tmp_path / "a.sav")
    assert (facts["data"]["format"], facts["data"]["id"]) == ("1ka_sav", "recnum")
    assert (facts["data"]["n"], facts["data"]["rows"]) == (2, 3)
    assert list(survey.codebook.variables) == ["q1", "q2_a", "q2_b"]
    assert survey.missing["q2_a"].tolist()[1] == "break_off"


def test_file_in_windows_1250(tmp_path):
    labels = {"sex": {1.0: "mo#ki", 2.0: "$enske"}, "annoyance_road": {1.0: "sploh ne", 97.0: "tega vira tu ni"}}
    frame = answers(proposals=["", "", "", "vec"])
    write_answers(tmp_path / "a.sav", frame, variable_value_labels=labels, column_labels={"sex": "Spol ali #kaj?"})
    content = (tmp_path / "a.sav").read_bytes().replace(b"#", "š".encode("cp1250")).replace(b"$ens", b"\x9eens")
    (tmp_path / "a.sav").write_bytes(content)
    survey, _ = made(tmp_path, tmp_path / "a.sav")
    assert survey.codebook.questions["sex"].question["sl"] == "Spol ali škaj?"
    assert [category.label["sl"] for category in survey.codebook["sex"].categories] == ["moški", "ženske"]
    assert survey.responses["sex"].tolist()[:2] == ["moski", "zenske"]
    assert survey.missing["annoyance_road"].tolist()[2] == "tega_vira_tu_ni"


def test_csv_without_labels_is_read_and_marked(tmp_path):
    (tmp_path / "a.csv").write_text(
        "Zap. št.;Spol;starost;q1_1;q1_2;dan\n7;1;33;1;0;24.11.2021\n8;2;44;0;1;\n9;2;71;0;0;25.11.2021\n", "utf-8"
    )
    survey, facts = made(tmp_path, tmp_path / "a.csv")
    assert facts["data"]["id"] == "Zap. št."
    assert facts["data"]["columns"] == {"spol": "Spol"}
    assert survey.responses.index.tolist() == [7, 8, 9]
    assert {key: question.kind for key, question in survey.codebook.questions.items()} == {
        "spol": "single", "starost": "number", "q1": "multiple", "dan": "date",
    }  # fmt: skip
    assert survey.responses["q1_2"].tolist() == ["not_selected", "selected", "not_selected"]


def test_sheet_of_a_workbook_is_named(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("Opombe", "Odgovori"):
        sheet = book.create_sheet(name)
        for row in (("ocena", "leta"), (1, 20), (2, 30)):
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(kzm.DataError, match="Opombe"):
        new_survey(tmp_path / "promet" / "2024", tmp_path / "a.xlsx")
    survey, facts = made(tmp_path, tmp_path / "a.xlsx", sheet="Odgovori")
    assert facts["data"]["sheet"] == "Odgovori"
    assert survey.responses["leta"].tolist() == [20, 30]


def test_file_that_lies_in_the_folder_is_only_named(tmp_path):
    folder = tmp_path / "promet" / "2024"
    folder.mkdir(parents=True)
    write_answers(folder / "a.sav", answers())
    made_files = new_survey(folder, folder / "a.sav").paths
    assert [path.name for path in made_files] == ["codebook.toml", "wave.toml"]


def test_what_the_file_does_not_tell_is_left_open(tmp_path):
    folder = tmp_path / "promet" / "2024"
    write_answers(tmp_path / "a.sav", answers())
    created = new_survey(folder, tmp_path / "a.sav")
    assert {entry.file for entry in created.to_fill_in} == {folder / "wave.toml"}
    assert [entry.key.split(".")[0] for entry in created.to_fill_in if not entry.key.endswith(".en")] == [
        "title", "mode", "population", "sponsor", "conductor", "fieldwork", "fieldwork", "sampling", "sampling",
        "weighting", "report", "report", "report",
    ]  # fmt: skip
    with pytest.raises(CodebookError, match=r"not yet filled in: title\.sl"):
        kzm.load(folder)


def test_synthetic_file_is_called_so(tmp_path):
    assert made(tmp_path / "a", NOISE)[1]["synthetic"] is True
    write_answers(tmp_path / "a.sav", answers())
    assert made(tmp_path / "b", tmp_path / "a.sav")[1]["synthetic"] is False


@pytest.mark.parametrize("there", ["promet/codebook.toml", "promet/2024/wave.toml", "promet/2024/a.sav"])
def test_nothing_is_replaced(tmp_path, there):
    write_answers(tmp_path / "a.sav", answers())
    (tmp_path / there).parent.mkdir(parents=True)
    (tmp_path / there).write_text("mine", encoding="utf-8")
    with pytest.raises(CodebookError, match=r"is there already"):
        new_survey(tmp_path / "promet" / "2024", tmp_path / "a.sav")
    assert (tmp_path / there).read_text(encoding="utf-8") == "mine"
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        [tmp_path / "a.sav", tmp_path / there]
    )


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no data file"), (b"", "is empty"), (b"$FL2" + b"\0" * 500, "damaged")]
)
def test_file_that_cannot_be_read_leaves_nothing_behind(tmp_path, content, message):
    if content is not None:
        (tmp_path / "a.sav").write_bytes(content)
    with pytest.raises(kzm.DataError, match=message):
        new_survey(tmp_path / "promet" / "2024", tmp_path / "a.sav")
    assert not (tmp_path / "promet").exists()


def test_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(CodebookError, match=r"No space left on device\)\. Nothing was made"):
        new_survey(tmp_path / "promet" / "2024", NOISE)
    assert list(tmp_path.iterdir()) == []


def test_draft_alone_is_text_of_a_codebook():
    content = tomllib.loads(draft_codebook(NOISE, "hrup"))
    assert content["survey"] == "hrup"
    assert "ni še pregledan" in content["status"]["sl"]
