"""An opt-in sample whose wave.toml argues for a model: margins of error, and the argument beside them."""

from dataclasses import replace

import pytest

import kzm_surveys as kzm
from kzm_surveys.estimation.quality import justification
from kzm_surveys.findings.dossier import dossier
from kzm_surveys.findings.methods import methods
from kzm_surveys.findings.voice import Voice

REASON = {"sl": "Po utežeh je udeležba naključna.", "en": "Given the weights, taking part is random."}


def with_sampling(design, **changes):
    """The weighted design of a wave whose [sampling] says something else."""
    wave = design.survey.wave
    sampling = wave.sampling.model_copy(update=changes)
    return kzm.weight(replace(design.survey, wave=wave.model_copy(update={"sampling": sampling})))


def words(blocks):
    return " ".join(str(block.text) for block in blocks if hasattr(block, "text"))


@pytest.fixture(scope="module")
def justified(noise):
    return with_sampling(noise, kind="opt_in", justification=REASON)


def test_the_design_takes_the_reason_and_infers(justified, noise):
    assert justified.justification == REASON["en"]
    found = kzm.proportion(justified, "annoyance_port")
    assert found.frame.equals(kzm.proportion(noise, "annoyance_port").frame)
    assert noise.justification is None


def test_documents_print_the_reason_in_their_language(justified, noise):
    assert [justification(justified, lang) for lang in ("sl", "en")] == [REASON["sl"], REASON["en"]]
    assert justification(noise, "sl") is None
    given = kzm.SurveyDesign(noise.frame, sampling="opt_in", justification="a model")
    assert justification(given, "sl") == "a model"


def test_methods_print_the_reason_with_the_meaning_of_the_interval(justified):
    said = words(methods(Voice(justified)))
    assert REASON["sl"] in said
    assert "95-odstotni interval zaupanja" in said
    assert "Vzorčne napake zato ni mogoče izračunati" not in said
    assert said.count(justified.survey.wave.sampling.note["sl"]) == 1


def test_without_a_reason_methods_say_that_there_is_no_margin_of_error(noise):
    said = words(methods(Voice(with_sampling(noise, kind="opt_in"))))
    assert "Vzorčne napake zato ni mogoče izračunati" in said
    assert "interval zaupanja;" not in said


def test_sentences_and_the_dossier_have_intervals_with_the_reason(justified):
    voice = Voice(justified)
    row = kzm.proportion(justified, "annoyance_port").row("very")
    assert voice.interval(row) is not None
    said = words(dossier(voice).blocks)
    assert REASON["sl"] in said
    assert "Standardne napake in intervali zaupanja v poročilu" in said
    assert "v enostavnem slučajnem vzorcu" in said
