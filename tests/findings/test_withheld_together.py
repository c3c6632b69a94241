"""A withheld group of the report cannot be worked out from the groups beside it and their total."""

import kzm_surveys as kzm
from kzm_surveys.findings.comparison import Compared, comparison
from kzm_surveys.findings.section import Table
from tests.findings.spoken import speaking

GROUPS = {"sex": 2, "age_group": 3, "place_type": 3}


def test_no_break_of_the_table_withholds_a_single_group(sections):
    (table,) = (b for s in sections for b in s.blocks if isinstance(b, Table) and b.id == "noise_by_group")
    columns = list(zip(*table.rows, strict=True))[1:-1]
    withheld = 0
    for column in columns:
        start = 1
        for size in GROUPS.values():
            hidden = [str(cell) for cell in column[start : start + size]].count("z")
            assert hidden != 1
            withheld += hidden
            start += size
    assert withheld > 1


def test_a_sentence_on_several_breaks_names_no_group_that_tells_a_withheld_one(noise):
    shares = [
        kzm.proportion(noise, "annoyance_music", by=by, categories=["very", "extremely"]) for by in ("sex", "age_group")
    ]
    hidden = [row.by_category for row in shares[1] if row.withheld]
    assert hidden == ["18_39"]  # two of three are shown by the estimates alone
    voice = speaking(
        noise, a__measure="Delež prebivalcev, ki jih moti,", by__sex="po spolu", by__age_group="po starosti"
    )
    text = str(comparison(voice, "a", [Compared(each) for each in shares]).text)
    assert "40\u201361" not in text
    assert "Za nekatere skupine je odgovorov premalo" in text
