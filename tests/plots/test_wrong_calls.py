"""What every kind says of data, languages and widths that it cannot draw: one error of the package."""

import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.errors import KzmError
from kzm_surveys.plots.bars import bars
from kzm_surveys.plots.changes import dumbbell, slope
from kzm_surveys.plots.dots import DotBlock, dots, grouped_dots
from kzm_surveys.plots.forest import forest
from kzm_surveys.plots.heatmap import heatmap
from kzm_surveys.plots.histogram import histogram
from kzm_surveys.plots.multiples import multiples
from kzm_surveys.plots.population import population_pyramid
from kzm_surveys.plots.stacked import stacked_bars
from kzm_surveys.plots.survival import survival
from kzm_surveys.plots.weights import margins_before_and_after, weight_histogram

KINDS = [
    bars, dots, grouped_dots, stacked_bars, heatmap, multiples, histogram, survival, forest, dumbbell, slope,
    population_pyramid, margins_before_and_after, weight_histogram,
]  # fmt: skip
WRONG = {
    "nothing": None, "text": "annoyance_port", "numbers": [0.1, 0.2], "frame": pd.DataFrame({"a": [1]}), "no list": [],
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("kind", KINDS)
def test_data_of_another_kind_are_refused(kind, what):
    with pytest.raises(KzmError):
        kind(WRONG[what])


@pytest.fixture(scope="module")
def drawable(noise):
    def highly(name):
        return kzm.proportion(noise, name, by="sex", categories=["very"])

    port, road = DotBlock("port", highly("annoyance_port")), DotBlock("road", highly("annoyance_road"))
    scale = kzm.proportion(noise, "annoyance_overall")
    shares = kzm.proportion(noise, "annoyance_port")
    return {
        bars: shares, dots: port.groups, grouped_dots: [port, road], stacked_bars: [shares], multiples: [port],
        heatmap: kzm.crosstab(noise, "annoyance_port", "sex"), histogram: scale, population_pyramid: noise,
        margins_before_and_after: noise, weight_histogram: noise,
        forest: kzm.glm(noise, "highly_annoyed_port ~ sex", family="binomial"),
    }  # fmt: skip


@pytest.mark.parametrize(("options", "said"), [({"width": "third"}, "unknown width"), ({"lang": "it"}, "'it'")])
def test_a_width_or_language_that_there_is_not_is_refused(drawable, options, said):
    for kind, data in drawable.items():
        with pytest.raises(KzmError, match=said):
            kind(data, **options)


def test_no_row_at_all_is_refused(drawable):
    for kind in (bars, dots, histogram):
        with pytest.raises(KzmError):
            kind(drawable[kind].take([]))
