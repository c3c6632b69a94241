import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "kzm_surveys"
ORDER = (
    {"errors"}, {"language"}, {"toml_model"}, {"codebook"}, {"published"}, {"wave"}, {"survey"}, {"outcome"},
    {"arrays"}, {"adjustment"}, {"record", "replicate_weights", "sampling_units"}, {"design_columns"}, {"design"},
    {"loaders", "weighting"}, {"synthesis", "drafting"}, {"estimation"}, {"protection"}, {"export"},
    {"plots"}, {"findings"}, {"cli"},
)  # fmt: skip
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
ONLY_IN = {
    "pyreadstat": ("kzm_surveys/loaders/sav.py",),
    "openpyxl": ("kzm_surveys/loaders/xlsx",),
    "docx": ("kzm_surveys/findings/docx",),
    "xlsxwriter": ("kzm_surveys/protection/workbook.py",),
    "matplotlib": (
        "kzm_surveys/plots/",
        "figures/",
        "kzm_surveys/findings/section.py",
        "kzm_surveys/findings/sketch.py",
    ),
}


def imported(source: str) -> set[str]:
    """Dotted names of all modules that a source imports, type-checking blocks included."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "kzm_surveys" and len(parts) > 1 else None


def upward(source: str, here: str) -> list[str]:
    """Imports of a module in room `here` that go up or sideways."""
    found = []
    for name in imported(source):
        there = room(name)
        if there in RANK and there != here and RANK[there] >= RANK[here]:
            found.append(name)
    return found


MODULES = sorted(path for path in ENGINE.rglob("*.py") if path.name != "__init__.py" or path.parent != ENGINE)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down_only(path):
    here = path.relative_to(ENGINE).parts[0].removesuffix(".py")
    assert here in RANK, f"give the room '{here}' a place in ORDER and in ARCHITECTURE.md"
    assert upward(path.read_text(encoding="utf-8"), here) == []


def test_an_upward_import_is_found():
    assert upward("from kzm_surveys.findings.text import say", "estimation") == ["kzm_surveys.findings.text.say"]
    assert upward("import kzm_surveys.weighting.rake", "loaders") == ["kzm_surveys.weighting.rake"]


@pytest.mark.parametrize("library", ONLY_IN)
def test_heavy_libraries_stay_in_their_module(library):
    sources = [p for folder in ("kzm_surveys", "analyses", "figures") for p in (ROOT / folder).rglob("*.py")]
    users = [p for p in sources if library in {n.split(".")[0] for n in imported(p.read_text(encoding="utf-8"))}]
    assert users
    for path in users:
        assert path.relative_to(ROOT).as_posix().startswith(ONLY_IN[library])


def test_nothing_imports_analyses_or_figures():
    for path in [*ENGINE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        tops = {name.split(".")[0] for name in imported(path.read_text(encoding="utf-8"))}
        assert not tops & {"analyses", "figures"}, path


def test_surveys_hold_no_python():
    assert list((ROOT / "surveys").rglob("*.py")) == []


def test_importing_the_package_loads_no_library_and_every_public_name_exists():
    code = (
        "import sys, kzm_surveys as kzm\n"
        "assert not {'pandas', 'numpy', 'matplotlib', 'scipy'} & set(sys.modules), sorted(sys.modules)\n"
        "assert all(getattr(kzm, name) is not None for name in kzm.__all__)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_architecture_page_names_every_room_and_module():
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in MODULES:
        if path.name != "__init__.py":
            assert path.stem in page, path


def test_lock_has_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index-url" not in lock
    assert "--find-links" not in lock
