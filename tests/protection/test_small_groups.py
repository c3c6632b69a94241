"""Which groups of the margins are withheld, and what would give them away."""

import numpy as np
import pandas as pd
import pytest

from kzm_surveys.protection.small_groups import small_groups, withheld_groups


def margins(**tables):
    rows = [(name.replace("__", "*"), category, n) for name, table in tables.items() for category, n in table.items()]
    return pd.DataFrame(rows, columns=["variable", "category", "n"])


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([100, 50], [False, False]),
        ([5, 95], [False, False]),
        ([4, 96], [True, True]),
        ([4, 20, 76], [True, True, False]),
        ([4, 1, 95], [True, True, False]),
        ([0, 100], [False, False]),
        ([0, 3, 97], [False, True, True]),
        ([3], [True]),
        ([3, 0], [True, False]),
    ],
)
def test_small_groups_and_the_next_smallest_are_hidden(counts, hidden):
    assert small_groups(counts, 5) == hidden


def test_each_margin_is_judged_by_itself():
    frame = margins(sex={"male": 3, "female": 97}, place={"city": 60, "village": 40})
    assert withheld_groups(frame, 5).tolist() == [True, True, False, False]


def test_the_sum_of_a_joint_margin_does_not_give_its_cell_away():
    # 60 men less 57 would be the three young ones, and 40 women less 20 the women hidden with them.
    joint = {"male*young": 3, "male*old": 57, "female*young": 20, "female*old": 20}
    frame = margins(sex={"male": 60, "female": 40}, sex__age=joint)
    assert withheld_groups(frame, 5).tolist() == [True, True, True, False, True, False]


def test_a_sum_over_two_hidden_cells_may_stand():
    joint = {"male*young": 3, "male*old": 57, "female*young": 10, "female*old": 30}
    frame = margins(sex__age=joint, age={"young": 13, "old": 87})
    assert withheld_groups(frame, 5).tolist() == [True, False, True, False, False, False]


def test_whoever_knows_the_total_and_all_that_is_shown_knows_no_small_group():
    generator = np.random.default_rng(4)
    for _ in range(300):
        counts = generator.integers(0, 12, 6).tolist()
        hidden = np.array(small_groups(counts, 5))
        assert not any(0 < n < 5 for n, secret in zip(counts, hidden, strict=True) if not secret)
        rest = [n for n, secret in zip(counts, hidden, strict=True) if secret]
        others = sum(n > 0 for n in counts)
        assert len(rest) != 1 or others == 1
