"""The words of a survey's figures: ``figures/<survey>.toml``, in both languages beside each other."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import RootModel, model_validator

from kzm_surveys.errors import CodebookError
from kzm_surveys.toml_model import Misfit, Name, Strict, Text, read_toml

Place = Literal["report", "annex"]


class FigureWords(Strict):
    """Words of one figure; names in braces are filled in by the script.

    Attributes
    ----------
    place
        "report" or "annex".
    caption
        What the figure shows, for the list of figures and when nothing can be drawn.
    title
        The finding, above the plot.
    compared
        What is compared with what, for the alternative text; it stands after a colon.
    subtitle
        In place of the question's wording.
    notes
        Sentences below the base.
    other
        More words that the script asks for by name.
    """

    place: Place
    caption: Text
    title: Text
    compared: Text
    subtitle: Text | None = None
    notes: tuple[Text, ...] = ()
    other: dict[Name, Text] = {}

    @model_validator(mode="after")
    def _alike(self) -> FigureWords:
        """Every language fills in the same names, and no digit is typed by hand."""
        texts = {"caption": self.caption, "title": self.title, "compared": self.compared, **self.other}
        texts |= {"subtitle": self.subtitle or {}, **{f"notes.{place}": note for place, note in enumerate(self.notes)}}
        for key, text in texts.items():
            names = {lang: _names(words, key) for lang, words in text.items()}
            for lang, found in names.items():
                if found != names["sl"]:
                    raise Misfit([key], f"'{lang}' fills in {_listed(found)}, 'sl' {_listed(names['sl'])}")
                if re.search(r"\d", text[lang]):
                    raise Misfit([key], f"a digit is typed by hand in '{text[lang]}'; numbers come from estimates")
        return self


class _Words(RootModel[dict[Name, FigureWords]]):
    """All figures of a survey."""


def read_figure_words(path: Path) -> Mapping[str, FigureWords]:
    """Read the words of a survey's figures.

    Raises
    ------
    CodebookError
        The file is missing or damaged, a text lacks a language, its languages fill in different names, or a digit
        stands in it.

    Examples
    --------
    >>> words = read_figure_words(Path("figures/noise.toml"))
    >>> words["noise_annoyance_by_source"].place
    'report'
    """
    if not path.is_file():
        raise CodebookError(f"there is no {path}, the words of the figures. Write it (see the others in its folder).")
    return read_toml(path, _Words).root


def of_figure(words: Mapping[str, FigureWords], name: str, path: Path) -> FigureWords:
    """Words of one figure.

    Raises
    ------
    CodebookError
        It has none.
    """
    if name not in words:
        raise CodebookError(f"{path}: there are no words for the figure '{name}'. Add a table [{name}].")
    return words[name]


def _names(words: str, key: str) -> frozenset[str]:
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(words) if name is not None)
    except ValueError:
        raise Misfit([key], f"the braces in '{words}' do not match") from None


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "nothing"
