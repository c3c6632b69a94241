"""Each rule at its boundary; widths from R's qbeta, by m = min(n, n_eff (qt(.975, n-1) / qt(.975, df))^2) and

lo = qbeta(.025, m p, m (1-p) + 1); hi = qbeta(.975, m p + 1, m (1-p)), R 4.2.2.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special

import kzm_surveys as kzm
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation import quality
from kzm_surveys.estimation.quality import MARKS, RULES, WITHHELD, korn_graubard_width, legend, marks, quality_flags
from kzm_surveys.language.numbers import NBSP
from kzm_surveys.wave import Thresholds

#: No rule of precision speaks under these.
LOOSE = {"smallest_n_eff": 1e-9, "narrow": 0.99, "wide": 1.0, "fewest_df": 1e-9}


def flags(n, cell_n, p=None, *, n_eff=None, df=None, shares=True, opt_in=False, **limits):
    """Flags of rows of which the effective size is given in place of the standard error; se² = p(1-p)/n_eff."""
    n, cell_n = np.atleast_1d(n), np.atleast_1d(cell_n)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = cell_n / n if p is None else np.broadcast_to(np.asarray(p, np.float64), n.shape)
        se = np.sqrt(p * (1 - p) / (n if n_eff is None else np.asarray(n_eff)))
    df = n - 1.0 if df is None else np.broadcast_to(np.asarray(df, np.float64), n.shape)
    return quality_flags(
        thresholds=Thresholds(**limits), n=n, cell_n=cell_n, estimate=p, se=se, df=df, shares=shares, opt_in=opt_in
    ).tolist()


def test_a_base_is_small_under_thirty_answers():
    assert flags([29, 30], [15, 15], **LOOSE) == ["small_base", ""]
    assert flags([29, 30], [15, 15], **LOOSE, smallest_base=20) == ["", ""]
    assert flags([29, 30], [15, 15], **LOOSE, smallest_base=31) == ["small_base", "small_base"]


def test_a_cell_of_one_to_four_answers_is_small_and_so_is_its_complement():
    n = np.full(8, 100)
    cells = np.array([0, 1, 4, 5, 95, 96, 99, 100])
    expected = ["review", "small_cell", "small_cell", "", "", "small_cell", "small_cell", "review"]
    assert flags(n, cells, **LOOSE) == expected
    assert flags(n[:4], [9, 10, 91, 90], **LOOSE, smallest_cell=10) == ["small_cell", "", "small_cell", ""]


def test_every_share_of_a_base_of_four_is_withheld():
    found = flags(np.full(5, 4), np.arange(5), **LOOSE)
    assert all("small_cell" in flag for flag in found)  # 0 of 4 tells what all four did not answer


def test_a_mean_has_its_base_for_a_cell_and_no_standard_of_precision():
    assert flags([4, 5, 30], [4, 5, 30], 12.5, shares=False) == ["small_cell small_base", "small_base", ""]


def test_an_empty_base_is_empty_and_nothing_else_is_known_of_it():
    assert flags([0], [0], np.nan) == ["empty small_base"]
    assert flags([0], [0], np.nan, opt_in=True) == ["empty small_base opt_in"]


def test_effective_size_must_reach_thirty():
    # 97 % of 60: the interval on 31 is 0.163 wide and 17 % of the share, that on 29 is 0.170 and 18 %.
    assert flags([60] * 3, [55] * 3, 0.97, n_eff=[31.0, 30.0, 29.0]) == ["", "", "imprecise"]
    assert flags([60] * 3, [55] * 3, 0.97, n_eff=[31.0, 30.0, 29.0], smallest_n_eff=30.5) == [
        "",
        "imprecise",
        "imprecise",
    ]


#: p, n, n_eff, df -> width by R.
WIDTHS = [
    (0.1, 200, 100.0, 30, 0.1320821610221037),
    (0.1, 200, 100.0, 9, 0.147418617798687),
    (0.5, 400, 250.0, 399, 0.127314717361324),
    (0.5, 100, 400.0, 5, 0.203357740993398),  # n_eff 400 (1.984/2.571)² = 238 is more than n, so m = 100
    (0.0, 60, 60.0, 10, 0.0596294922861669),  # 1 - 0.025^(1/60)
    (1.0, 60, 60.0, 10, 0.0596294922861669),
    (0.97, 60, 31.0, 59, 0.162908539839314),
    (0.02, 400, 400.0, 399, 0.0303531063425018),
    (0.02, 80, 80.0, 79, 0.07809378353308793),
    (0.5, 45, 45.0, 44, 0.305294130187955),
]


def test_width_is_that_of_r():
    p, n, n_eff, df, width = np.array(WIDTHS).T
    assert korn_graubard_width(p, n, n_eff, df) == pytest.approx(width, rel=1e-10)


def test_worked_example_of_the_standards():
    # 10 % of n = 200 with a design effect of 2, so n_eff = 100. With 199 degrees of freedom m = 100 and the interval is
    # 0.0490 to 0.1762 (Clopper-Pearson, 10 of 100), 0.1272 wide, 127 % of the share: shown. With 30 degrees of freedom
    # m = 100 (1.97196/2.04227)² = 93.2, the interval 0.0475 to 0.1796, 0.1321 wide, 132 %: not shown.
    assert flags([200, 200], [20, 20], 0.1, n_eff=100, df=[199, 30]) == ["", "imprecise"]


def test_a_narrow_interval_is_shown_however_wide_it_is_beside_the_share():
    # 2 % of 400: 0.030 wide, 152 % of the share. 2 % of 80: 0.078 wide, 390 %.
    assert flags([400, 80], [8, 8], 0.02) == ["", "imprecise"]
    assert flags([400], [8], 0.02, narrow=0.03) == ["imprecise"]


def test_bounds_of_the_width():
    width = 0.127314717361324  # 50 % with n_eff = 250 of n = 400: 25.46 % of the share

    def found(**limits):
        return flags([400], [200], 0.5, n_eff=250, **limits)

    assert found() == [""]
    assert found(narrow=0.01, wide=width) == ["imprecise"]  # wide itself is too wide
    assert found(narrow=0.01, wide=width + 1e-6) == [""]
    assert found(narrow=0.01, relative_width=2 * width) == [""]  # relative_width itself is not
    assert found(narrow=0.01, relative_width=2 * width - 1e-6) == ["imprecise"]
    assert found(narrow=width, wide=width + 1e-6, relative_width=0.1) == [""]  # nor is narrow itself
    assert found(narrow=width - 1e-6, wide=width, relative_width=0.1) == ["imprecise"]


def test_thirty_points_are_too_wide():
    # R: 50 % of 46 is 0.30192 wide, of 47 0.29866.
    assert flags([46, 47], [23, 23], 0.5) == ["imprecise", ""]


def test_review_under_eight_degrees_of_freedom_and_at_0_and_100_percent():
    assert flags([400] * 3, [200] * 3, 0.5, df=[7, 8, np.nan])[:2] == ["review", ""]
    assert flags([400], [200], 0.5, df=7, fewest_df=7) == [""]
    # 0 of 80: 0 to 0.045, narrow. 0 of 60: 0 to 0.060, wider than any share of nothing. 60 of 60: 6 % of the share.
    assert flags([80, 60, 60], [0, 0, 60]) == ["review", "imprecise review", "review"]
    assert flags([80], [80], 1 - 1e-15) == ["review"]  # 1 but for rounding


def test_a_share_without_an_interval_is_imprecise():
    n = np.array([100, 100])
    found = quality_flags(
        thresholds=Thresholds(), n=n, cell_n=np.array([50, 50]), estimate=np.array([0.5, 0.5]),
        se=np.array([np.nan, 0.05]), df=np.array([99.0, 0.0]), shares=True, opt_in=False,
    )  # fmt: skip
    assert found.tolist() == ["imprecise", "imprecise review"]


def test_opt_in_samples_have_no_precision_and_keep_their_small_cells():
    assert flags([100, 20, 40], [0, 10, 3], opt_in=True) == ["opt_in", "small_base opt_in", "small_cell opt_in"]


def test_the_quick_width_is_never_off_by_more_than_it_says():
    p = np.concatenate([[0.0, 1.0], 1 - np.geomspace(1e-5, 1, 300)[:-1], np.geomspace(1e-5, 1, 300)[:-1]])
    for n in np.unique(np.geomspace(30, 1e6, 60).astype(int)).astype(float):
        for df in (8.0, 21.0, n - 1, 2 * n):
            for deff in (0.7, 1.0, 3.0):
                each = (p, np.full(p.shape, n), np.full(p.shape, n / deff), np.full(p.shape, df))
                rough, error = quality._width_roughly(*each)
                assert (np.abs(rough - korn_graubard_width(*each)) <= error).all(), (n, df, deff)
    assert np.isfinite(error).any()


def test_flags_are_those_of_the_full_computation():
    # The same standards, written out per row with exact intervals.
    rng = np.random.default_rng(5)
    n = rng.integers(20, 900, 3000)
    p = rng.beta(0.6, 1.2, 3000).clip(0.001, 0.999)
    n_eff, df = n / rng.uniform(0.6, 4, 3000), np.where(rng.random(3000) < 0.5, n - 1.0, rng.integers(5, 60, 3000))
    m = np.minimum(n, n_eff * (special.stdtrit(n - 1.0, 0.975) / special.stdtrit(df, 0.975)) ** 2)
    width = special.betaincinv(m * p + 1, m * (1 - p), 0.975) - special.betaincinv(m * p, m * (1 - p) + 1, 0.025)
    shown = (np.minimum(n, n_eff) >= 30) & ((width <= 0.05) | ((width < 0.30) & (width <= 1.30 * p)))
    found = flags(n, n // 2, p, n_eff=n_eff, df=df)
    assert 500 < shown.sum() < 2500
    assert ["imprecise" not in flag for flag in found] == shown.tolist()


def test_names_stand_in_the_order_of_the_rules():
    assert flags([20], [3]) == ["small_cell small_base imprecise"]
    assert [rule.name for rule in RULES][-1] == "opt_in"
    assert set(MARKS) == {rule.name for rule in RULES} - {"opt_in"}
    assert {"small_cell"} == WITHHELD


def test_what_print_withholds_is_asked_at_one_place():
    found = np.array(["", "review", "small_cell", "small_cell small_base opt_in"], dtype=object)
    assert quality.withheld(found).tolist() == [False, False, True, True]
    assert quality.withheld(found.reshape(2, 2)).shape == (2, 2)
    assert [marks(flag) for flag in found] == ["", "!", "z", "z"]
    assert marks("small_base imprecise") == f"M{NBSP}~"
    assert marks("empty small_base opt_in") == "–"


def test_the_legend_explains_every_mark_that_stands_and_no_other():
    assert legend([""], Thresholds(), "sl") == []
    assert [line[0] for line in legend(["small_cell small_base", "empty small_base"], Thresholds(), "sl")] == ["–", "z"]
    everything = [rule.name for rule in RULES]
    for lang in ("sl", "en"):
        lines = legend(everything, Thresholds(), lang)
        assert [line[0] for line in lines[:-1]] == list(MARKS.values())
        assert len(lines) == len(RULES)
    limits = Thresholds(smallest_base=50, smallest_cell=3, smallest_n_eff=45.5, narrow=0.025, wide=0.4, fewest_df=12)
    found = " ".join(legend(everything, limits, "sl")).replace(NBSP, " ")
    for words in ("manj kot 3)", "manjše od 50)", "manjša od 45,5", "95-odstotni", "širši od 2,5 o. t.",
                  "vsaj 40 o. t.",
                  "od 130 % deleža", "manjše od 12", "0 % oziroma 100 %"):  # fmt: skip
        assert words in found


def test_flags_of_estimates_follow_the_thresholds_of_the_wave():
    survey = kzm.load("surveys/noise/2021")
    counts = survey.responses["annoyance_port"].value_counts()
    least, n = int(counts.min()), int(counts.sum())
    strict = survey.wave.model_copy(update={"quality": Thresholds(smallest_base=n + 1, smallest_cell=least + 1)})
    changed = replace(survey, wave=strict)
    plain, marked = (kzm.proportion(SurveyDesign.from_survey(one), "annoyance_port") for one in (survey, changed))
    assert set(plain.frame["flag"]) == {""}
    assert all("small_base" in row.flag for row in marked)
    assert [row.category for row in marked if row.withheld] == [name for name in counts.index if counts[name] == least]
    assert marked.frame["estimate"].tolist() == plain.frame["estimate"].tolist()


def test_a_small_cell_of_the_whole_sample_is_withheld_too():
    frame = pd.DataFrame({"q": ["a"] * 4 + ["b"] * 50 + ["c"] * 50})
    rows = kzm.proportion(SurveyDesign(frame), "q").rows
    assert [row.withheld for row in rows] == [True, False, False]
    assert rows[0].estimate == pytest.approx(4 / 104)


def test_an_opt_in_sample_with_a_justification_is_held_to_the_same_standards():
    frame = pd.DataFrame({"q": ["a"] * 20 + ["b"] * 20})  # 50 % of 40: 0.324 wide by R
    with_reason = SurveyDesign(frame, sampling="opt_in", justification="a model")
    assert [row.flag for row in kzm.proportion(with_reason, "q")] == ["imprecise"] * 2
    assert [row.flag for row in kzm.proportion(SurveyDesign(frame, sampling="opt_in"), "q")] == ["opt_in"] * 2
