"""Missing codes of 1KA: default set, labels in the file, renumbered sets; answers that equal a code."""

import pytest

import kzm_surveys as kzm
from kzm_surveys.loaders.enka_codes import MISSING_CODES, missing_codes
from tests.loaders import SURVEYS
from tests.loaders.enka_files import (
    BOM,
    COMMENT,
    FIRST,
    SECOND,
    SPS,
    SYNTAX,
    csv_of,
    pair_of,
    read,
    said,
    unit,
    wave_of,
    with_paradata,
)

DEFAULT = {
    -1: "no_answer", -2: "not_asked", -3: "break_off", -4: "added_later", -5: "empty_unit",
    -97: "not_applicable", -98: "refused", -99: "dont_know",
}  # fmt: skip
ENGLISH = {
    -1: "Unanswered question", -2: "Skipped question (IF logic)", -3: "Drop-out", -4: "Subsequent question",
    -5: "Empty unit", -97: "Invalid", -98: "Refused", -99: "Don&#39;t know",
}  # fmt: skip


def test_default_set_without_labels():
    assert missing_codes({}, {}) == (DEFAULT, {})
    assert MISSING_CODES == DEFAULT
    assert -96 not in MISSING_CODES


def test_labels_are_known_in_both_languages_and_mixed():
    assert missing_codes(ENGLISH, {}) == (DEFAULT, {})
    assert missing_codes(ENGLISH | {-1: "Ni odgovoril", -99: "Don`t know", -98: " REFUSED "}, {}) == (DEFAULT, {})


def test_renumbered_set_follows_its_labels():
    # -1 may now be an answer. The server goes on writing -2, -3 and a second "Ne vem" as -99.
    labels = {-11: "Ni odgovoril", -12: "Preskok (if)", -13: "Prekinjeno", -19: "Ne vem"}
    codes, unnamed = missing_codes(labels, {})
    assert codes == {-11: "no_answer", -12: "not_asked", -13: "break_off", -19: "dont_know", -2: "not_asked",
                     -3: "break_off", -99: "dont_know"}  # fmt: skip
    assert not unnamed


def test_swapped_labels_decide():
    assert missing_codes({-98: "Ne vem", -99: "Zavrnil"}, {})[0][-98] == "dont_know"
    assert missing_codes({-98: "Ne vem", -99: "Zavrnil"}, {})[0][-99] == "refused"


def test_codes_given_by_the_wave_replace_those_of_their_reason():
    codes, _ = missing_codes({}, {"no_answer": -10, "other_reason": -96})
    assert codes == {code: reason for code, reason in DEFAULT.items() if code != -1} | {
        -10: "no_answer",
        -96: "other_reason",
    }
    assert missing_codes({}, {"break_off": -30})[0][-3] == "break_off"


def test_codes_with_labels_of_the_owner_are_told_apart():
    codes, unnamed = missing_codes({-96: "Drugo", -97: "Ni zame", -1: "Ni odgovoril"}, {})
    assert unnamed == {-96: "Drugo", -97: "Ni zame"}
    assert codes[-97] == "not_applicable"
    assert -96 not in codes
    assert missing_codes({-96: "Drugo"}, {"refused": -96})[1] == {}


def relabelled(old, new, *more):
    text = SYNTAX
    for before, after in ((old, new), *more):
        assert before in text
        text = text.replace(before, after)
    return BOM + (COMMENT + text).encode()


ROW = "'1' '0' '1' 'radio' '{}' '5' '{}'\n"


def test_renumbered_pair_loads(tmp_path):
    syntax = relabelled("-1 'Ni odgovoril'", "-11 'Ni odgovoril'", ("'-1' '-1: Ni", "'-11' '-11: Ni"))
    survey = kzm.load(pair_of(tmp_path, syntax, BOM + (ROW.format(-11, -11) + ROW.format(4, -1)).encode()))
    assert survey.missing["quality_water"].tolist()[0] == "no_answer"
    assert survey.missing["change"].tolist()[0] == "no_answer"
    assert survey.responses["change"].tolist()[1] == "-1"


def test_code_of_the_owner_is_reported_only_where_it_stands(tmp_path):
    syntax = relabelled(
        "-99 'Ne vem'",
        "-99 'Ne vem'\n-96 'Drugo'",
        ("'-99' '-99: Ne vem' \n", "'-99' '-99: Ne vem' \n'-96' '-96: Drugo' \n"),
    )
    folder = pair_of(tmp_path, syntax, BOM + (ROW.format(-96, "a") + ROW.format(4, "b")).encode())
    raw = read(folder)
    assert "missing code of its own: -96, labelled 'Drugo' (1 row: id 1)" in said(raw)
    assert "[data.missing_codes]" in said(raw)
    assert raw.value_labels["Q2a"][-96.0] == raw.value_labels["Q2b"][-96.0] == "Drugo"
    assert -96 not in raw.missing_codes
    unused = pair_of(tmp_path / "b", syntax, BOM + (ROW.format(3, "a") + ROW.format(4, "b")).encode())
    assert "-96" not in said(read(unused))


def test_label_of_the_owner_on_a_code_of_the_default_set_is_noted(tmp_path):
    syntax = relabelled("-98 'Zavrnil'", "-98 'Ne povem'", ("-98: Zavrnil", "-98: Ne povem"))
    raw = read(pair_of(tmp_path, syntax))
    assert raw.missing_codes[-98] == "refused"
    assert "the missing code -98 is labelled 'Ne povem' in the file; it was read as 'refused'" in said(raw)


def test_wave_says_what_a_csv_cannot(tmp_path):
    content = csv_of(FIRST.replace('"4"', '"-10"').replace('"5"', '"-1"'), SECOND)
    raw = read(wave_of(tmp_path, content, change=("n = 2", "n = 2\nmissing_codes = { no_answer = -10 }")))
    assert raw.missing_codes[-10] == "no_answer"
    assert -1 not in raw.missing_codes


# --- open answers that equal a code ---


def row(q1c="1", text="radio", q2a="4", q2b="5", change="tišje"):
    return f'="1";="0";="{q1c}";="{text}";="{q2a}";="{q2b}";="{change}"'


def doubts(root, *rows, statuses=None):
    """(column, ids) of the open answers reported."""
    if statuses is None:
        raw = read(wave_of(root, csv_of(row(), *rows)), texts=("Q1c_text", "Q3"))
    else:
        units = [unit(n, s, cells=r) for n, (s, r) in enumerate(zip(statuses, rows, strict=True), start=1)]
        raw = read(wave_of(root, with_paradata(*units)), texts=("Q1c_text", "Q3"))
    return {(p.variable, p.where.removeprefix("1 row: id ")) for p in raw.problems if "may have been typed" in p.found}


TAIL = row("0", "-2", "-3", "-3", "-3")
EMPTY = ";".join(['="-5"'] * 7)


@pytest.mark.parametrize(
    "normal",
    [
        row(change="-1"),  # shown and left blank
        row(text="-1"),  # ticked and left blank
        row("0", "-2"),  # not ticked
        row("-1", "-2"),  # no option ticked at all
        row("-99", "-2"),  # "don't know" chosen
        row("-2", "-2"),  # the whole question skipped
        row(change="-4"),  # added later
        row(change="-2"),  # skipped: only the codebook knows whether it could be
        TAIL,
        row("-3", "-3", "-3", "-3", "-3"),
        row(change="-1.0"),
        row(change="-100"),
    ],
)
def test_codes_where_1ka_writes_them_are_not_reported(tmp_path, normal):
    assert doubts(tmp_path, normal) == set()


@pytest.mark.parametrize(
    ("odd", "column"),
    [
        (row(change="-99"), "Q3"),
        (row(change="-98"), "Q3"),
        (row(change="-97"), "Q3"),
        (row(change="-5"), "Q3"),
        (row(text="-3"), "Q1c_text"),  # an answer stands behind it
        (row("0", "-1"), "Q1c_text"),  # 1KA writes -2 where the option is not ticked
        (row("1", "-2"), "Q1c_text"),  # and -1 where it is
        (row(text="-99"), "Q1c_text"),
        (row("-1", "-1"), "Q1c_text"),
        (row("0", "-3", "-3", "-3", "-3"), "Q1c_text"),  # the tail is of whole questions
    ],
)
def test_codes_where_1ka_would_not_write_them_are_reported(tmp_path, odd, column):
    assert doubts(tmp_path, odd) == {(column, "2")}


def test_broke_off_in_a_completed_unit_is_reported(tmp_path):
    assert doubts(tmp_path, row(), row(change="-3"), row(change="-3"), statuses=[6, 6, 5]) == {("Q3", "2")}


def test_units_that_are_left_out_are_not_reported(tmp_path):
    assert doubts(tmp_path, row(), row(change="-99"), EMPTY, statuses=[6, 4, 5]) == set()


def problems_of(root, names, *rows):
    rows = [";".join(f'="{cell}"' for cell in cells) for cells in rows]
    raw = read(wave_of(root, csv_of(*rows, names=names, labels=names)))
    return {(p.variable, str(p.where)) for p in raw.problems if "may have been typed" in p.found}


def test_text_of_a_radio_option_has_the_code_of_its_question(tmp_path):
    names = "Q1;Q1_3_text;Q2;"
    assert problems_of(tmp_path, names, ("3", "nekaj", "1"), ("-99", "-99", "1"), ("-1", "-1", "2"), ("1", "-2", "1"),
                       ("3", "-1", "1"), ("-1", "-99", "1"), ("-98", "-1", "1")) == {
        ("Q1_3_text", "1 row: id 6"), ("Q1_3_text", "1 row: id 7"),
    }  # fmt: skip


def test_text_of_a_grid_row_has_the_code_of_its_row(tmp_path):
    names = "Q3a;Q3b;Q3b_text;Q4;"
    assert problems_of(tmp_path, names, ("3", "4", "nekaj", "1"), ("3", "-1", "-1", "1"), ("3", "-98", "-98", "1"),
                       ("3", "5", "-1", "1"), ("3", "5", "-2", "1"), ("3", "-1", "-98", "1")) == {
        ("Q3b_text", "1 row: id 5"), ("Q3b_text", "1 row: id 6"),
    }  # fmt: skip


def test_reading_a_doubtful_code_keeps_it_missing_and_hides_the_rest(tmp_path):
    survey = kzm.load(wave_of(tmp_path, csv_of(row(change="-99"), row())))
    assert survey.missing["change"].tolist()[0] == "dont_know"
    (problem,) = [p for p in survey.problems if "may have been typed" in p.found]
    assert problem.severity == "warning"
    assert "-99 stands in a text column" in problem.found


def test_text_columns_are_known_from_the_formats_of_the_pair(tmp_path):
    # All answers to Q3 are numbers here; only the format A tells that they are text.
    raw = read(pair_of(tmp_path, SPS, BOM + (ROW.format(4, "12") + ROW.format(4, "-99")).encode()))
    assert "Q3: -99 stands in a text column" in said(raw)


def test_shipped_export_has_no_doubtful_code():
    assert not [p for p in kzm.load(SURVEYS / "breastfeeding/2022").problems if "may have been typed" in p.found]
