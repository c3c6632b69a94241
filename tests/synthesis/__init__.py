"""Copies of the shipped surveys, to be changed."""

import shutil

from tests.loaders import SURVEYS


def copied(root, name, *changes):
    """Copy the survey of wave `name`; each change is (file relative to the wave folder, old, new)."""
    survey = name.split("/")[0]
    shutil.copytree(SURVEYS / survey, root / survey)
    folder = root / name
    for file, old, new in changes:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder
