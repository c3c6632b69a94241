"""`kzm refresh` from the outside: what it does to a report that people edited, what it says, and its exit code."""

import io
import json
import re
from pathlib import Path

import docx
import pytest

from kzm_surveys.findings.report import build_report
from kzm_surveys.findings.word_file import with_parts
from tests.findings.edited_word import blanked, unzipped


@pytest.fixture(scope="module")
def made():
    """The report of one survey as `kzm report` writes it."""
    built = build_report(Path(), 2022, surveys=["breastfeeding"])
    return built.files["report/findings_2022_sl.docx"]


@pytest.fixture
def report(project, made):
    path = project / "report.docx"
    path.write_bytes(made)
    return path


@pytest.fixture
def other(project, kzm):
    """Options that name other answers: 203 respondents of another seed."""
    assert kzm("synthesize", "surveys/breastfeeding/2022", "--seed", 7, "--n", 203, "--out", "other.csv")[0] == 0
    return ["--data", "breastfeeding=other.csv", "--accept"]


def edited(path, change):
    """Change the document as people do, with another program."""
    document = docx.Document(path)
    change(document)
    document.save(path)


def text_of(path):
    return re.sub(r"<[^>]+>", "", unzipped(path.read_bytes())["word/document.xml"].decode()).replace("\u00a0", " ")


def test_a_report_whose_data_did_not_change_stays_as_it_is(report, kzm, made):
    code, out, _ = kzm("refresh", report)
    assert code == 0
    assert report.read_bytes() == made
    assert "0 changed" in out


def test_other_answers_change_the_tagged_numbers_and_nothing_else(report, kzm, made, other):
    code, out, _ = kzm("refresh", report, *other)
    assert code == 1
    before, after = unzipped(made), unzipped(report.read_bytes())
    assert before.keys() == after.keys()
    for name in before:
        assert blanked(before[name]) == blanked(after[name]) or name.startswith("customXml/")
        assert before[name] == after[name] or name.startswith(("customXml/", "word/document", "word/footnotes"))
    assert "sodelovalo 203 mam" in text_of(report)
    assert "214 → 203" in out
    assert "so sodelovale 203 mame" in out.replace("\u00a0", " ")
    assert "noun or verb" not in out.partition("214 → 203")[0]
    assert "other answers: anketa999001-2022-04-01.csv (n = 214) before, other.csv (n = 203) now" in out
    assert "put in build/figures/breastfeeding_support.png" in out
    code, out, _ = kzm("refresh", report, *other)
    assert "0 changed" in out
    assert "other answers" not in out


def test_numbers_of_the_refreshed_document_are_those_of_a_new_one(report, kzm, other, project):
    kzm("refresh", report, *other)
    fresh = build_report(
        Path(), 2022, surveys=["breastfeeding"], data={"breastfeeding": project / "other.csv"}, accept=True
    )
    new = values(unzipped(fresh.files["report/findings_2022_sl.docx"])["word/document.xml"])
    found = values(unzipped(report.read_bytes())["word/document.xml"])
    assert len(found) > 60
    assert len(found.items() - new.items()) <= 3  # withheld in the new answers
    assert found.keys() - new.keys() == {name for name, value in found.items() if new.get(name) != value}


def values(xml):
    pairs = re.findall(r'<w:tag w:val="([^"]+)"/>.*?<w:t(?: [^>]*)?>([^<]*)', xml.decode())
    assert pairs
    return dict(pairs)


def test_prose_that_people_wrote_stays(report, kzm, other):
    def change(document):
        who = next(p for p in document.paragraphs if "V spletni anketi o dojenju" in p.text)
        who.runs[0].text = "Ankete se je spomladi udeležilo "
        after = who._p.getnext()
        after.getparent().remove(after)
        document.add_paragraph("Dodaten odstavek občinske strokovne službe.")

    edited(report, change)
    code, out, _ = kzm("refresh", report, *other)
    assert code == 1
    assert "Ankete se je spomladi udeležilo 203" in text_of(report)
    assert "Dodaten odstavek občinske strokovne službe." in text_of(report)
    assert "noun or verb: 214 and 203 take different forms" in out


def test_a_number_changed_by_hand_needs_force(report, kzm, made):
    document = unzipped(made)["word/document.xml"]
    assert document.count(b">95,3\xc2\xa0%<") > 1
    report.write_bytes(
        with_parts(made, {"word/document.xml": document.replace(b">95,3\xc2\xa0%<", b">95\xc2\xa0%<", 1)})
    )
    spoiled = report.read_bytes()
    code, out, _ = kzm("refresh", report)
    assert code == 1
    assert "Changed by hand" in out
    assert report.read_bytes() == spoiled
    code, out, _ = kzm("refresh", report, "--force")
    assert code == 0
    assert unzipped(report.read_bytes()) == unzipped(made)


def test_a_dry_run_writes_nothing_and_the_lists_go_to_a_file(report, kzm, made, other):
    code, out, _ = kzm("refresh", report, *other, "--dry-run", "--json", "lists.json")
    assert code == 1
    assert "Nothing was written" in out
    assert report.read_bytes() == made
    told = json.loads(Path("lists.json").read_text(encoding="utf-8"))
    assert {"id", "old", "new", "sentence", "flags"} == told["changes"][0].keys()
    assert told["reworded"]


def test_a_picture_to_replace_is_named_as_the_report_writes_it(project, kzm, other):
    assert kzm("report", "--survey", "breastfeeding", "--lang", "en")[0] == 0
    path = Path("build/report/findings_2022_en.docx")
    parts = unzipped(path.read_bytes())
    other_name = {"word/document.xml": (b"figure-breastfeeding_corners", b"figure-gone"),
                  "customXml/item1.xml": (b'"figures":{', b'"figures":{"gone":"drawn",')}  # fmt: skip
    renamed = {name: parts[name].replace(*names) for name, names in other_name.items()}
    path.write_bytes(with_parts(path.read_bytes(), renamed))
    _, out, _ = kzm("refresh", path, *other)
    files = re.findall(r"put in (\S+\.png) \(kzm report --year 2022 --lang en\)", out)
    assert len(files) == 2
    assert all(Path(file).exists() for file in files)
    assert "gone: the report no longer shows it" in out


def test_rows_of_the_annex_are_counted_and_not_shown(report, kzm, other):
    _, out, _ = kzm("refresh", report, *other, "--json", "lists.json")
    assert "Annex with the list of numbers:" in out
    names = [each["id"] for each in json.loads(Path("lists.json").read_text(encoding="utf-8"))["changes"]]
    assert not any(name in out for name in names)


def test_the_document_knows_its_year(report, kzm, made):
    code, out, err = kzm("refresh", report, "--year", 2021)
    assert (code, out) == (1, "")
    assert "of 2022, not of 2021" in err


def test_another_file_can_be_written(report, kzm, made, other):
    assert kzm("refresh", report, *other, "--out", "new/other.docx")[0] == 1
    assert report.read_bytes() == made
    assert docx.Document(io.BytesIO(Path("new/other.docx").read_bytes())).paragraphs


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--year", "1999"], "1999"),
        (["--lang", "en"], "'sl'"),
        (["--data", "nobody=a.csv"], "nobody"),
        (["--data", "breastfeeding=none.csv"], "none.csv"),
        (["--out", "surveys/x.docx/y.docx"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_nothing_is_written(report, kzm, made, other, options, said):
    Path("surveys/x.docx").write_text("a file")
    code, out, err = kzm("refresh", report, *(options if "--data" in options else [*other, *options]))
    assert code == 1
    assert out == ""
    assert said in err
    assert len([line for line in err.splitlines() if line and not line.startswith("…")]) == 1
    assert report.read_bytes() == made


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"", "empty"), (b"PK\x03\x04", "damaged"), (b"{\\rtf", "no Word file")],
)
def test_a_file_that_is_no_report_is_one_message(project, kzm, content, said):
    if content is not None:
        Path("report.docx").write_bytes(content)
    code, out, err = kzm("refresh", "report.docx")
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_document_without_record_needs_a_year(report, kzm, made):
    (name,) = [name for name in unzipped(made) if re.fullmatch(r"customXml/item\d+\.xml", name)]
    report.write_bytes(with_parts(made, {name: b"<report/>"}))
    code, _, err = kzm("refresh", report)
    assert code == 1
    assert "--year" in err
    code, out, _ = kzm("refresh", report, "--year", 2022)
    assert code == 1
    assert "carries no record" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "REPORT.docx"),
        (["a.docx", "--out", "a.txt"], "--out"),
        (["a.docx", "--lang", "xx"], "--lang"),
        (["a.docx", "--json", "../here/a.docx"], "--json"),
        (["a.docx", "--data", "noise"], "SURVEY=FILE"),
    ],
)
def test_a_wrong_call_is_code_2(project, kzm, words, said):
    code, _, err = kzm("refresh", *words)
    assert code == 2
    assert said in err
