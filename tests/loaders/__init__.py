"""A tiny survey in a temporary folder, and its files, for the tests of loaders, codebook and wave."""

from pathlib import Path

import pandas as pd
import pyreadstat

SURVEYS = Path(__file__).parents[2] / "surveys"

#: sex -> age -> annoyance (battery) -> hours, asked if the road annoys -> proposals.
TINY = """
survey = "tiny"
title = { sl = "Poskus", en = "Trial" }
status = { sl = "izmišljeno", en = "invented" }

[missing]
no_such_source = { code = 97, label = { sl = "tega vira tu ni", en = "no such source here" } }
dont_know = { code = 98, label = { sl = "ne vem", en = "don't know" } }

[scales.steps]
categories = [
  { name = "not_at_all", code = 1, label = { sl = "sploh ne", en = "not at all" } },
  { name = "somewhat", code = 2, label = { sl = "nekoliko", en = "somewhat" } },
  { name = "very", code = 3, label = { sl = "zelo", en = "very" } },
]

[questions.sex]
kind = "single"
label = { sl = "spol", en = "sex" }
question = { sl = "Spol?", en = "Sex?" }
categories = [
  { name = "male", code = 1, label = { sl = "moški", en = "men" } },
  { name = "female", code = 2, label = { sl = "ženske", en = "women" } },
]

[questions.age]
kind = "number"
label = { sl = "starost", en = "age" }
question = { sl = "Starost?", en = "Age?" }
minimum = 18
maximum = 105
missing_codes = { refused = 999 }

[questions.annoyance]
kind = "battery"
label = { sl = "hrup", en = "noise" }
question = { sl = "Koliko vas moti?", en = "How much?" }
scale = "steps"
missing = ["no_such_source", "dont_know"]
items = [
  { name = "road", label = { sl = "cesta", en = "road" } },
  { name = "port", label = { sl = "pristanišče", en = "port" } },
]

[questions.hours]
kind = "number"
label = { sl = "ure", en = "hours" }
question = { sl = "Koliko ur na dan?", en = "How many hours a day?" }
minimum = 0
maximum = 24
asked_if = { annoyance_road = ["somewhat", "very"] }

[questions.proposals]
kind = "text"
label = { sl = "predlogi", en = "proposals" }
question = { sl = "Kaj predlagate?", en = "What do you propose?" }

[derived.age_group]
of = "age"
label = { sl = "starost", en = "age" }
bands = [
  { name = "young", highest = 39, label = { sl = "mlajši", en = "younger" } },
  { name = "old", lowest = 40, label = { sl = "starejši", en = "older" } },
]

[derived.annoyed]
of = "annoyance_road"
label = { sl = "moti", en = "annoyed" }
groups = [
  { name = "no", label = { sl = "ne", en = "no" }, of = ["not_at_all"] },
  { name = "yes", label = { sl = "da", en = "yes" }, of = ["somewhat", "very"] },
]

[derived.themes]
of = "proposals"
label = { sl = "teme", en = "themes" }
themes = [{ name = "traffic", label = { sl = "promet", en = "traffic" }, stems = ["promet", "cest"] }]
"""

WAVE = """
survey = "{survey}"
wave = "2025"
title = {{ sl = "Poskus 2025", en = "Trial 2025" }}
mode = {{ sl = "anketa", en = "survey" }}
population = {{ sl = "prebivalci", en = "residents" }}
sponsor = {{ sl = "občina", en = "city" }}
conductor = {{ sl = "občina", en = "city" }}
synthetic = false

[fieldwork]
first = 2025-04-01
last = 2025-04-02

[sampling]
kind = "opt_in"
note = {{ sl = "samoizbran", en = "self-selected" }}

[data]
file = "{file}"
format = "{form}"
sha256 = "{sha256}"
n = {n}
{id}

[weighting]
method = "none"
note = {{ sl = "neuteženo", en = "not weighted" }}

[report]
year = 2025
order = 1
headings = ["I. Poskus"]
"""


def write_wave(root, codebook=TINY, *, file="answers.sav", form="spss_sav", n=4, sha256="", change=("", "")):
    """Folder of wave 2025 of the tiny survey; `change` replaces a piece of wave.toml."""
    survey = codebook.split('survey = "')[1].split('"')[0]
    folder = root / survey / "2025"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "codebook.toml").write_text(codebook, encoding="utf-8")
    row_id = 'id = "id"' if form == "spss_sav" else ""
    text = WAVE.format(survey=survey, file=file, form=form, n=n, sha256=sha256, id=row_id)
    assert change[0] in text
    (folder / "wave.toml").write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
    return folder


def answers(**changed):
    """Raw codes of four respondents as an SPSS file of the tiny survey holds them."""
    nan = float("nan")
    columns = {
        "id": [11.0, 12.0, 13.0, 14.0],
        "sex": [1.0, 2.0, 2.0, nan],
        "age": [18.0, 105.0, 999.0, 40.0],
        "annoyance_road": [1.0, 3.0, 97.0, 2.0],
        "annoyance_port": [98.0, 1.0, 2.0, nan],
        "hours": [nan, 2.0, nan, nan],
        "proposals": ["Manj prometa čez šolski okoliš, žal", "", "ČŠŽ čšž", "tišina"],
    }
    return pd.DataFrame({name: values for name, values in (columns | changed).items() if values is not None})


def write_answers(path, frame, **meta):
    """Write a .sav with the user-missing codes of the tiny survey."""
    codes = {"age": [999], "annoyance_road": [97, 98], "annoyance_port": [97, 98]}
    ranges = {
        name: [{"lo": c, "hi": c} for c in there]
        for name, there in codes.items()
        if name in frame and frame[name].dtype.kind == "f"
    }
    pyreadstat.write_sav(frame, str(path), missing_ranges=ranges, **meta)
    return path


def tiny(root, frame=None, *, meta=None, **wave):
    """Wave folder with its .sav in it."""
    folder = write_wave(root, **wave)
    write_answers(folder / "answers.sav", answers() if frame is None else frame, **(meta or {}))
    return folder
