"""What a picture leaves out beside what print withholds."""

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.missing_shares import missing_share
from kzm_surveys.plots.dots import DotBlock, dots
from kzm_surveys.plots.heatmap import heatmap
from kzm_surveys.plots.plotted import plotted
from kzm_surveys.plots.protected import left_out, left_out_of_sums
from kzm_surveys.plots.share_grid import of_banner
from kzm_surveys.plots.stacked import stacked_bars
from tests.plots.faults import words
from tests.plots.made import FRAME


def test_beside_one_withheld_share_goes_the_smallest_other_that_is_not_zero():
    withheld = np.array([True, False, False, False])
    assert left_out(["q"] * 4, np.array([0.02, 0.0, 0.28, 0.7]), withheld).tolist() == [True, False, True, False]


def test_a_share_of_nothing_goes_only_if_there_is_no_other():
    assert left_out(["q"] * 2, np.array([1.0, 0.0]), np.array([True, False])).tolist() == [True, True]


def test_a_cell_that_several_sums_tell_together_is_not_told():
    # Two squares of withheld cells and one that joins them: no sum lacks a single cell.
    withheld = np.zeros((5, 5), dtype=bool)
    withheld[:2, :2] = withheld[2:4, 2:4] = withheld[1, 2] = True
    place = np.arange(25).reshape(5, 5)
    sums = [*place, *place.T]
    assert tells(sums, withheld.ravel(), withheld.ravel()) == [place[1, 2]]
    out = left_out_of_sums(sums, np.where(withheld, 2.0, 10.0).ravel(), withheld.ravel())
    assert not tells(sums, out, withheld.ravel())


@pytest.mark.parametrize("seed", range(60))
def test_a_banner_gives_no_withheld_cell_away(seed):
    random = np.random.default_rng(seed)
    lines, groups, n = int(random.integers(3, 6)), int(random.integers(2, 6)), int(random.integers(60, 400))
    shares = random.dirichlet(np.full(lines, 0.5), groups)
    group = random.choice(groups, n)
    names = [f"c{i}" for i in range(lines)]
    answers = pd.Categorical([names[random.choice(lines, p=shares[i])] for i in group], categories=names)
    design = SurveyDesign(pd.DataFrame({"q": answers, "g": [f"g{i}" for i in group]}), sampling="opt_in")
    banner = kzm.banner(design, ["q"], ["g"], nets={"q": {"net": names[::2]}})
    table = banner.tables[0]
    withheld = np.array([["small_cell" in flag for flag in line] for line in table.flag])
    grid = of_banner(banner, "en", variable=None, marks=False)
    out = np.array([[cell.instead == "z" for cell in line] for line in grid.cells])
    place = np.arange(out.size).reshape(out.shape)
    members = [place[names.index(name)] for name in names[::2]]
    sums = [*place[:lines].T, *np.stack([place[lines], *members]).T, *place]
    assert not (withheld & ~out).any()
    assert not tells(sums, out.ravel(), withheld.ravel())


@pytest.fixture
def people():
    """Three of the third group said a: print withholds it; a second break, and everybody, tell the sum."""
    answers = {"q": ["a"] * 40 + ["b"] * 60 + ["a"] * 30 + ["b"] * 70 + ["a"] * 3 + ["b"] * 50}
    groups = {"g": ["x"] * 100 + ["y"] * 100 + ["z"] * 53, "sex": (["f", "m"] * 127)[:253]}
    frame = pd.DataFrame(answers | groups).astype({"q": pd.CategoricalDtype(["a", "b"], ordered=True)})
    return SurveyDesign(frame, sampling="opt_in")


@pytest.mark.parametrize("other", [None, "sex"])
def test_a_bar_beside_the_total_or_another_break_does_not_give_a_withheld_one_away(people, other):
    parts = [kzm.proportion(people, "q", by=other), kzm.proportion(people, "q", by="g")]
    figure = stacked_bars(parts, FRAME, lang="en")
    assert len(words(figure, "withheld")) == 2
    told = plotted(parts, "en", together=True).set_index("by_category")["estimate"]
    assert told.loc[["x", "z"]].isna().all()
    assert told.loc["y"].tolist() == pytest.approx([0.3, 0.7])


def test_dots_of_two_breaks_do_not_give_a_withheld_one_away(people):
    blocks = [DotBlock(by, kzm.proportion(people, "q", by=by, categories=["a"])) for by in ("g", "sex")]
    figure = dots(blocks, FRAME, lang="en")
    assert len(words(figure, "withheld")) == 2
    told = plotted(blocks, "en").set_index("by_category")["estimate"]
    assert told.index[told.isna()].tolist() == ["x", "z"]


def test_a_break_alone_leaves_out_only_what_print_withholds(people):
    groups = kzm.proportion(people, "q", by="g", categories=["a"])
    assert words(dots(groups, FRAME, lang="en"), "number") == ["40.0%", "30.0%"]


def test_the_table_has_no_count_of_those_asked_beside_a_withheld_reason(noise):
    reasons = [missing_share(noise, f"annoyance_{name}", ["no_such_source"]) for name in ("railway", "road")]
    told = plotted(reasons, "en")
    assert told["n"].tolist() == [508, 508]
    told = plotted([reasons[0], reasons[1].renamed(flag="small_cell")], "en")
    assert told["estimate"].notna().tolist() == [True, False]
    assert told["n"].isna().all()


@pytest.mark.parametrize("percent", ["column", "total"])
def test_a_table_of_all_asked_where_everybody_answered_gives_no_cell_away(noise, percent):
    age, place = (noise.frame[name].astype(str) for name in ("age_group", "place_type"))
    young = (age == "18_39") & (place == "suburb")
    here = (place != "countryside") & (~young | (young.cumsum() <= 3))
    table = kzm.crosstab(noise, "age_group", "place_type", percent=percent, base="asked", test=None, where=here)
    told = plotted(table, "en")
    assert told["flag"].str.contains("small_cell").sum() == 1
    hidden = told["estimate"].isna() & (told["n"] > 0)
    assert hidden.sum() == 2
    assert len(words(heatmap(table, FRAME, lang="en"), "withheld")) == 2


def tells(sums, out, withheld):
    """Withheld cells that follow from the sums: adding one to the equations as known does not raise their rank."""
    equations = np.zeros((len(sums), len(out)))
    for equation, places in zip(equations, sums, strict=True):
        equation[places] = 1
    equations[:, ~out] = 0
    rank = np.linalg.matrix_rank(equations)
    return [k for k in np.flatnonzero(withheld)
            if np.linalg.matrix_rank(np.vstack([equations, np.eye(len(out))[k]])) == rank]  # fmt: skip
