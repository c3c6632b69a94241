import math

import numpy as np
import pytest

from kzm_surveys import EstimationError
from kzm_surveys.estimation.multiplicity import adjust_p_values

P = [0.011, 0.02, 0.0001, 0.5, 0.04, 0.04]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # p.adjust(c(.011, .02, .0001, .5, .04, .04), "holm"); sorted p times 6 5 4 3 2 1, never falling
        ("holm", [0.055, 0.08, 0.0006, 0.5, 0.12, 0.12]),
        # p.adjust(..., "BH"); sorted p times 6/1 6/2 6/3 6/4 6/5 6/6, smallest from the end
        ("benjamini_hochberg", [0.033, 0.04, 0.0006, 0.5, 0.048, 0.048]),
        ("none", P),
    ],
)
def test_equals_r(method, expected):
    np.testing.assert_allclose(adjust_p_values(P, method=method), expected, rtol=1e-12)


def test_what_has_no_test_does_not_count():
    found = adjust_p_values([0.02, math.nan, 0.04])
    np.testing.assert_allclose(found, [0.04, math.nan, 0.04])


def test_the_shape_stays_and_the_input_too():
    p = np.array([[0.5, 0.01], [0.02, 1.0]])
    before = p.copy()
    assert adjust_p_values(p).tolist() == [[1.0, 0.04], [0.06, 1.0]]
    np.testing.assert_array_equal(p, before)


@pytest.mark.parametrize("p", [[], [math.nan, math.nan]])
def test_without_tests_nothing_is_corrected(p):
    np.testing.assert_array_equal(adjust_p_values(p), p)


@pytest.mark.parametrize(
    ("p", "method", "words"),
    [
        ([0.1], "bonferoni", "unknown correction 'bonferoni'"),
        ([1.2], "holm", "between 0 and 1"),
        ([-0.1], "none", "between 0 and 1"),
        ([math.inf], "holm", "between 0 and 1"),
    ],
)
def test_bad_input_says_why(p, method, words):
    with pytest.raises(EstimationError, match=words):
        adjust_p_values(p, method=method)


@pytest.mark.parametrize(("method", "theirs"), [("holm", "holm"), ("benjamini_hochberg", "fdr_bh")])
def test_equals_statsmodels(method, theirs):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(1).uniform(0, 0.2, 50).round(2)  # with ties
    np.testing.assert_allclose(adjust_p_values(p, method=method), multipletests(p, method=theirs)[1], rtol=1e-12)
