"""R values: R 4.2.2, survey 4.1-1, `svychisq(~row + column, design, statistic = )` as named beside them."""

import math

import numpy as np
import pandas as pd
import pytest

from kzm_surveys import EstimationError, SurveyDesign
from kzm_surveys.estimation.independence import cramers_v, independence, rao_scott_terms
from kzm_surveys.estimation.replication import replicates
from kzm_surveys.estimation.variables import categories_of
from kzm_surveys.estimation.variance import covariance, degrees_of_freedom
from tests.golden import design


def made_two_stage():
    """90 rows, two stages with fpc, ties and missing answers; made alike in R:
    x <- numeric(361); x[1] <- 7; for (k in 1:360) x[k+1] <- (x[k]*75+74)%%65537; u <- matrix(x[-1], 90)
    """
    x = [7]
    for _ in range(360):
        x.append((x[-1] * 75 + 74) % 65537)
    u = np.array(x[1:]).reshape(4, 90).T
    frame = pd.DataFrame({"psu": u[:, 0] % 12, "unit": range(90), "y": u[:, 1] % 9 + u[:, 0] % 12 % 4})
    frame["q"] = np.array(["no", "some", "much"])[u[:, 2] % 3]
    frame["group"] = np.array(["a", "b", "c"])[u[:, 3] % 3]
    frame.loc[(frame["psu"] % 4 == 1) & (frame["group"] == "a"), "q"] = "no"
    frame["y"] = frame["y"].where(u[:, 2] % 13 != 4)
    frame["q"] = frame["q"].where(u[:, 1] % 17 != 3)
    frame["fpc1"], frame["fpc2"] = 30, 15 + frame["psu"]
    return SurveyDesign(frame, psu=["psu", "unit"], fpc=["fpc1", "fpc2"])


def schools(name, breaks=(0, 550, 600, 700, 800, 1000)):
    """The api design with `five`, bands of api00, and `miss`, comp.imp without every seventh answer."""
    made = design("dstrat" if name == "jkn" else name)
    frame = made.frame.assign(five=pd.cut(made.frame["api00"], breaks).cat.rename_categories(lambda band: str(band)))
    frame["miss"] = frame["comp.imp"].where(np.arange(len(frame)) % 7 != 0)
    made = made._with(frame=frame)
    return replicates(made) if name == "jkn" else made


def independence_in(made, row, column, test, where=None):
    """The test with the cells taken from the design: totals for the Wald tests."""
    domain = np.ones(len(made), dtype=bool) if where is None else where
    (row_names, rows), (column_names, columns) = categories_of(made, row), categories_of(made, column)
    size = (len(row_names), len(column_names))
    both = domain & (rows >= 0) & (columns >= 0)
    indicator = np.equal.outer(np.where(both, rows * size[1] + columns, -1), np.arange(size[0] * size[1])) * 1.0

    def totals(weights):
        return weights @ indicator

    def shares(weights):
        return totals(weights) / totals(weights).sum()

    if "wald" in test:
        statistic, influence = totals, indicator
    else:
        statistic = shares
        influence = (indicator - shares(made.weights)) * both[:, None] / totals(made.weights).sum()
    cells = statistic(made.weights)
    v = covariance(made, cells, lambda: influence, statistic)
    df = degrees_of_freedom(made, domain)
    return independence(cells.reshape(size), v, n=int(domain.sum()), df=df, test=test, names=(row, column))


# statistic, df_num, df_den, p
R = {
    # svychisq(~five + miss, dstrat, ...); apistrat$five <- cut(api00, c(0, 550, 600, 700, 800, 1000));
    # apistrat$miss <- comp.imp; apistrat$miss[seq(1, 200, 7)] <- NA
    ("dstrat", "five", "miss"): {
        "F": (1.10651705536351, 3.96773282933726, 781.64336737944, 0.352086851659713),
        "chisq": (5.88870962175623, 4, math.inf, 0.351404107556973),
        "wald": (1.10742317514298, 4, 197, 0.35423338074397),
        "adjusted_wald": (1.09055886283116, 4, 194, 0.362432289556809),
    },
    # as.svrepdesign(dstrat, type = "JKn")
    ("jkn", "five", "miss"): {
        "F": (1.10383163376256, 3.96763923371682, 781.624929042213, 0.35337948589561),
        "chisq": (5.88870962175623, 4, math.inf, 0.352705957939039),
        "wald": (1.10742317514292, 4, 197, 0.354233380743997),
        "adjusted_wald": (1.0905588628311, 4, 194, 0.362432289556835),
    },
    # svychisq(~sch.wide + stype, dclus1, ...)
    ("dclus1", "sch.wide", "stype"): {
        "F": (5.19336954147488, 1.49463977770746, 20.9249568879044, 0.0217474623707969),
        "chisq": (11.9408920807453, 2, math.inf, 0.00555326330311322),
        "wald": (2.40105860060268, 2, 14, 0.126896300602351),
        "adjusted_wald": (2.22955441484534, 2, 13, 0.147057886901248),
    },
}
CASES = [(*table, test, values) for table, tests in R.items() for test, values in tests.items()]


def agrees(found, expected):
    np.testing.assert_allclose((found.statistic, found.df_num, found.df_den, found.p_value), expected, rtol=1e-8)


@pytest.mark.parametrize(("name", "row", "column", "test", "expected"), CASES)
def test_equals_r_on_stratified_clustered_and_replicate_designs(name, row, column, test, expected):
    agrees(independence_in(schools(name), row, column, test), expected)


@pytest.mark.parametrize(
    ("test", "expected"),
    [  # made_two_stage: svydesign(id = ~psu + unit, fpc = ~fpc1 + fpc2); svychisq(~q + group, two_stage, ...)
        ("F", (0.64981339195047483, 3.3055436696777845, 36.3609803664556281, 0.60253185088039585)),
        ("chisq", (2.4393677902413362, 4, math.inf, 0.62695535689919168)),
        ("wald", (0.6479695811988907, 4, 11, 0.63991875242128482)),
        ("adjusted_wald", (0.47125060450828415, 4, 8, 0.756221702144667)),
    ],
)
def test_equals_r_on_two_stages_with_missing_answers(test, expected):
    agrees(independence_in(made_two_stage(), "q", "group", test), expected)


@pytest.mark.parametrize(
    ("test", "expected"),
    [  # svychisq(~q + group, subset(two_stage, !is.na(y)), ...)
        ("F", (0.9664665782638624, 3.3903237964950668, 37.2935617614457371, 0.42683718731958264)),
        ("chisq", (3.675259715899065, 4, math.inf, 0.4244631194721557)),
        ("adjusted_wald", (0.7604443271906558, 4, 8, 0.57918770407416242)),
    ],
)
def test_equals_r_in_a_domain(test, expected):
    made = made_two_stage()
    agrees(independence_in(made, "q", "group", test, made.frame["y"].notna().to_numpy()), expected)


@pytest.mark.parametrize(
    ("test", "expected"),
    [  # apistrat$four <- cut(api00, c(0, 600, 700, 870, 1000)): no H in the last; svychisq(~four + stype, dstrat, ...)
        ("F", (1.808094165809246, 5.4921963832243748, 1081.9626874952018625, 0.10120478287058937)),
        ("chisq", (8.1210113483771256, 6, math.inf, 0.093170995677316432)),
        ("wald", (2.4523006618059253, 6, 197, 0.026130164726408833)),
        ("adjusted_wald", (2.3900595282575514, 6, 192, 0.029941699294069261)),
    ],
)
def test_equals_r_with_an_empty_cell(test, expected):
    agrees(independence_in(schools("dstrat", (0, 600, 700, 870, 1000)), "five", "stype", test), expected)


def simple_random(shares, n):
    p = np.asarray(shares, float).ravel()
    return (np.diag(p) - np.outer(p, p)) / n


def test_under_simple_random_sampling_all_corrections_vanish():
    # With V = V0 and Δ = I: X² = 100·(0.3·0.4 - 0.2·0.1)²/(0.5·0.5·0.4·0.6) = 100/6 on 1 degree of freedom.
    shares = np.array([[0.3, 0.2], [0.1, 0.4]])
    found = independence(shares, simple_random(shares, 100), n=100, df=50)
    assert (found.statistic, found.df_num, found.df_den) == pytest.approx((100 / 6, 1, 50))
    first = independence(shares, simple_random(shares, 100), n=100, df=50, test="chisq")
    assert (first.statistic, first.df_num, first.df_den) == pytest.approx((100 / 6, 1, math.inf))
    assert first.p_value == pytest.approx(math.erfc(math.sqrt(100 / 12)))


@pytest.mark.parametrize("test", ["F", "chisq", "wald", "adjusted_wald"])
def test_empty_rows_and_columns_are_left_out(test):
    shares = np.array([[0.3, 0.2], [0.1, 0.4]])
    wide = np.array([[0.3, 0, 0.2], [0, 0, 0], [0.1, 0, 0.4]])
    expected = independence(shares, simple_random(shares, 100), n=100, df=50, test=test)
    assert independence(wide, simple_random(wide, 100), n=100, df=50, test=test) == expected


def test_a_stack_of_tables_gives_what_each_gives_alone():
    random = np.random.default_rng(3)
    shares = random.dirichlet(np.ones(12), 5).reshape(5, 3, 4)
    v = np.array([simple_random(p, 80) * deff for p, deff in zip(shares, (1, 1.5, 2, 3, 0.7), strict=True)])
    stacked = np.array(rao_scott_terms(shares, v)).T
    np.testing.assert_allclose(stacked, [rao_scott_terms(p, one) for p, one in zip(shares, v, strict=True)], rtol=1e-12)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([[0.5, 0], [0, 0.5]], 1),  # each row has its own column
        ([[0.12, 0.28], [0.18, 0.42]], 0),  # products of 0.4, 0.6 and 0.3, 0.7
        ([[0.3, 0.2], [0.1, 0.4]], 1 / math.sqrt(6)),  # √(X²/n) = √(1/6)
        ([[30, 20, 0], [0, 0, 0], [10, 40, 0]], 1 / math.sqrt(6)),  # totals, with an empty row and column
    ],
)
def test_cramers_v_is_that_of_hand_arithmetic(shares, expected):
    assert cramers_v(np.array(shares, float)) == pytest.approx(expected, abs=1e-12)


def test_cramers_v_of_a_single_row_does_not_exist():
    assert math.isnan(cramers_v(np.array([[0.3, 0.7], [0, 0]])))


@pytest.mark.parametrize(
    ("cells", "deff", "df", "test", "words"),
    [
        ([[0.4, 0.6]], 1, 9, "F", "'q' by 'g': a test needs two categories with answers in each"),
        ([[0.4, 0], [0.6, 0]], 1, 9, "wald", "two categories with answers"),
        ([[0.3, 0.2], [0.1, 0.4]], 1, 0, "F", "0 degrees of freedom, no test exists"),
        ([[0.3, 0.2], [0.1, 0.4]], 1, -2, "wald", "-2 degrees of freedom"),
        ([[0.3, 0.2], [0.1, 0.4]], 0, 9, "F", "no sampling variance"),
        ([[0.3, 0.2], [0.1, 0.4]], 0, 9, "adjusted_wald", "no sampling variance"),
        ([[0.3, 0.2], [0.1, 0.4]], 1, 9, "f", "unknown test 'f'"),
        ([[0.1, 0.1, 0.1], [0.2, 0.1, 0.1], [0.1, 0.1, 0.1]], 1, 3, "adjusted_wald", "more than 3 degrees"),
        ([[0.3, 0, 0], [0, 0.3, 0], [0, 0, 0.4]], 1, 9, "F", "6 of 9 cells are empty"),
        ([[0.3, 0, 0], [0, 0.3, 0], [0, 0, 0.4]], 1, 9, "wald", "covariance of 4 contrasts is singular"),
    ],
)
def test_a_table_that_allows_no_test_says_why(cells, deff, df, test, words):
    cells = np.array(cells)
    with pytest.raises(EstimationError, match=words):
        independence(cells, simple_random(cells, 50) * deff, n=50, df=df, test=test, names=("q", "g"))
