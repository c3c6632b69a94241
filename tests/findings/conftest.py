import io
import runpy
import zipfile
from pathlib import Path

import pytest
from lxml import etree

import kzm_surveys as kzm
from kzm_surveys.findings.figure_script import read_script
from kzm_surveys.findings.report import build_report
from kzm_surveys.findings.voice import Voice

WAVES = {"noise": "2021", "breastfeeding": "2022"}


@pytest.fixture(scope="session")
def designs():
    return {name: kzm.weight(kzm.load(f"surveys/{name}/{wave}")) for name, wave in WAVES.items()}


@pytest.fixture(scope="session")
def noise(designs):
    return designs["noise"]


@pytest.fixture(scope="session")
def breastfeeding(designs):
    return designs["breastfeeding"]


@pytest.fixture(scope="session")
def voice(noise):
    return Voice(noise)


@pytest.fixture(scope="session")
def web_voice(breastfeeding):
    return Voice(breastfeeding)


@pytest.fixture(scope="session")
def sections(designs):
    """What the two analysis scripts return, in the order of the report."""
    return [runpy.run_path(f"analyses/{name}.py")["section"](designs[name]) for name in ("breastfeeding", "noise")]


@pytest.fixture(scope="session")
def figures(designs):
    """The figures of the report, by id."""
    scripts = {name: read_script(Path(f"figures/{name}.py"), designs[name]) for name in WAVES}
    made = [figure for name, script in scripts.items() for figure in script.draw(designs[name], only=of_report(script))]
    return {figure.id: figure for figure in made}


def of_report(script):
    return [name for name, words in script.words.items() if words.place == "report"]


@pytest.fixture(scope="session")
def built():
    return build_report(Path(), 2022)


@pytest.fixture(scope="session")
def built_in_english():
    return build_report(Path(), 2022, lang="en")


@pytest.fixture(scope="session")
def parts(built):
    """Parsed XML parts of the Word file by name."""
    with zipfile.ZipFile(io.BytesIO(built.files["report/findings_2022_sl.docx"])) as package:
        assert package.testzip() is None
        return {name: etree.fromstring(package.read(name)) for name in package.namelist() if name.endswith(".xml")}


@pytest.fixture(scope="session")
def body(parts):
    return parts["word/document.xml"][0]
