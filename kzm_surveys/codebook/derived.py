"""Variables made from others without code: what the TOML may say, and the variables that come of it.

The values are computed in ``loaders/derive.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kzm_surveys.codebook.questions import Category, Named, Variable, distinct, selection
from kzm_surveys.errors import one_of
from kzm_surveys.language import catalogue
from kzm_surveys.toml_model import Misfit, Strict, Text

LANGUAGES: tuple[Literal["sl", "en"], ...] = ("sl", "en")
#: What each kind of derived variable can be made from.
NEEDED = {
    "bands": "number", "groups": "categorical", "themes": "text", "top": "categorical", "bottom": "categorical",
    "selected": "categorical", "cross": "categorical", "score": "categorical", "first_asked": "number",
}  # fmt: skip


def _names(value: object) -> object:
    names = value if isinstance(value, list | tuple) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError("must be a name or a list of names")
    return value if isinstance(value, str) else tuple(names)


class Band(Named):
    """A closed range of whole numbers, both ends in it; an open end is left out."""

    lowest: float | None = None
    highest: float | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Band:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError(f"lowest ({self.lowest:g}) is above highest ({self.highest:g}): no number lies in it")
        return self


class Group(Named):
    """Several categories under one name."""

    of: tuple[str, ...] = Field(min_length=1)


def _not_blank(stem: str) -> str:
    if not stem.strip():
        raise ValueError("a stem is empty, and every word begins with it")
    return stem


class Theme(Named):
    """A theme of open answers: any word that begins with one of the stems (matched without case)."""

    stems: tuple[Annotated[str, AfterValidator(_not_blank)], ...] = Field(min_length=1)


class Score(Strict):
    """A scale score from the codes of its items.

    An item in `reversed` (named as item or as variable) counts as lowest code + highest code − its code. With at
    least `at_least` answered items (default: all), the mean is that of the answered items, and the sum is that mean
    times the number of items; with fewer, the score is missing.
    """

    method: Literal["mean", "sum"]
    reversed: tuple[str, ...] = ()
    at_least: int | None = Field(default=None, ge=1)


class Derived(Strict):
    """Variables made from others; `of` names a variable, a battery or set (one for each item), or a list of these.

    Exactly one of these says how:

    - `bands` of a number, `groups` of categories, the `top` or `bottom` n categories of an ordered scale;
    - `themes` of a text; `empty_answers` are texts that propose nothing ("ne vem") and leave the base as no answer;
    - `selected`: a select-all set with an option for each variable, selected where its answer is one of these;
      `other` is the variable that stands last as the open option, `none` an option more, selected where all
      variables are answered and none is selected;
    - `cross`: every combination of the categories;
    - `score`: a scale score;
    - `first_asked`: of several numbers the first that was asked of the person, missing where that one is missing.
    """

    of: Annotated[str | tuple[str, ...], BeforeValidator(_names)]
    label: Text
    bands: tuple[Band, ...] = ()
    groups: tuple[Group, ...] = ()
    themes: tuple[Theme, ...] = ()
    empty_answers: tuple[str, ...] = ()
    top: int | None = Field(default=None, ge=1)
    bottom: int | None = Field(default=None, ge=1)
    selected: tuple[str, ...] = ()
    other: str | None = None
    none: Named | None = None
    cross: bool = False
    score: Score | None = None
    first_asked: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Derived:
        given = [kind for kind in NEEDED if getattr(self, kind)]
        if len(given) != 1:
            kinds = ", ".join(f"'{kind}'" for kind in NEEDED)
            raise ValueError(f"a derived variable has exactly one of {kinds}; found: {', '.join(given) or 'none'}")
        for kind, field in (("themes", "empty_answers"), ("selected", "other"), ("selected", "none")):
            if given != [kind] and getattr(self, field):
                raise ValueError(f"'{field}' belongs to '{kind}'")
        for several in ("bands", "groups", "themes"):
            distinct(several, getattr(self, several), "name")
        for below, above in pairwise(self.bands):
            if below.highest is None or above.lowest is None or below.highest >= above.lowest:
                raise ValueError(f"bands '{below.name}' and '{above.name}' overlap or are not in rising order")
        return self

    @property
    def kind(self) -> str:
        """Which of the ways of making it the entry has."""
        return next(kind for kind in NEEDED if getattr(self, kind))

    @property
    def names(self) -> tuple[str, ...]:
        """What it is made from, as a list also where `of` is one name."""
        return (self.of,) if isinstance(self.of, str) else self.of

    def merged(self, base: Variable) -> tuple[Group, ...]:
        """Which categories of a variable `groups`, `top` or `bottom` put together, the lower ones first."""
        if self.groups:
            return self.groups
        n = self.top or self.bottom or 0
        cut = len(base.categories) - n if self.top else n
        names = ("rest", "top") if self.top else ("bottom", "rest")
        parts = (base.categories[:cut], base.categories[cut:])
        return tuple(
            Group(name=name, label=_either([c.label for c in part]), of=tuple(c.name for c in part))
            for name, part in zip(names, parts, strict=True)
        )

    def reversed_items(self, parts: Sequence[Variable]) -> frozenset[str]:
        """Names of the variables that a score takes the other way round."""
        turned = set(self.score.reversed) if self.score else set()
        return frozenset(part.name for item, part in _items(parts) if {item, part.name} & turned)


def _either(labels: Sequence[Text]) -> Text:
    """Labels as alternatives: "moderately, very or extremely"."""
    out: Text = {}
    words = catalogue.in_every_language("codebook.or")
    for lang in _common(labels):
        *most, last = (label[lang] for label in labels)
        if not most or lang in words:
            out[lang] = f"{', '.join(most)} {words[lang]} {last}" if most else last
    return out


def _common(texts: Sequence[Text]) -> list[str]:
    """Languages that all the texts have."""
    return [lang for lang in texts[0] if all(lang in text for text in texts)]


def derived_variables(key: str, entry: Derived, parts: Sequence[tuple[Variable, ...]]) -> Iterator[Variable]:
    """Variables of a derived entry.

    Made from one variable, as a crossing, as a score or as the first number asked, it gives one of its own name. From
    a battery or a list, and for themes and select-all sets, it gives one per item: ``<key>_<item>`` where all are items
    of one question, otherwise ``<key>_<variable>``.

    Parameters
    ----------
    key, entry
        Its name and what it says.
    parts
        The variables behind each name in `of`.

    Raises
    ------
    Misfit
        The entry cannot be made from these variables.
    """
    members = [variable for group in parts for variable in group]
    for member in members:
        if member.kind != NEEDED[entry.kind]:
            needed = f"'{entry.kind}' need a {NEEDED[entry.kind]} variable, '{member.name}' is {member.kind}"
            raise Misfit(("derived", key), needed)
        if members.count(member) > 1:
            raise Misfit(("derived", key, "of"), f"'{member.name}' stands twice")
    if entry.cross:
        yield _crossing(key, entry, parts)
    elif entry.score:
        yield _score(key, entry, members, entry.score)
    elif entry.first_asked:
        yield _first_asked(key, entry, members)
    elif entry.selected:
        yield from _set(key, entry, members)
    elif entry.themes:
        if len(members) > 1:
            raise Misfit(("derived", key, "of"), "themes are those of one text")
        for theme in entry.themes:
            yield _variable(key, members, name=f"{key}_{theme.name}", label=theme.label, item=theme.name,
                            categories=selection("mentioned"))  # fmt: skip
    elif isinstance(entry.of, str) and members[0].name == entry.of:
        yield _merged(key, entry, members[0], name=key, label=entry.label)
    else:
        for item, member in _items(members):
            yield _merged(key, entry, member, name=f"{key}_{item}", label=member.label, item=item)


def _variable(key: str, members: Sequence[Variable], **fields: Any) -> Variable:
    """A derived variable with what all of them have; its question is that of its parts."""
    questions = [
        m.question for place, m in enumerate(members) if m.question not in [n.question for n in members[:place]]
    ]
    question: Text = {lang: " ".join(text[lang] for text in questions) for lang in _common(questions)}
    common: dict[str, Any] = {
        "kind": "categorical",
        "source": key,
        "derived": True,
        "rests_on": tuple(m.name for m in members),
    }
    return Variable(question=question, **(common | fields))


def _items(members: Sequence[Variable]) -> list[tuple[str, Variable]]:
    """Members with short names: their items if all are items of one question, otherwise their own names."""
    of_one = len({m.source for m in members}) == 1 and all(m.item is not None for m in members)
    return [((m.item or m.name) if of_one else m.name, m) for m in members]


def _merged(key: str, entry: Derived, base: Variable, **fields: Any) -> Variable:
    known = [c.name for c in base.categories]
    for way in ("top", "bottom"):
        if n := getattr(entry, way):
            if not base.ordered:
                raise Misfit(("derived", key, way), f"'{base.name}' is not ordered: it has no {way} categories")
            if n >= len(known):
                raise Misfit(
                    ("derived", key, way), f"{n} of the {len(known)} categories of '{base.name}' leave no rest"
                )
    if entry.bands:
        parts: Sequence[Named] = entry.bands
    else:
        parts = groups = entry.merged(base)
        used = [name for group in groups for name in group.of]
        for name in used:
            if name not in known:
                raise Misfit(("derived", key), one_of("unknown category", name, known))
        if twice := sorted({name for name in used if used.count(name) > 1}):
            raise Misfit(("derived", key), f"in two groups: {', '.join(twice)}")
        if left := [name for name in known if name not in used]:
            raise Misfit(("derived", key), f"no group for {', '.join(left)}")
    categories = tuple(Category(name=p.name, code=i, label=p.label) for i, p in enumerate(parts, start=1))
    return _variable(key, [base], categories=categories, ordered=not entry.groups, **fields)


def _set(key: str, entry: Derived, members: Sequence[Variable]) -> Iterator[Variable]:
    for member in members:
        known = [c.name for c in member.categories]
        for name in entry.selected:
            if name not in known:
                raise Misfit(
                    ("derived", key, "selected"), f"'{member.name}': " + one_of("unknown category", name, known)
                )
        if set(known) <= set(entry.selected):
            raise Misfit(("derived", key, "selected"), f"all categories of '{member.name}' would be selected")
    options = _items(members)
    if entry.other is not None:
        last = [option for option in options if entry.other in (option[0], option[1].name)]
        if not last:
            raise Misfit(("derived", key, "other"), one_of("unknown member", entry.other, [i for i, _ in options]))
        options = [option for option in options if option not in last] + last
    for item, member in options:
        yield _variable(key, [member], name=f"{key}_{item}", label=member.label, item=item,
                        categories=selection("selected"), other=entry.other in (item, member.name))  # fmt: skip
    if entry.none is not None:
        yield _variable(key, members, name=f"{key}_{entry.none.name}", label=entry.none.label, item=entry.none.name,
                        categories=selection("selected"), exclusive=True)  # fmt: skip


def _crossing(key: str, entry: Derived, parts: Sequence[tuple[Variable, ...]]) -> Variable:
    for name, group in zip(entry.names, parts, strict=True):
        if group[0].name != name:
            raise Misfit(("derived", key, "of"), f"'{name}' is several variables; a crossing needs single ones")
    if len(parts) < 2:
        raise Misfit(("derived", key, "of"), "a crossing needs two variables or more")
    members = [group[0] for group in parts]
    cells = list(product(*(member.categories for member in members)))
    names = ["_".join(category.name for category in cell) for cell in cells]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Misfit(("derived", key), f"two combinations would be named '{twice[0]}'; rename a category")
    categories = tuple(
        Category(
            name=name,
            code=code,
            label={lang: ", ".join(c.label[lang] for c in cell) for lang in _common([c.label for c in cell])},
        )
        for code, (name, cell) in enumerate(zip(names, cells, strict=True), start=1)
    )
    return _variable(key, members, name=key, label=entry.label, categories=categories)


def _score(key: str, entry: Derived, members: Sequence[Variable], score: Score) -> Variable:
    here = ("derived", key, "score")
    if len(members) < 2:
        raise Misfit(("derived", key, "of"), "a score needs two items or more")
    scale = [(c.name, c.code) for c in members[0].categories]
    codes = [code for _, code in scale]
    for member in members:
        if not member.ordered:
            raise Misfit(here, f"'{member.name}' is not ordered: its codes are no steps of a scale")
        if [(c.name, c.code) for c in member.categories] != scale:
            raise Misfit(here, f"'{members[0].name}' and '{member.name}' have different scales")
    if codes not in (sorted(codes), sorted(codes, reverse=True)):
        raise Misfit(here, f"the codes of '{members[0].name}' neither rise nor fall along its scale")
    known = [name for item, member in _items(members) for name in (item, member.name)]
    for name in score.reversed:
        if name not in known:
            raise Misfit((*here, "reversed"), one_of("unknown item", name, dict.fromkeys(known)))
    if score.at_least is not None and score.at_least > len(members):
        raise Misfit((*here, "at_least"), f"{score.at_least} answered items of {len(members)} cannot be")
    times = len(members) if score.method == "sum" else 1
    return _variable(key, members, name=key, label=entry.label, kind="number", minimum=times * min(codes),
                     maximum=times * max(codes))  # fmt: skip


def _first_asked(key: str, entry: Derived, members: Sequence[Variable]) -> Variable:
    if len(members) < 2:
        raise Misfit(("derived", key, "of"), "the first number asked needs two numbers or more")
    lows, highs = ([member.limits[end] for member in members] for end in (0, 1))
    return _variable(key, members, name=key, label=entry.label, kind="number", minimum=min(lows), maximum=max(highs))
