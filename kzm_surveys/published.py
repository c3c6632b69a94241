"""What an earlier report printed about a wave: ``published.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from kzm_surveys.toml_model import Strict, Text, is_there, read_toml


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
