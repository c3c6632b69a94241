"""The rows of a change between two waves as a figure shows them: words, numbers, marks, key."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from kzm_surveys.arrays import BoolArray
from kzm_surveys.errors import FindingError, WithheldError
from kzm_surveys.estimation.change import Changes
from kzm_surveys.estimation.labels import Key as RowKey
from kzm_surveys.estimation.labels import Labels, row_names
from kzm_surveys.estimation.printed_cells import base_words, decimals_of, is_share
from kzm_surveys.estimation.quality import MARKS
from kzm_surveys.estimation.quality import withheld as are_withheld
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import NBSP, Language, decimal, percent
from kzm_surveys.plots.palette import BLUE, MUTED
from kzm_surveys.plots.protected import left_out
from kzm_surveys.plots.rows import Scale, number_scale, share_scale
from kzm_surveys.plots.sheet import Frame, Key
from kzm_surveys.plots.words import frame_of, source_line, synthetic_mark, word

#: Dash of lines that stand for a small base.
DASH = (0, (3, 1.5))


@dataclass(frozen=True)
class Pair:
    """One row of the changes in words and numbers; NaN where there is none. `found`: the corrected test finds it."""

    label: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    hidden: bool
    weak: bool
    found: bool

    @property
    def known(self) -> bool:
        """At least one wave is shown."""
        return not self.hidden and (math.isfinite(self.before) or math.isfinite(self.after))

    @property
    def whole(self) -> bool:
        """Both waves are shown."""
        return not self.hidden and math.isfinite(self.before) and math.isfinite(self.after)


@dataclass(frozen=True)
class Pairs:
    """All rows, whether they are shares, and how their numbers are written."""

    items: list[Pair]
    shares: bool
    infers: bool
    decimals: int
    labels: Labels

    def value(self, value: float, item: Pair) -> str:
        """A value of one wave."""
        if item.hidden or not math.isfinite(value):
            return MARKS["small_cell"] if item.hidden else "–"
        return percent(value, 1, self.labels.lang) if self.shares else self.labels.number(value, self.decimals)

    def difference(self, item: Pair) -> str:
        """The difference with its interval: of shares in percentage points."""
        if item.hidden or not math.isfinite(item.difference):
            return MARKS["small_cell"] if item.hidden else "–"
        marks = [MARKS["small_base"]] if item.weak else []
        marks += ["▲" if item.difference > 0 else "▼"] if item.found else []
        text = NBSP.join([*marks, self._signed(item.difference)])
        if math.isfinite(item.low) and math.isfinite(item.high):
            low, high = self._points(item.low), self._points(item.high)
            text += f" ({self.labels.text('from_to', low=low, high=high)})"
        return text

    def _points(self, value: float) -> str:
        return self.labels.number(100 * value, 1) if self.shares else self.labels.number(value, self.decimals)

    def _signed(self, value: float) -> str:
        text = self._points(value)
        return text if value <= 0 or not any(digit in text for digit in "123456789") else f"+{text}"

    def scale(self) -> Scale:
        """From 0 for shares, over the values for other numbers."""
        shown = [v for item in self.items if not item.hidden for v in (item.before, item.after) if math.isfinite(v)]
        if self.shares:
            return share_scale(max(shown), self.labels.lang)
        return number_scale(min(shown), max(shown), self.labels.lang)


def labels_of(changes: Changes, lang: Language) -> Labels:
    """Labels of the later wave.

    Raises
    ------
    FindingError
        No result of :func:`kzm_surveys.change`.
    """
    if not isinstance(changes, Changes):
        raise FindingError(f"changes: a result of change is needed, found {type(changes).__name__}.")
    return Labels(changes.after.design, lang)


def wave_names(waves: tuple[str, str] | None, labels: Labels) -> tuple[str, str]:
    """Names of the waves, or else before and after.

    Raises
    ------
    FindingError
        Not two names.
    """
    if waves is None:
        return labels.text("before"), labels.text("after")
    if not isinstance(waves, (tuple, list)) or len(waves) != 2:
        raise FindingError(f"changes: names of two waves are needed, such as ('2021', '2023'), found {waves!r}.")
    return str(waves[0]), str(waves[1])


def pairs_of(changes: Changes, labels: Labels) -> Pairs:
    """Rows of a change, checked.

    Raises
    ------
    WithheldError
        Every row is withheld or missing.
    FindingError
        Shares and other numbers are mixed, or two rows have the same name.
    """
    table = changes.frame
    if not len(table):
        raise WithheldError("changes: there are no rows to draw.")
    kinds = {is_share(statistic) for statistic in table["statistic"]}
    if len(kinds) > 1 or (kinds == {False} and table["statistic"].nunique() > 1):
        raise FindingError(
            f"changes: {', '.join(table['statistic'].unique())} have different scales. Draw one figure of each."
        )
    shares = kinds == {True}
    words = table[list(RowKey._fields)].astype(object)
    keys = [RowKey(*row) for row in words.where(words.notna(), None).to_numpy().tolist()]
    if len(set(keys)) < len(keys):
        raise FindingError("changes: two rows have the same name. Compare results of one call.")
    # What all rows share stands in the title.
    same = len({key.category for key in keys}) == 1 and len(keys) > 1
    caption, names = row_names([key._replace(category=None) if same else key for key in keys], labels)
    hidden = hidden_rows(changes)
    items = []
    for row, name, withheld in zip(table.itertuples(index=False), names, hidden.tolist(), strict=True):
        item = Pair(
            name or caption, float(row.before), float(row.after), float(row.difference), float(row.ci_low),
            float(row.ci_high), withheld, "small_base" in row.flag.split(),
            not withheld and bool(row.p_adjusted < 1 - changes.level),
        )  # fmt: skip
        items.append(item)
    if not any(item.known for item in items):
        raise WithheldError("changes: every row is withheld or missing.")
    infers = any(math.isfinite(item.low) for item in items if not item.hidden)
    largest = [value for item in items for value in (item.before, item.after)]
    return Pairs(items, shares, infers, decimals_of(largest), labels)


def hidden_rows(changes: Changes) -> BoolArray:
    """Rows that are withheld, or would give away the only withheld category of a question."""
    table = changes.frame
    withheld = are_withheld(table["flag"].to_numpy(object))
    if not all(is_share(statistic) for statistic in table["statistic"]):
        return withheld
    whole = list(zip(table["variable"], table["by_category"].fillna(""), strict=True))
    return left_out(whole, np.fmax(table["before"].to_numpy(), table["after"].to_numpy()), withheld)


def frame_of_waves(changes: Changes, names: tuple[str, str], lang: Language) -> Frame:
    """Words around the plot from the codebook of the later wave, with the bases and sources of both."""
    frame, table = frame_of(changes.after, lang), changes.frame
    labels, rows = Labels(changes.after.design, lang), changes.after.rows
    shared = {row.category for row in rows if row.category and labels.is_category(row.variable, row.category)}
    title = f"{frame.title} – {labels.category(rows[0].variable, shared.pop())}" if len(shared) == 1 else frame.title
    bases = []
    for name, column in zip(names, ("n_before", "n_after"), strict=True):
        low, high = (decimal(end, 0, lang) for end in (table[column].min(), table[column].max()))
        bases.append(f"{name}: n{NBSP}={NBSP}{low if low == high else f'{low}–{high}'}")
    told = word(
        lang, "both_bases", base=base_words(changes.after.base, changes.after.where, lang), waves="; ".join(bases)
    )
    opt_in = any("opt_in" in flag.split() for flag in table["flag"])
    notes = (catalogue.text(lang, "quality.opt_in"),) if opt_in else ()
    designs = changes.before.design, changes.after.design
    sources = list(dict.fromkeys(source_line(design, lang) for design in designs))
    mark = max(synthetic_mark(design, lang) for design in designs)
    return replace(frame, title=title, base=f"{told}.", notes=(*notes, *sources[:-1]), source=sources[-1], mark=mark)


def keys_of(changes: Changes, pairs: Pairs, *, lines: bool = False) -> list[Key]:
    """Entries of the key for what the test finds and for small bases; `lines`: their lines look so too."""
    labels, keys = pairs.labels, []
    if any(item.found for item in pairs.items):
        correction = labels.text(f"correction_{changes.correction}")
        alpha = percent(1 - changes.level, 0, labels.lang)
        told = word(labels.lang, "significant", correction=correction, alpha=alpha)
        keys.append(Key(f"▲▼ {told}", "line", BLUE if lines else MUTED))
    if any(item.weak and not item.hidden for item in pairs.items):
        small = word(labels.lang, "small_base")
        keys.append(Key(f"{MARKS['small_base']} – {small}", "line", MUTED if lines else "none", dash=DASH))
    return keys
