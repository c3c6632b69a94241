"""The waves of a year of the annual report: found by their wave.toml, loaded and weighted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import CodebookError, KzmError, UnfilledError, one_of
from kzm_surveys.loaders import load
from kzm_surveys.wave import read_wave
from kzm_surveys.weighting.wave import weight

Step = Callable[[str], None]


def waves_of_year(root: Path, year: int | None = None) -> list[Path]:
    """Wave folders reported in a year, in the order of the report; without a year in the latest one.

    Raises
    ------
    CodebookError
        There is no wave for the year; the years that exist are named.
    """
    found: dict[int, list[tuple[int, Path]]] = {}
    for path in sorted(root.glob("surveys/*/*/wave.toml")):
        try:
            wave, _ = read_wave(path.parent)
        except UnfilledError as unfilled:
            if year is not None and unfilled.content.get("report", {}).get("year") == year:
                raise
            continue  # a wave in preparation does not stop the report of another year
        found.setdefault(wave.report.year, []).append((wave.report.order, path.parent))
    wanted = max(found, default=None) if year is None else year
    if wanted not in found:
        where = f"{root / 'surveys'} has no wave" + ("" if year is None else f" reported in {year}")
        known = f" (years there: {', '.join(map(str, sorted(found)))})" if found else ""
        raise CodebookError(
            f"{where}{known}. Run the command in the project folder, or set [report] year in wave.toml."
        )
    return [folder for _, folder in sorted(found[wanted])]


def designs_of_year(
    root: Path, year: int | None = None, *, surveys: Sequence[str] | None = None,
    data: Mapping[str, Path] | None = None, accept: bool = False, step: Step = lambda _: None,
) -> tuple[list[str], list[SurveyDesign]]:  # fmt: skip
    """Load and weight the waves of a year.

    Parameters
    ----------
    root, year
        Project folder; year of the annual report, the latest if None.
    surveys
        Names of the surveys to load; all of the year if there are none.
    data
        Survey name -> data file in place of the one named in its ``wave.toml``.
    accept
        Use files that are not the ones named.
    step
        Called with a line before each wave.

    Returns
    -------
    tuple
        Names of the surveys and their weighted designs, in the order of the report.

    Raises
    ------
    KzmError
        The first thing that is wrong with facts, data or weights.
    """
    folders = waves_of_year(root, year)
    known = [folder.parent.name for folder in folders]
    for name in surveys or ():
        if name not in known:
            raise KzmError("--survey: " + one_of("unknown survey", name, known))
    folders = [folder for folder in folders if not surveys or folder.parent.name in surveys]
    names = [folder.parent.name for folder in folders]
    for name in data or {}:
        if name not in names:
            raise KzmError("--data: " + one_of("unknown survey", name, names))
    designs = []
    for folder, name in zip(folders, names, strict=True):
        step(f"answers and weights: {folder}")
        designs.append(weight(load(folder, (data or {}).get(name), accept=accept)))
    return names, designs
