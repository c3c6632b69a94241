import shutil
import sys

import pytest

from kzm_surveys import cli


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Work in a copy of the project's own folders."""
    folder = tmp_path / "project"
    for name in ("surveys", "analyses", "figures"):
        shutil.copytree(name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def kzm(monkeypatch, capsys):
    """Run the command as the shell would: exit code, standard output, standard error."""

    def run(*words):
        monkeypatch.setenv("COLUMNS", "300")
        monkeypatch.setattr(sys, "argv", ["kzm", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return code, shown.out, shown.err

    return run
