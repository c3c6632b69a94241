"""What others printed: an earlier report about a wave (``published.toml``), other surveys (``outside.toml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kzm_surveys.errors import CodebookError, one_of
from kzm_surveys.toml_model import Misfit, Name, Strict, Text, is_there, read_toml


class PublishedClaim(Strict):
    """A number or ranking that an earlier report printed.

    `variable`, `categories` and `base` say which share it is (where known); `value` is that share in percent
    as printed with `decimals`; `lowest` and `highest` bound a share given in words; `ranking` lists variables
    by falling share of `categories`.
    """

    id: str
    section: str
    sentence: Text
    variable: str | None = None
    categories: tuple[str, ...] = ()
    base: Literal["answered", "asked"] = "answered"
    value: float | None = None
    decimals: int = 0
    lowest: float | None = None
    highest: float | None = None
    ranking: tuple[str, ...] = ()
    count: int | None = None
    note: Text | None = None


class Published(Strict):
    """``published.toml``: the claims of an earlier report about this wave, with their source."""

    source: Text
    claims: tuple[PublishedClaim, ...]


def read_published(folder: str | Path) -> Published | None:
    """Read ``published.toml`` of a wave folder; None if the wave has none."""
    path = Path(folder) / "published.toml"
    return read_toml(path, Published) if is_there(path) else None


class OutsideFigure(Strict):
    """A figure of another survey that an estimate of this wave is set beside.

    `value` is a share in percent as printed with `decimals`, or `mean` a mean; `n` is the base of the other survey,
    `se` its standard error where that is known (of a share in percentage points). `comparable` is false where wording,
    population or year differ so much that neither may be called larger; `reason` says why.
    """

    id: Name
    value: float | None = Field(default=None, ge=0, le=100)
    mean: float | None = None
    decimals: int = Field(default=0, ge=0, le=4)
    n: int | None = Field(default=None, gt=0)
    se: float | None = Field(default=None, gt=0)
    year: int = Field(ge=1900, le=2100)
    population: Text
    wording: Text
    source: Text
    comparable: bool
    reason: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> OutsideFigure:
        if (self.value is None) == (self.mean is None):
            raise Misfit(["value"], "give either value (a share in percent) or mean")
        if not self.comparable and self.reason is None:
            raise Misfit(["reason"], "is missing: say why the figures may not be compared")
        return self

    @property
    def estimate(self) -> float:
        """The share on 0-1, or the mean."""
        return self.value / 100 if self.value is not None else self.mean or 0.0

    @property
    def variance(self) -> float | None:
        """Of `estimate`: se², or p(1 - p)/n of a share; None where neither is known."""
        if self.se is not None:
            return (self.se / 100 if self.value is not None else self.se) ** 2
        if self.n is None or self.value is None:
            return None
        return self.estimate * (1 - self.estimate) / self.n

    def reason_in(self, lang: str) -> str:
        """Why the figures may not be compared, without its full stop; empty if they may."""
        return self.reason[lang].rstrip(".") if self.reason is not None else ""


class Outside(Strict):
    """``outside.toml``: figures of other surveys."""

    figures: tuple[OutsideFigure, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Outside:
        ids = [figure.id for figure in self.figures]
        for place, name in enumerate(ids):
            if name in ids[:place]:
                raise Misfit(["figures", place, "id"], f"'{name}' stands twice")
        return self

    def __contains__(self, name: object) -> bool:
        return any(figure.id == name for figure in self.figures)

    def __getitem__(self, name: str) -> OutsideFigure:
        """Return the figure with an id, or raise a :class:`CodebookError` with the nearest one."""
        known = {figure.id: figure for figure in self.figures}
        if name not in known:
            raise CodebookError(f"outside.toml: {one_of('there is no figure', name, known)}")
        return known[name]


def read_outside(folder: str | Path) -> Outside:
    """Read ``outside.toml`` of a wave folder; without figures if the wave has none."""
    path = Path(folder) / "outside.toml"
    return read_toml(path, Outside) if is_there(path) else Outside()
