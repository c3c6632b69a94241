"""The figure scripts of a project: from ``figures/<survey>.py`` and its words to figures, and from figures to files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kzm_surveys.design import SurveyDesign
from kzm_surveys.errors import FindingError, KzmError
from kzm_surveys.findings.contact_sheet import contact_sheet
from kzm_surveys.findings.figure_words import FigureWords, of_figure, read_figure_words
from kzm_surveys.findings.script import in_script, run_script
from kzm_surveys.findings.section import ReportFigure, pictures
from kzm_surveys.findings.sketch import Sketch, draw
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language
from kzm_surveys.loaders import load
from kzm_surveys.plots.plotted import csv_of
from kzm_surveys.plots.style import PICTURE_KINDS, PictureKind, Width
from kzm_surveys.protection.files import replace_files
from kzm_surveys.weighting.wave import weight

Build = Callable[[Sketch], ReportFigure]


@dataclass(frozen=True)
class FigureScript:
    """The figures of one survey: what draws each, and its words.

    Attributes
    ----------
    path
        The script.
    builds
        Name -> function of a sketch, in the order of the script.
    words
        Name -> words.
    """

    path: Path
    builds: Mapping[str, Build]
    words: Mapping[str, FigureWords]

    def draw(
        self, design: SurveyDesign, *, lang: Language = "sl", width: Width = "full", only: Collection[str] | None = None
    ) -> list[ReportFigure]:
        """Draw all figures, or those named in `only`, in the order of the script."""
        names = [name for name in self.builds if only is None or name in only]
        voice = Voice(design, lang)
        return [self._drawn(name, Sketch(name, self.words[name], voice, width)) for name in names]

    def _drawn(self, name: str, sketch: Sketch) -> ReportFigure:
        made: ReportFigure = in_script(self.path, lambda: draw(name, self.builds[name], sketch))
        return made


def read_script(path: Path, design: SurveyDesign) -> FigureScript:
    """Read a figure script and its words.

    Parameters
    ----------
    path
        ``figures/<survey>.py``; its function ``figures(design)`` returns name -> function of a :class:`Sketch`. The
        words stand beside it, in ``figures/<survey>.toml``.
    design
        The design of the wave: some figures exist only for weighted answers.

    Raises
    ------
    FindingError
        There is no such script or function, it fails, or it returns something else.
    CodebookError
        The words are missing or damaged.
    """
    found = run_script(path, "figures", design)
    if not isinstance(found, dict) or not all(isinstance(name, str) and callable(b) for name, b in found.items()):
        raise FindingError(f"{path}: figures(design) must return a dict, name of a figure -> function of a sketch.")
    toml = path.with_suffix(".toml")
    words = read_figure_words(toml)
    return FigureScript(path, found, {name: of_figure(words, name, toml) for name in found})


def names_of(scripts: Sequence[FigureScript]) -> list[str]:
    """Names of all figures.

    Raises
    ------
    FindingError
        Two scripts draw a figure of the same name.
    """
    names: list[str] = []
    for script in scripts:
        for name in script.builds:
            if name in names:
                raise FindingError(f"{script.path}: a figure named '{name}' exists already. Give it another name.")
            names.append(name)
    return names


def figure_files(
    figures: Sequence[ReportFigure], kinds: Sequence[PictureKind] = PICTURE_KINDS, *, width: Width = "full"
) -> dict[str, dict[str, tuple[str, bytes]]]:  # fmt: skip
    """Files of figures: figure -> kind -> file name and bytes; a CSV of the plotted numbers beside the pictures.

    English figures end in ``_en``, those for half a column in ``_half``.
    """
    out: dict[str, dict[str, tuple[str, bytes]]] = {}
    for figure, drawings in zip(figures, pictures(figures, kinds), strict=True):
        stem = file_stem(figure.id, figure.lang, width)
        files = {str(kind): (f"{stem}.{kind}", content) for kind, content in drawings.items()}
        if len(figure.plotted):
            files["csv"] = (f"{stem}.csv", csv_of(figure.plotted, foot=str(figure.foot)))
        out[figure.id] = files
    return out


def file_stem(name: str, lang: Language, width: Width) -> str:
    """Name of a file without its ending.

    >>> file_stem("noise", "sl", "full"), file_stem("noise", "en", "half")
    ('noise', 'noise_en_half')
    """
    return name + ("" if lang == "sl" else f"_{lang}") + ("" if width == "full" else f"_{width}")


def sheet_of(
    figures: Sequence[ReportFigure], files: Mapping[str, Mapping[str, tuple[str, bytes]]],
    designs: Sequence[SurveyDesign], *, lang: Language,
) -> bytes:  # fmt: skip
    """The contact sheet of figures and their files; if only some designs hold invented answers, its mark names them."""
    surveys = [design.survey for design in designs if design.survey is not None]
    invented = [survey.wave.title[lang] for survey in surveys if survey.source.synthetic]
    mark = catalogue.text(lang, "synthetic") if invented else ""
    if 0 < len(invented) < len(surveys):
        mark = f"{'; '.join(invented)}: {mark}"
    names = {figure: {kind: name for kind, (name, _) in each.items()} for figure, each in files.items()}
    sizes = {name: len(content) for each in files.values() for name, content in each.values()}
    title = catalogue.text(lang, "contact_sheet.title")
    return contact_sheet(figures, names, title=title, lang=lang, mark=mark, sizes=sizes)


def run_alone(script: str | Path, wave: str | Path, folder: str | Path = "build/figures") -> list[Path]:
    """Draw the figures of a wave and write them: what a figure script does when it runs alone, from whatever folder.

    Parameters
    ----------
    script
        The script's own file.
    wave
        Wave folder, such as ``surveys/noise/2021``, in the project folder of the script.
    folder
        Where the files go, in the project folder too.

    Raises
    ------
    SystemExit
        Something is wrong with facts, data, script or words: one message, as from ``kzm figures``.
    """
    path = Path(script).resolve()
    project = path.parent.parent
    try:
        design = weight(load(project / wave))
        files = [
            file for each in figure_files(read_script(path, design).draw(design)).values() for file in each.values()
        ]
        return replace_files({project / folder / name: content for name, content in files})
    except KzmError as error:
        raise SystemExit(str(error)) from None
