"""Draw synthetic answers: exact counts where a number was published, sensible associations, routing obeyed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from kzm_surveys.arrays import FloatArray
from kzm_surveys.codebook import Codebook, Variable
from kzm_surveys.errors import CodebookError
from kzm_surveys.loaders.derive import categorical, derive, reason_names, reasons_column
from kzm_surveys.synthesis.constraints import ShareConstraint, exact_counts, possible_base
from kzm_surveys.synthesis.recipe import Recipe, VariableRecipe

BoolArray = npt.NDArray[np.bool_]


class Draw:
    """Answers under construction; ``responses`` and ``missing`` grow question by question.

    Every answer has a latent standard normal score: shifts by earlier answers, shared traits, and noise.
    Categories are cut from the ranks of the scores, so that counts are exact whatever the associations.
    """

    def __init__(
        self, codebook: Codebook, recipe: Recipe, n: int, seed: int,
        constraints: Mapping[str, list[ShareConstraint]], *, exact: bool,
    ) -> None:  # fmt: skip
        self.codebook, self.recipe, self.n = codebook, recipe, n
        self.random = np.random.default_rng(seed)
        self.constraints, self.exact = constraints, exact
        self.index = pd.RangeIndex(1, n + 1, name="id")
        self.traits = {name: self.random.standard_normal(n) for name in recipe.factors}
        self.responses: dict[str, pd.Series[object]] = {}
        self.missing: dict[str, pd.Series[object]] = {}

    def run(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Draw all questions in order, derived variables as soon as their base is there."""
        for key, question in self.codebook.questions.items():
            members = [v for v in self.codebook.variables.values() if v.source == key and not v.derived]
            if question.kind == "multiple":
                self._draw_set(key, members)
            else:
                for variable in members:
                    self._draw_one(variable)
            self._derive_ready()
        names = list(self.codebook.variables)
        return pd.DataFrame(self.responses)[names], pd.DataFrame(self.missing)[names]

    def _derive_ready(self) -> None:
        for variable in self.codebook.variables.values():
            ready = variable.derived and self.responses.keys() >= set(variable.rests_on)
            if ready and variable.name not in self.responses:
                self.responses[variable.name], self.missing[variable.name], _ = derive(
                    variable, self.codebook, self.responses, self.missing
                )

    def _asked(self, variable: Variable) -> BoolArray:
        asked = np.ones(self.n, dtype=bool)
        for gate, answers in variable.asked_if.items():
            asked &= self.responses[gate].isin(answers).to_numpy()
        return asked

    def _scores(self, recipe: VariableRecipe) -> FloatArray:
        loadings = sum(loading**2 for loading in recipe.factors.values())
        scores = self.random.standard_normal(self.n) * np.sqrt(max(1 - loadings, 0.05))
        for factor, loading in recipe.factors.items():
            scores += loading * self.traits[factor]
        for gate, amount in recipe.shift.items():
            variable, _, category = gate.rpartition(".")
            scores += amount * (self.responses[variable] == category).to_numpy()
        return scores

    def _reasons(
        self, variable: Variable, recipe: VariableRecipe, asked: BoolArray, constraints: list[ShareConstraint]
    ) -> npt.NDArray[np.object_]:
        """Reasons for missing answers; their number is trimmed so that published shares can be met."""
        why = np.full(self.n, None, dtype=object)
        why[~asked] = "not_asked"
        people = self.random.permutation(np.flatnonzero(asked))
        counts = {reason: round(share * len(people)) for reason, share in recipe.missing.items()}
        if constraints and self.exact:
            base = possible_base(constraints, len(people) - sum(counts.values()), len(people))
            surplus = len(people) - (len(people) if base is None else base) - sum(counts.values())
            for reason in sorted(counts, key=lambda name: counts[name], reverse=True):
                step = max(surplus, -counts[reason])
                counts[reason] += step
                surplus -= step
        start = 0
        for reason, count in counts.items():
            why[people[start : start + count]] = reason
            start += count
        return why

    def _draw_one(self, variable: Variable) -> None:
        recipe = self.recipe.of(variable)
        asked = self._asked(variable)
        banded = self.constraints.get(recipe.bands, []) if recipe.bands else []
        constraints = [*self.constraints.get(variable.name, []), *banded]
        why = self._reasons(variable, recipe, asked, constraints)
        answered = np.array([reason is None for reason in why])
        if variable.kind == "text":
            texts = np.array(recipe.texts or (f"besedilo – {variable.label['sl']}",), dtype=object)
            drawn = self.random.choice(texts, self.n)
            column = pd.Series(drawn, index=self.index, dtype="str").where(answered)
        elif variable.kind == "date":
            raise CodebookError(f"'{variable.name}' is a date, and dates are not drawn. Drop it for synthetic answers.")
        elif variable.kind == "number":
            column = self._number(variable, recipe, answered, constraints)
        else:
            shares = recipe.shares or {c.name: 1.0 for c in variable.categories}
            codes = self._cut(self._scores(recipe), answered, shares, variable, constraints)
            column = categorical(codes, variable, self.index)
        self._keep(variable, column, why)

    def _keep(self, variable: Variable, column: pd.Series[object], why: npt.NDArray[np.object_]) -> None:
        self.responses[variable.name] = column.rename(variable.name)
        names = reason_names(self.codebook)
        codes = np.array([-1 if reason is None else names.index(reason) for reason in why], np.int64)
        self.missing[variable.name] = reasons_column(codes, self.codebook, self.index)

    def _cut(
        self, scores: FloatArray, answered: BoolArray, shares: Mapping[str, float], variable: Variable,
        constraints: list[ShareConstraint],
    ) -> npt.NDArray[np.int64]:  # fmt: skip
        """Category numbers by rank of the scores, with exact counts."""
        names = [c.name for c in variable.categories]
        full = {name: shares.get(name, 0.0) for name in names}
        counts = exact_counts(full, int(answered.sum()), constraints, exact=self.exact)
        people = np.flatnonzero(answered)
        ranked = people[np.argsort(scores[people], kind="stable")]
        codes = np.full(self.n, -1, np.int64)
        codes[ranked] = np.repeat(np.arange(len(names)), [counts[name] for name in names])
        return codes

    def _number(
        self,
        variable: Variable,
        recipe: VariableRecipe,
        answered: BoolArray,
        constraints: list[ShareConstraint],
    ) -> pd.Series[object]:
        low, high = variable.limits
        scores = self._scores(recipe)
        if recipe.bands is not None:
            values = self._in_bands(self.codebook[recipe.bands], recipe, scores, answered, constraints, low, high)
        else:
            mean = (low + high) / 2 if recipe.mean is None else recipe.mean
            sd = (high - low) / 6 if recipe.sd is None else recipe.sd
            values = np.round(mean + sd * scores)
        ceiling = np.full(self.n, high)
        if recipe.at_most is not None:
            ceiling = np.minimum(high, self.responses[recipe.at_most].fillna(high).to_numpy(np.float64))
        # Folding at the limits keeps them from piling up cases.
        values = np.where(values < low, 2 * low - values, values)
        values = np.where(values > ceiling, np.round(self.random.uniform(low, np.maximum(ceiling, low))), values)
        return pd.Series(values, index=self.index).where(answered)

    def _in_bands(
        self, bands: Variable, recipe: VariableRecipe, scores: FloatArray, answered: BoolArray,
        constraints: list[ShareConstraint], low: float, high: float,
    ) -> FloatArray:  # fmt: skip
        """Whole numbers inside the bands drawn by their shares; an open upper band thins out."""
        shares = recipe.shares or {c.name: 1.0 for c in bands.categories}
        codes = self._cut(scores, answered, shares, bands, constraints)
        out = np.zeros(self.n)
        for position, band in enumerate(self.codebook.derived[bands.source].bands):
            here = codes == position
            first = low if band.lowest is None else band.lowest
            if band.highest is None:
                tail = self.random.exponential((high - first) / 4, here.sum())
                out[here] = first + np.floor(np.mod(tail, high - first))
            else:
                out[here] = self.random.integers(int(first), int(band.highest) + 1, here.sum())
        return out

    def _draw_set(self, key: str, members: list[Variable]) -> None:
        """A select-all set: exclusive options first, the others among the rest, then the texts."""
        question = self.codebook.questions[key]
        options = {v.item: v for v in members if v.other_text_of is None}
        first = next(iter(options.values()))
        asked = self._asked(first)
        why = self._reasons(first, self.recipe.of(first), asked, [])
        answered = np.array([reason is None for reason in why])
        chosen = {item.name: np.zeros(self.n, dtype=bool) for item in question.items}
        taken = np.zeros(self.n, dtype=bool)
        for item in sorted(question.items, key=lambda item: not item.exclusive):
            variable = options[item.name]
            recipe = self.recipe.of(variable)
            share = recipe.shares.get(item.name, 0.0 if item.other or item.exclusive else 0.3)
            pool = np.flatnonzero(answered & ~taken)
            count = min(round(share * int(answered.sum())), len(pool))
            scores = self._scores(recipe)[pool]
            chosen[item.name][pool[np.argsort(-scores, kind="stable")[:count]]] = True
            if item.exclusive:
                taken |= chosen[item.name]
        nothing = answered & ~np.logical_or.reduce(list(chosen.values()))
        exclusive = [item.name for item in question.items if item.exclusive]
        if exclusive:
            chosen[exclusive[0]] |= nothing
        else:
            why[nothing] = "no_answer"
            answered &= ~nothing
        for item in question.items:
            variable = options[item.name]
            codes = np.where(answered, chosen[item.name].astype(np.int64), -1)
            self._keep(variable, categorical(codes, variable, self.index), why)
            for text in (v for v in members if v.other_text_of == variable.name):
                self._draw_one(text)
