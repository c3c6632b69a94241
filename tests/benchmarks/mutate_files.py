"""Thousands of flipped, missing and doubled bytes and cuts over small files of every kind: what comes of them.

Run: python -m tests.benchmarks.mutate_files [mutations per kind] [processes]

Every mutated file is given to ``examine`` as the file that ``wave.toml`` names (without a hash, which would refuse
all).
Read: the file still reads, with its n respondents; what changed is a letter, a number, or nothing. Refused: a KzmError.
Crash: any other exception, or the end of the process. Hang: more than a minute. Short: fewer respondents, and no error.
"""

import collections
import io
import multiprocessing
import shutil
import signal
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

import kzm_surveys as kzm
from kzm_surveys.export.make import export_survey
from kzm_surveys.loaders import examine
from kzm_surveys.loaders.enka_write import write_enka_csv, write_enka_spss
from tests.loaders import TINY, answers, tiny, write_answers, write_wave
from tests.loaders import test_round_trips as trips
from tests.loaders.test_spss_files import SETS, save, with_sets

SECONDS = 60


def small_files(root: Path) -> dict[str, Path]:
    """Kind -> wave folder with a small sound file of that kind, named in its wave.toml."""
    out = {"sav": tiny(root / "sav")}
    columns = {f"coping_{name}": [1.0, 0.0, 0.0, 1.0] for name in ("windows", "plugs", "none")}
    out["sav with sets"] = save(root / "sets", answers(**columns), codebook=SETS)
    with_sets(out["sav with sets"] / "answers.sav", f"$coping=D1 1 6 ukrepi {' '.join(columns)}\n".encode())
    out["zsav"] = write_wave(root / "zsav", file="answers.zsav")
    write_answers(out["zsav"] / "answers.zsav", answers(), compress=True)
    tabular(root, out)
    enka(root, out)
    return out


def tabular(root: Path, out: dict[str, Path]) -> None:
    survey = kzm.load(out["sav"])
    out["csv"] = write_wave(root / "csv", file="answers.csv", form="csv", change=("n = 4", 'n = 4\nid = "id"'))
    (path,) = [p for p in export_survey(survey, "csv", root / "answers.csv") if p.name == "answers.csv"]
    for written in root.glob("answers*.csv"):
        shutil.copy(written, out["csv"] / written.name)
    import openpyxl
    import pandas as pd

    frame = pd.read_csv(path, encoding="utf-8-sig")
    book = openpyxl.Workbook()
    book.active.append(list(frame.columns))
    for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
        book.active.append(list(row))
    out["xlsx"] = write_wave(
        root / "xlsx", TINY, file="answers.xlsx", form="xlsx", change=("n = 4", 'n = 4\nid = "id"')
    )
    book.save(out["xlsx"] / "answers.xlsx")


def enka(root: Path, out: dict[str, Path]) -> None:
    """Twenty units of the breastfeeding survey in every kind of 1KA export."""
    survey = kzm.load("surveys/breastfeeding/2022")
    names = {"1ka_csv": "e.csv", "1ka_spss": "e.sps", "1ka_xls": "e.xls", "1ka_txt": "e.txt"}
    for kind, name in names.items():
        folder = trips.renamed_wave(root / kind, survey, kind, name)
        toml = folder / "wave.toml"
        text = toml.read_text(encoding="utf-8").replace("n = 214", f"n = {trips.ROWS}").replace("rows = 268\n", "")
        sha = text.split('sha256 = "')[1].split('"')[0]
        toml.write_text(text.replace(sha, ""), encoding="utf-8")
        rows = survey.responses.head(trips.ROWS), survey.missing.head(trips.ROWS)
        columns, cells, before, after = trips.exported(survey, folder, *rows, trips.USUAL)
        if kind == "1ka_spss":
            write_enka_spss(folder / name, columns, cells, before, after, 0, survey.codebook)
        else:
            write_enka_csv(folder / name, columns, cells, before, after, 0)
            (folder / name).write_bytes(RENDER[kind]((folder / name).read_text(encoding="utf-8-sig")))
        out[kind] = folder


def as_xls(csv: str) -> bytes:
    lines = [line.rstrip("\r") for line in csv.split("\n") if line]
    heads = ["".join(f"<td>{cell}</td>" for cell in line.split(";")[:-1]) for line in lines[:2]]
    rows = ["".join(f'<td align="center">{cell[2:-1]}</td>' for cell in line.split(";")) for line in lines[2:]]
    body = [*(f"</tr>{head}</tr>" for head in heads), *(f"<tr>{row}</tr>" for row in rows)]
    return ('\ufeff<table border="1">\r\n' + "".join(f"{line}\r\n" for line in body) + "</table>").encode()


def as_txt(csv: str) -> bytes:
    lines = [line.rstrip("\r") for line in csv.split("\n") if line]
    rows = [";".join(cell[2:-1] for cell in line.split(";")) for line in lines[2:]]
    return ("\ufeff" + "".join(f"{line}\n" for line in [*lines[:2], *rows])).encode()


RENDER = {"1ka_csv": lambda csv: ("\ufeff" + csv).replace("\n", "\r\n").encode(), "1ka_xls": as_xls, "1ka_txt": as_txt}


def mutated(whole: bytes, random: np.random.Generator) -> bytes:
    """A cut; a line removed; or one to three bytes flipped, changed (to anything, to a letter), removed or put in."""
    content = bytearray(whole)
    how = random.integers(7)
    if how == 0:
        return bytes(content[: random.integers(len(content))])
    if how == 1:
        lines = whole.split(b"\n")
        del lines[random.integers(len(lines))]
        return b"\n".join(lines)
    for _ in range(random.integers(1, 4)):
        place = int(random.integers(len(content)))
        if how == 2:
            content[place] ^= 1 << int(random.integers(8))
        elif how == 3:
            content[place] = int(random.integers(256))
        elif how == 4:
            content[place] = int(random.integers(32, 127))
        elif how == 5:
            del content[place : place + int(random.integers(1, 9))]
        else:
            content[place:place] = random.bytes(int(random.integers(1, 9)))
    return bytes(content)


def mutated_inside(whole: bytes, random: np.random.Generator) -> bytes:
    """An archive with sound checksums in which one entry is mutated."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        entries = old.infolist()
        chosen = entries[random.integers(len(entries))]
        for entry in entries:
            content = old.read(entry)
            new.writestr(entry, mutated(content, random) if entry is chosen else content)
    return out.getvalue()


def outcome(job: tuple[str, str, int]) -> tuple[str, str]:
    """Mutate the file of a folder, give it to the loader, and say what came of it."""
    kind, name, seed = job
    with tempfile.TemporaryDirectory() as root:
        shutil.copytree(Path(name).parent, Path(root) / "survey")
        folder = Path(root) / "survey" / Path(name).name
        from kzm_surveys.wave import read_wave

        wave = read_wave(folder)[0]
        path = folder / wave.data.file
        random = np.random.default_rng(seed)
        if kind == "1ka_spss" and seed % 2:
            path = path.with_name("e_podatki.txt")
        change = mutated_inside if kind == "xlsx" and seed % 2 else mutated
        path.write_bytes(change(path.read_bytes(), random))
        signal.alarm(SECONDS)
        try:
            survey = examine(folder)
        except kzm.KzmError:
            return kind, "refused"
        except TimeoutError:
            return kind, f"hang at seed {seed}"
        except Exception as error:  # what this run looks for
            return kind, f"crash at seed {seed}: {type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
        if len(survey) < wave.data.n:
            return kind, f"short at seed {seed}"
        return kind, "read"


def too_late(_number: int, _frame: object) -> None:
    raise TimeoutError


def main(count: int, processes: int) -> None:
    signal.signal(signal.SIGALRM, too_late)
    with tempfile.TemporaryDirectory() as root, multiprocessing.Pool(processes) as pool:
        folders = small_files(Path(root))
        for kind, folder in folders.items():
            if errors := [problem for problem in examine(folder).problems if problem.severity == "error"]:
                raise AssertionError(f"{kind}: the sound file does not read: {errors[0]}")
        jobs = [(kind, str(folder), seed) for kind, folder in folders.items() for seed in range(count)]
        found: dict[str, collections.Counter[str]] = {kind: collections.Counter() for kind in folders}
        for kind, what in pool.imap_unordered(outcome, jobs, chunksize=20):
            found[kind][what] += 1
        for kind, counts in found.items():
            good = f"{counts.pop('refused', 0)} refused, {counts.pop('read', 0)} read"
            print(f"{kind}: {count} files, {good}, {sum(counts.values())} crashes, hangs or short reads")
            for what in counts:
                print(f"  {what}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*[*numbers, *[1000, 2][len(numbers) :]])
