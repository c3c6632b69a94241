"""Captions, their numbers, and the references that point at them."""

import datetime
import re
from dataclasses import replace

import pytest

from kzm_surveys import FindingError
from kzm_surveys.findings.docx import to_docx
from kzm_surveys.findings.docx_runs import bookmark_name
from kzm_surveys.findings.docx_style import DocumentInfo
from kzm_surveys.findings.section import FigureRef, Section
from kzm_surveys.findings.text import Reference, say
from kzm_surveys.plots.style import saved

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NS = {"w": W[1:-1]}


def fields(paragraph):
    """Instruction and shown result of every field of a paragraph."""
    out, state, instruction, shown = [], None, "", ""
    for run in paragraph.iter(f"{W}r"):
        mark = run.find("w:fldChar", NS)
        if mark is not None:
            state = mark.get(f"{W}fldCharType")
            if state == "begin":
                instruction, shown = "", ""
            if state == "end":
                out.append((instruction.strip(), shown))
        elif state == "begin":
            instruction += "".join(node.text for node in run.iter(f"{W}instrText"))
        elif state == "separate":
            shown += "".join(node.text for node in run.iter(f"{W}t"))
    return out


def style(paragraph):
    found = paragraph.find("w:pPr/w:pStyle", NS)
    return None if found is None else found.get(f"{W}val")


@pytest.fixture(scope="module")
def captions(body):
    return [p for p in body.iter(f"{W}p") if style(p) == "Caption"]


@pytest.fixture(scope="module")
def bookmarks(body):
    """Shown number inside each bookmark."""
    out = {}
    for start in body.iter(f"{W}bookmarkStart"):
        name = start.get(f"{W}name")
        assert name not in out
        inside = fields(start.getparent())
        end = [e for e in start.getparent().iter(f"{W}bookmarkEnd") if e.get(f"{W}id") == start.get(f"{W}id")]
        assert len(end) == 1
        out[name] = inside[0]
    return out


def test_every_caption_counts_itself(captions):
    counted = {"Preglednica": [], "Slika": []}
    for caption in captions:
        instruction, shown = fields(caption)[0]
        kind = re.fullmatch(r"SEQ (\w+) \\\* ARABIC", instruction)[1]
        counted[kind].append(int(shown))
        text = "".join(node.text for node in caption.iter(f"{W}t"))
        assert re.match(rf"{kind}\u00a0{shown}: \w", text), text
    for numbers in counted.values():
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) > 1


def test_every_caption_has_a_bookmark_that_word_accepts(captions, bookmarks):
    assert len(bookmarks) == len(captions) > 3
    for name in bookmarks:
        assert re.fullmatch(r"[A-Za-z_]\w{0,39}", name), name


def test_bookmark_numbers_are_unique(body):
    ids = [start.get(f"{W}id") for start in body.iter(f"{W}bookmarkStart")]
    assert len(set(ids)) == len(ids)


def test_every_reference_shows_the_number_of_its_caption(body, bookmarks):
    references = [field for p in body.iter(f"{W}p") for field in fields(p) if field[0].startswith("REF")]
    assert len(references) >= 6
    for instruction, shown in references:
        name = re.fullmatch(r"REF (\w+) \\h", instruction)[1]
        assert name in bookmarks
        instruction_there, number_there = bookmarks[name]
        assert instruction_there.startswith("SEQ")
        assert shown == number_there


def test_the_word_before_a_reference_fits_what_it_points_at(body):
    seen = 0
    for paragraph in body.iter(f"{W}p"):
        text = "".join(node.text for node in paragraph.iter(f"{W}t"))
        for instruction, shown in fields(paragraph):
            if instruction.startswith("REF"):
                word = "slik" if "_figure_" in instruction else "preglednic"
                assert re.search(rf"{word}\w+\u00a0{shown}\b", text), (instruction, text)
                seen += 1
    assert seen


def test_every_figure_is_pointed_at_from_the_text(body, bookmarks):
    used = {f[0].split()[1] for p in body.iter(f"{W}p") for f in fields(p) if f[0].startswith("REF")}
    assert used <= set(bookmarks)
    assert {name for name in bookmarks if "figure" in name} <= used


def test_all_fields_are_closed(body):
    kinds = [mark.get(f"{W}fldCharType") for mark in body.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", "end"] * (len(kinds) // 3)


def test_captions_stay_with_their_table_or_picture(body):
    children = list(body)
    for position, element in enumerate(children):
        if element.tag == f"{W}p" and style(element) == "Caption":
            assert element.find("w:pPr/w:keepNext", NS) is not None
            text = "".join(node.text for node in element.iter(f"{W}t"))
            if text.startswith("Preglednica"):
                assert children[position + 1].tag == f"{W}tbl"
            else:
                assert children[position - 1].find(".//w:drawing", NS) is not None
                assert children[position - 1].find("w:pPr/w:keepNext", NS) is not None


def test_bookmarks_are_short_and_distinct():
    names = {bookmark_name(kind, number) for kind in ("table", "figure") for number in (1, 11, 111)}
    assert len(names) == 6
    assert max(map(len, names)) <= 40


def test_an_unknown_reference_in_a_foot_is_refused(noise, figures):
    figure = replace(figures["noise_annoyance_by_place"], foot=say("gl. {t}", t=Reference("table", "nowhere")))
    section = Section(noise.survey, [FigureRef(figure.id)])
    picture = saved(figure.figure, "png", title="t", description="d")
    info = DocumentInfo("t", "s", "a", "k", datetime.date(2022, 12, 31))
    with pytest.raises(FindingError, match="nowhere"):
        to_docx([section], {figure.id: figure}, {figure.id: picture}, info)
