"""Any survey written as a 1KA export reads back equal, reasons for missing answers included."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kzm_surveys as kzm
from kzm_surveys.loaders import examine
from kzm_surveys.loaders.derive import reason_names
from kzm_surveys.loaders.enka import MISSING_CODES
from kzm_surveys.loaders.enka_write import MISSING_LABELS_SL, coded_cells, write_enka_csv, write_enka_spss
from kzm_surveys.loaders.names import enka_columns

SURVEYS = Path(__file__).parents[2] / "surveys"
ROWS = 60
USUAL = {reason: code for code, reason in MISSING_CODES.items()}
OWN = {"no_such_source": -96}
#: What 1KA keeps of a text: no newline, bar or tag, no blanks at the ends. It is no missing code.
LETTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="|<>") | st.just(" ")
TEXTS = st.text(LETTERS, min_size=1, max_size=40).map(str.strip)
TEXTS = TEXTS.filter(lambda text: text and not text.lstrip("-").isdigit())


def renamed_wave(tmp_path, survey, form, file):
    """Folder of a shipped survey as a wave run on 1KA with the names Q1, Q2, ..."""
    folder = tmp_path / survey.wave.survey / survey.wave.wave
    shutil.copytree(SURVEYS / survey.wave.survey, folder.parent, dirs_exist_ok=True)
    toml = (folder / "wave.toml").read_text(encoding="utf-8")
    toml = toml.replace(f'format = "{survey.wave.data.format}"', f'format = "{form}"').replace(
        survey.wave.data.file, file
    )
    toml = toml.replace('id = "id"', 'id = "recnum"')
    (folder / "wave.toml").write_text(toml, encoding="utf-8")
    return folder


def disturbed(survey, seed, texts, codes):
    """The first rows with random reasons and texts; the text of "other" is there where the option is ticked."""
    random = np.random.default_rng(seed)
    responses, missing = survey.responses.head(ROWS).copy(), survey.missing.head(ROWS).copy()
    names = reason_names(survey.codebook)
    possible = [name for name in names if name in codes]
    for name, variable in survey.codebook.variables.items():
        if variable.derived:
            continue
        hit = random.random(ROWS) < 0.2
        if variable.kind == "text":
            drawn = pd.Series(random.choice(texts, ROWS), index=responses.index, dtype="str")
            responses[name] = drawn.where(~hit & missing[name].isna())
        responses[name] = responses[name].where(~hit)
        reason = np.where(hit, random.choice(possible, ROWS), missing[name].astype(object))
        missing[name] = pd.Categorical(reason, categories=names)
    return responses, missing


def exported(survey, folder, responses, missing, codes):
    """Columns, cells, metadata and paradata of the export of these answers."""
    wave = examine_wave(folder)
    columns = enka_columns(survey.codebook, wave)
    cells = {c.name: coded_cells(survey.codebook[c.variable], responses[c.variable], missing[c.variable], codes)
             for c in columns}  # fmt: skip
    ids = [str(i) for i in responses.index]
    same = {"relevance": "1", "invitation": "0", "status": "5", "lurker": "0", "unx_ins_date": "1646000000"}
    before = {name: [value] * ROWS for name, value in same.items()}
    before |= {"recnum": ids, "testdata": ["0"] * ROWS, "itime": ["01.03.2022"] * ROWS}
    return columns, cells, before, {}


def examine_wave(folder):
    from kzm_surveys.wave import read_wave

    return read_wave(folder)[0]


def assert_equal(survey, again, responses, missing):
    asked = [name for name, variable in survey.codebook.variables.items() if not variable.derived]
    assert [problem for problem in again.problems if problem.severity == "error"] == []
    pd.testing.assert_frame_equal(again.responses[asked], responses[asked], check_index_type=False)
    pd.testing.assert_frame_equal(again.missing[asked], missing[asked], check_index_type=False)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), texts=st.lists(TEXTS.map(lambda t: t.replace(";", ",")), min_size=1, max_size=8))
def test_any_survey_written_as_1ka_csv_reads_back_equal(tmp_path, seed, texts):
    survey = kzm.load(SURVEYS / "breastfeeding/2022")
    folder = renamed_wave(tmp_path, survey, "1ka_csv", "export.csv")
    responses, missing = disturbed(survey, seed, texts, USUAL)
    columns, cells, before, after = exported(survey, folder, responses, missing, USUAL)
    write_enka_csv(tmp_path / "again.csv", columns, cells, before, after, 0)
    assert_equal(survey, examine(folder, tmp_path / "again.csv"), responses, missing)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), texts=st.lists(TEXTS.map(lambda t: t.replace("`", ".")), min_size=1, max_size=8))
def test_any_survey_written_as_1ka_spss_pair_reads_back_equal(tmp_path, seed, texts):
    survey = kzm.load(SURVEYS / "noise/2021")
    folder = renamed_wave(tmp_path, survey, "1ka_spss", "export.sps")
    responses, missing = disturbed(survey, seed, texts, USUAL | OWN)
    columns, cells, before, after = exported(survey, folder, responses, missing, USUAL | OWN)
    labels = MISSING_LABELS_SL | {-96: "tega vira tu ni"}
    write_enka_spss(tmp_path / "again.sps", columns, cells, before, after, 0, survey.codebook, labels)
    assert_equal(survey, examine(folder, tmp_path / "again.sps"), responses, missing)
    assert_equal(survey, examine(folder, tmp_path / "again_podatki.txt"), responses, missing)


def test_a_reason_without_a_code_is_refused(tmp_path):
    survey = kzm.load(SURVEYS / "noise/2021")
    with pytest.raises(kzm.DataError, match="a 1KA file has no code for no_such_source"):
        coded_cells(survey.codebook["annoyance_port"], survey.responses["annoyance_port"],
                    survey.missing["annoyance_port"], USUAL)  # fmt: skip
