"""The HTML and Markdown files, walked from the outside, with the same numbers as the Word file."""

import re
from collections import Counter

import pytest

from tests.findings.walker import Facts, Html, Word, html_faults, markdown_faults

STEM = "report/findings_2022_sl"


@pytest.fixture(scope="module")
def ledger(built):
    return built.files["ledger.json"]


@pytest.fixture(scope="module")
def page(built):
    return built.files[f"{STEM}.html"].decode()


@pytest.fixture(scope="module")
def plain(built):
    return built.files[f"{STEM}.md"].decode()


@pytest.fixture(scope="module")
def printed(built, ledger):
    return Word(built.files[f"{STEM}.docx"], Facts(ledger)).printed


def test_every_digit_of_the_html_file_is_traced(page, ledger):
    assert html_faults(page, ledger) == []


def test_every_digit_of_the_english_html_file_is_traced(built_in_english):
    files = built_in_english.files
    assert html_faults(files["report/findings_2022_en.html"].decode(), files["ledger_en.json"]) == []


def test_the_html_file_prints_the_numbers_of_the_word_file(page, ledger, printed):
    assert Counter(Html(page, Facts(ledger)).printed) == Counter(printed)


def test_every_digit_of_the_markdown_file_is_traced_and_stands_in_the_word_file(plain, ledger, printed):
    assert markdown_faults(plain, ledger, printed) == []


def test_every_digit_of_the_english_markdown_file_is_traced(built_in_english):
    files, stem = built_in_english.files, "report/findings_2022_en"
    ledger = files["ledger_en.json"]
    printed = Word(files[f"{stem}.docx"], Facts(ledger)).printed
    assert markdown_faults(files[f"{stem}.md"].decode(), ledger, printed) == []


def more(text, change, faults):
    """How many faults a change adds."""
    changed = change(text)
    assert changed != text
    return len(faults(changed)) - len(faults(text))


HTML_CHANGES = {
    "number": lambda text: re.sub(r"(<data [^>]*>\d+),(\d)", lambda m: f"{m[1]},{(int(m[2]) + 1) % 10}", text, count=1),
    "unrounded value": lambda text: re.sub(
        r'<data value="0\.(\d)', lambda m: f'<data value="0.{(int(m[1]) + 1) % 10}', text, count=1
    ),
    "claim": lambda text: re.sub(r'data-claim="(\w+)', r'data-claim="\1x', text, count=1),
    "no claim": lambda text: re.sub(r' data-claim="[^"]*"', "", text, count=1),
    "dissolved": lambda text: re.sub(r"<data [^>]*>([^<]*)</data>", r"\1", text, count=1),
    "typed": lambda text: text.replace("velja le za sodelujoče v anketi.", "velja le za 7 sodelujočih.", 1),
    "alt": lambda text: re.sub(r'(alt="[^"]*?)(\d+),(\d)\s%', r"\1\g<2>7,\3 %", text, count=1),
    "caption": lambda text: re.sub(r"(<caption[^>]*><span[^>]*>[^<]*</span>)", r"\1 7", text, count=1),
    "number of a table": lambda text: text.replace("Preglednica 2:", "Preglednica 9:", 1),
    "reference": lambda text: re.sub(r'(<a href="#figure-1">)1', r"\g<1>2", text, count=1),
    "note": lambda text: text.replace('<div class="foot"><p>', '<div class="foot"><p>7 ', 1),
    "cell of words": lambda text: text.replace('<th scope="row">', '<th scope="row">7 ', 1),
    "id": lambda text: re.sub(r"<code>(noise_2021[^<]*\d)</code>", r"<code>\g<1>7</code>", text, count=1),
}


@pytest.mark.parametrize("change", HTML_CHANGES.values(), ids=HTML_CHANGES)
def test_a_change_of_the_html_file_is_seen(page, ledger, change):
    assert more(page, change, lambda text: html_faults(text, ledger)) >= 1


MARKDOWN_CHANGES = {
    "number": lambda text: re.sub(r"(dojilo \d\d),(\d)", lambda m: f"{m[1]},{(int(m[2]) + 1) % 10}", text),
    "cell": lambda text: re.sub(r"(\| \d\d),(\d)", lambda m: f"{m[1]},{(int(m[2]) + 1) % 10}", text, count=1),
    "typed": lambda text: text.replace("velja le za sodelujoče v anketi.", "velja le za 7777 sodelujočih.", 1),
    "alt": lambda text: re.sub(r"(!\[.*?)(\d\d),(\d)\s%", r"\1\g<2>7,\3 %", text, count=1),
    "gone": lambda text: re.sub(r"7,3(?=\smeseca)", "nekaj", text),
}


@pytest.mark.parametrize("change", MARKDOWN_CHANGES.values(), ids=MARKDOWN_CHANGES)
def test_a_change_of_the_markdown_file_is_seen(plain, ledger, printed, change):
    assert more(plain, change, lambda text: markdown_faults(text, ledger, printed)) >= 1
