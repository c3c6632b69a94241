"""New values go into an edited Word file: only tagged numbers change, and people are told what they must look at."""

import io
import json
import shutil
import subprocess
import time
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kzm_surveys import FindingError
from kzm_surveys.findings.document_record import Printed, Record, read_record, record_of
from kzm_surveys.findings.docx_record import embed_record
from kzm_surveys.findings.number_grammar import Changing, flags_of
from kzm_surveys.findings.refresh import refreshed
from kzm_surveys.findings.section import Heading, Paragraph, Section, Table
from kzm_surveys.findings.text import Fixed, Footnote, Reference, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.findings.word_file import record_in
from tests.findings.edited_word import (
    ABOUT,
    FIRST,
    OLD,
    TABLE,
    blanked,
    p,
    part,
    record,
    run,
    shown,
    tagged,
    unzipped,
    word,
)

NB = "\u00a0"
RSID = 'w:rsidR="00AB12CD" w:rsidRPr="00EF3456"'


def refresh(body, new, *, old=OLD, force=False, **more):
    return refreshed(word(body, old, **more), old, new, where="report.docx", force=force)


def test_unchanged_values_leave_every_byte():
    content = word(FIRST + TABLE)
    done = refreshed(content, OLD, record(), where="report.docx")
    assert done.content == content
    assert done.changes == []
    assert done.checked == 6
    assert not done.needs_people


def test_only_the_text_of_tagged_numbers_changes():
    content = word(FIRST + TABLE, footnotes=part(p("Luka ", tagged("port", f"26,3{NB}%"), "."), "footnotes"))
    done = refreshed(content, OLD, record(port=f"27,4{NB}%"), where="report.docx")
    before, after = unzipped(content), unzipped(done.content)
    assert list(before) == list(after)
    for name in before:
        assert name in ("word/document.xml", "word/footnotes.xml", "customXml/item1.xml") or before[name] == after[name]
        assert blanked(before[name]) == blanked(after[name]) or name.startswith("customXml")
    assert after["word/document.xml"] == before["word/document.xml"].replace(b"26,3", b"27,4")
    assert after["word/footnotes.xml"] == before["word/footnotes.xml"].replace(b"26,3", b"27,4")
    assert [(change.id, change.old, change.new) for change in done.changes] == [
        ("port", f"26,3{NB}%", f"27,4{NB}%")
    ] * 3
    assert not done.needs_people


def test_the_document_carries_the_new_record_afterwards():
    done = refresh(FIRST, record(port=f"27,4{NB}%"))
    carried = read_record(record_in(unzipped(done.content)), "report.docx")
    assert carried.numbers["port"].value == f"27,4{NB}%"
    again = refreshed(done.content, carried, record(port=f"27,4{NB}%"), where="report.docx")
    assert again.content == done.content
    assert again.by_hand == again.changes == []


@pytest.mark.parametrize(
    "inside",
    [
        f'<w:r {RSID}><w:rPr><w:b/></w:rPr><w:t>2</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:t>6,3</w:t></w:r>'
        f'<w:proofErr w:type="spellEnd"/><w:r {RSID}><w:t xml:space="preserve">{NB}%</w:t></w:r>',
        f'<w:bookmarkStart w:id="3" w:name="x"/>{run(f"26,3{NB}%")}<w:bookmarkEnd w:id="3"/>',
        f'<w:ins w:id="4" w:author="A" w:date="2023-01-01T00:00:00Z">{run(f"26,3{NB}%")}</w:ins>',
        f'<w:ins w:id="4" w:author="A">{run("26")}</w:ins>{run(f",3{NB}%")}',
        f'<w:del w:id="5" w:author="A"><w:r><w:delText>99</w:delText></w:r></w:del>{run(f"26,3{NB}%")}',
        run("26,3 %"),
        run("26,3&#160;%"),
        "<w:r><w:t/></w:r>" + run(f"26,3{NB}%"),
        "<w:r><w:t>26,3</w:t><w:t><![CDATA[\u00a0%]]></w:t></w:r>",
    ],
    ids=["runs", "bookmark", "inserted", "inserted_start", "deleted", "blank", "entity", "empty", "cdata"],
)
def test_a_number_is_found_and_replaced_in_what_word_makes_of_it(inside):
    body = p("Luka ", tagged("port", inside), " oseb.")
    done = refresh(body, record(port="27,4%"))
    assert shown(done.content) == "Luka 27,4% oseb."
    old, new = (unzipped(content)["word/document.xml"] for content in (word(body), done.content))
    assert blanked(old.replace(b"<![CDATA[\xc2\xa0%]]>", b"")) == blanked(new)
    assert len(done.changes) == 1


@pytest.mark.parametrize(
    "body",
    [
        f"<w:sdt><w:sdtPr><w:tag w:val='port'/></w:sdtPr><w:sdtContent>{p(f'26,3{NB}%')}</w:sdtContent></w:sdt>",
        "<w:tbl><w:tr><w:sdt><w:sdtPr><w:tag w:val='port'/></w:sdtPr><w:sdtContent>"
        f"<w:tc>{p(f'26,3{NB}%')}</w:tc></w:sdtContent></w:sdt></w:tr></w:tbl>",
        p(f"<w:hyperlink>{tagged('port', f'26,3{NB}%')}</w:hyperlink>"),
        f"<w:sdt><w:sdtPr><w:tag w:val='moj odstavek'/></w:sdtPr><w:sdtContent>{p(tagged('port', f'26,3{NB}%'))}"
        "</w:sdtContent></w:sdt>",
        p(f"<w:r><w:pict>{p(tagged('port', f'26,3{NB}%'))}</w:pict></w:r>"),
    ],
    ids=["block", "cell", "link", "in_another", "text_box"],
)
def test_a_control_is_found_wherever_it_was_moved(body):
    done = refresh(body, record(port=f"27,4{NB}%"))
    assert shown(done.content) == f"27,4{NB}%"
    assert len(done.changes) == 1


def test_a_text_box_that_is_repeated_for_old_programs_changes_twice_and_is_listed_once():
    box = p(tagged("port", f"26,3{NB}%"), " in 77")
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    done = refresh(p(f"<w:r>{both}</w:r>"), record(port=f"27,4{NB}%"))
    assert shown(done.content) == f"27,4{NB}% in 77" * 2
    assert [each.text for each in done.untagged] == ["77"]


def test_the_archive_keeps_its_order_dates_and_packing():
    packed = io.BytesIO(word(FIRST))
    with zipfile.ZipFile(packed, "a") as package:
        package.comment = b"municipality"
        package.writestr(zipfile.ZipInfo("word/stored.bin", (2001, 2, 3, 4, 5, 6)), b"stored" * 50)
    done = refreshed(packed.getvalue(), OLD, record(port="< 5 & 6"), where="report.docx")
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(io.BytesIO(done.content)) as after:
        facts = [[(e.filename, e.date_time, e.compress_type) for e in each.infolist()] for each in (before, after)]
        assert facts[0] == facts[1]
        assert after.comment == b"municipality"
    assert "luka &lt; 5 &amp; 6 (" in shown(done.content)


def test_two_thousand_numbers_take_less_than_two_seconds():
    names = [f"n{number}" for number in range(2000)]
    known = [Record(ABOUT, {name: Printed(value, "count", 0) for name in names},
                    {"noise 2021: text": [f"{name} {{{name}}}." for name in names]}, {}, {})
             for value in ("508", "502")]  # fmt: skip
    content = word("".join(p(f"{name} ", tagged(name, "508"), ".") for name in names), known[0])
    began = time.perf_counter()
    done = refreshed(content, *known, where="report.docx")
    assert time.perf_counter() - began < 2
    assert len(done.changes) == len(names)


def test_a_copied_paragraph_changes_in_both_places():
    done = refresh(FIRST + FIRST, record(port=f"27,4{NB}%"))
    assert shown(done.content).count("27,4") == 2
    assert len(done.changes) == 2


def test_a_number_inside_a_deletion_is_left_alone():
    gone = f'<w:moveFrom w:id="5" w:author="A">{run(f"26,3{NB}%")}</w:moveFrom>'
    body = FIRST + p("Luka ", tagged("port", gone), '<w:del w:id="6">' + tagged("road", f"30,1{NB}%") + "</w:del>")
    done = refresh(body, record(port=f"27,4{NB}%"))
    assert f">26,3{NB}%<" in unzipped(done.content)["word/document.xml"].decode()
    assert done.checked == 4
    assert not done.needs_people


def test_headers_and_a_part_of_another_name_are_refreshed():
    content = word(FIRST, header2=part(p(tagged("n", "508")), "hdr"), document2=part(p(tagged("n", "508"))))
    done = refreshed(content, OLD, record(n="510"), where="report.docx")
    assert shown(done.content, "word/header2.xml") == shown(done.content, "word/document2.xml") == "510"


def test_a_number_changed_by_hand_is_left_and_listed_unless_forced():
    body = p("Luka moti ", tagged("port", f"25{NB}%"), " oseb, promet ", tagged("road", f"30,1{NB}%"), ".")
    done = refresh(body, record(port=f"27,4{NB}%"))
    assert shown(done.content) == f"Luka moti 25{NB}% oseb, promet 30,1{NB}%."
    assert [(left.id, left.text, left.now) for left in done.by_hand] == [("port", f"25{NB}%", f"27,4{NB}%")]
    assert done.needs_people
    forced = refresh(body, record(port=f"27,4{NB}%"), force=True)
    assert shown(forced.content) == f"Luka moti 27,4{NB}% oseb, promet 30,1{NB}%."
    assert forced.by_hand == []


def test_a_number_already_set_right_by_hand_is_nothing_to_tell():
    done = refresh(p("Luka ", tagged("port", f"27,4{NB}%")), record(port=f"27,4{NB}%"))
    assert done.by_hand == done.changes == []


def test_a_number_that_is_no_longer_computed_is_left_and_listed():
    new = record()
    del new.numbers["port"]
    done = refresh(FIRST, new)
    assert shown(done.content) == shown(word(FIRST))
    assert [(left.id, left.text, left.now) for left in done.not_computed] == [("port", f"26,3{NB}%", "")]


def test_a_lost_tag_and_a_typed_number_are_told_apart():
    body = p("Odgovorilo je 508 oseb.") + p("Promet moti ", tagged("road", f"30,1{NB}%"), ", teh je 77.")
    done = refresh(body, record(n="510"))
    assert [(each.text, each.id, each.now) for each in done.untagged] == [("508", "n", "510"), ("77", "", "")]


def test_a_lost_tag_in_a_table_is_found_by_its_row():
    body = FIRST + TABLE.replace(tagged("port", f"26,3{NB}%"), run(f"26,3{NB}%"))
    (found,) = refresh(body, record(port=f"27,4{NB}%")).untagged
    assert (found.text, found.id, found.now) == ("26,3", "port", f"27,4{NB}%")
    assert found.sentence == f"luka | 26,3{NB}%"


def test_digits_of_headings_fields_dates_and_quoted_names_are_no_results():
    body = FIRST + "".join(
        [
            p("Poglavje 3", style="Naslov1"),
            p("Preglednica ", '<w:fldSimple w:instr="SEQ"><w:r><w:t>4</w:t></w:r></w:fldSimple>'),
            p('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', '<w:r><w:fldChar w:fldCharType="separate"/></w:r>', "12",
              '<w:r><w:fldChar w:fldCharType="end"/></w:r>'),
            p("Anketa je bila med 24. novembrom in 2. decembrom 2021, poročilo 30. 11. 2022, leta 2023."),
        ]
    )  # fmt: skip
    assert refresh(body, record()).untagged == []
    assert [each.text for each in refresh(body + p("Dne 3. 5. je 12 oseb"), record()).untagged] == ["12"]


def test_a_noun_of_another_form_is_flagged_in_words_that_people_wrote():
    body = p("Vprašali smo ", tagged("n", "508"), " oseb z Žusterne.")
    (change,) = refresh(body, record(n="502")).changes
    assert change.sentence == "Vprašali smo 502 oseb z Žusterne."
    (flag,) = change.flags
    assert "502 oseb" in flag
    (change,) = refresh(body, record(n="510")).changes
    assert change.flags == []


@pytest.mark.parametrize(
    ("before", "old", "new", "after", "kind", "said"),
    [
        ("Odgovorila je ", "101", "102", " oseba.", "count", ["noun"]),
        ("Odgovorilo je ", "508", "505", " oseb.", "count", []),
        ("n = ", "101", "102", "", "count", []),
        ("Odgovorila je ", "101", "102", ", kar je malo.", "count", ["noun"]),
        ("Od ", "101", "102", " do konca", "count", []),
        ("v primerjavi s ", "26,3 %", "28,1 %", " oseb", "percent", ["preposition"]),
        ("v primerjavi s ", "26,3 %", "27,4 %", " oseb", "percent", []),
        ("v primerjavi z ", "18 %", "17,8 %", " oseb", "percent", ["preposition"]),
        ("dobra četrtina (", "26,3 %", "27,4 %", ") oseb", "percent", []),
        ("dobra četrtina (", "26,3 %", "33,4 %", ") oseb", "percent", ["share word"]),
        ("večina (", "53,0 %", "61,2 %", ")", "percent", []),
        ("večina (", "53,0 %", "48,0 %", ")", "percent", ["share word"]),
        ("Vsaka četrta mama (", "25,1 %", "21,0 %", ")", "percent", ["share word"]),
        ("Ena od petih mam (", "20,1 %", "26,0 %", ")", "percent", ["share word"]),
        ("One in four mothers (", "25,1 %", "21,0 %", ")", "percent", ["share word"]),
        ("za ", "2,5", "\u22121,1", " odstotne točke", "points", ["sign"]),
        ("za ", "2,5", "3,1", " odstotne točke", "points", []),
        ("za ", "2", "5", " odstotni točki", "points", ["noun"]),
        ("p < ", "0,001", "0,010", ".", "p_value", ["p-value"]),
        ("p = ", "0,012", "0,001", ".", "p_value", ["p-value"]),
        ("p = ", "0,012", "0,034", ".", "p_value", []),
        ("mean ", "3.2", "3.4", "", "decimal", []),
    ],
)
def test_grammar_of_a_number_that_changes(before, old, new, after, kind, said):
    form = Printed(new, kind, 0 if "," not in new else 1)
    flags = flags_of(before + new + after, [Changing(old, new, form, len(before))], 0, "sl")
    assert [flag.partition(":")[0] for flag in flags] == [f"{s} or verb" if s == "noun" else s for s in said]


def test_shares_that_change_places_are_flagged_in_words_that_people_wrote():
    body = p("Bolj kot luka (", tagged("port", f"26,3{NB}%"), ") moti promet (", tagged("road", f"30,1{NB}%"), ").")
    assert ["order" in "".join(change.flags) for change in refresh(body, record(road=f"25,0{NB}%")).changes] == [True]
    assert [change.flags for change in refresh(body, record(road=f"28,0{NB}%")).changes] == [[]]
    assert [change.flags for change in refresh(FIRST, record(road=f"25,0{NB}%")).changes] == [[]]


def test_ends_of_intervals_are_not_compared_with_other_shares():
    form = Printed("", "percent", 1)
    words = "Luka moti 30 (25–35), promet 28 (26–37)."
    old = ["30", "25", "35", "28", "22", "37"]
    numbers, at = [], 0
    for was, now in zip(old, ["30", "25", "35", "28", "26", "37"], strict=True):
        at = words.index(now, at)
        numbers.append(Changing(was, now, form, at))
    assert flags_of(words, numbers, 4, "sl") == []


def test_a_number_that_is_no_longer_computed_is_told_at_every_refresh():
    new = record()
    del new.numbers["port"]
    done = refresh(FIRST, new)
    carried = read_record(record_in(unzipped(done.content)), "report.docx")
    again = refreshed(done.content, carried, new, where="report.docx")
    assert [left.id for left in again.not_computed] == ["port"]
    assert again.untagged == []
    assert again.content == done.content


def test_the_ends_of_a_range_that_change_places_are_flagged():
    form = Printed("", "count", 0)
    numbers = [Changing("195", "184", form, 4), Changing("196", "183", form, 8)]
    assert flags_of("n = 184–183", numbers, 0, "sl") == ["range: its ends have changed places"]


def test_a_sentence_that_the_report_words_otherwise_flags_its_numbers_and_is_shown():
    new = record({"noise 2021: paragraph first": ["Odgovorili sta {n} osebi.", SENTENCE]}, n="502")
    done = refresh(FIRST, new)
    assert [(one.was, one.now) for one in done.reworded] == [("Odgovorilo je 508 oseb.", "Odgovorili sta 502 osebi.")]
    first, second = done.changes
    assert any("words" in flag for flag in first.flags)
    assert second.flags == []  # its sentence is told in the same words


SENTENCE = OLD.wording["noise 2021: paragraph first"][1]


def test_a_sentence_that_people_wrote_is_flagged_if_any_sentence_of_its_number_is_reworded():
    new = record({"noise 2021: paragraph first": ["Odgovorili sta {n} osebi.", SENTENCE]}, n="502")
    (change,) = refresh(p("Odzvalo se jih je precej (", tagged("n", "508"), ")."), new).changes
    assert any("words" in flag for flag in change.flags)


def test_a_reworded_sentence_that_the_document_no_longer_says_is_not_told():
    new = record({"noise 2021: paragraph first": [OLD.wording["noise 2021: paragraph first"][0], "Luka: {port}."]})
    assert refresh(p("Odgovorilo je ", tagged("n", "508"), " oseb."), new).reworded == []
    assert len(refresh(FIRST, new).reworded) == 1


def test_words_without_numbers_are_compared_as_well():
    old = record({"noise 2021: paragraph x": ["Skupini se razlikujeta.", "Vzorec je velik."]})
    new = record({"noise 2021: paragraph x": ["Razlike nismo zaznali.", "Vzorec je velik."]})
    done = refresh(FIRST + p("Skupini se razlikujeta. Vzorec je velik."), new, old=old)
    assert [(one.was, one.now) for one in done.reworded] == [("Skupini se razlikujeta.", "Razlike nismo zaznali.")]
    assert refresh(FIRST, new, old=old).reworded == []


def test_rows_of_a_table_are_told_by_number_and_order():
    more = record(tables={"sources": [*OLD.tables["sources"], "mopedi | {n}"]})
    (one,) = refresh(FIRST + TABLE, more).reworded
    assert one.place == "table sources (rows: 2 before, 3 now)"
    assert (one.was, one.now) == ("", "mopedi | 508")
    turned = record(tables={"sources": [OLD.tables["sources"][i] for i in (0, 2, 1)]})
    (one,) = refresh(FIRST + TABLE, turned).reworded
    assert (one.place, one.was, one.now) == ("table sources: order of the rows", "promet; luka", "luka; promet")
    header, *_ = OLD.tables["sources"]
    both = record(tables={"sources": [header, "luka | {port} *", "vlak | {n}", "promet | {road}"]})
    assert [(one.was, one.now) for one in refresh(FIRST + TABLE, both).reworded] == [
        (f"luka | 26,3{NB}%", f"luka | 26,3{NB}% *"),
        ("", "vlak | 508"),
    ]


def test_what_is_new_is_told_only_where_the_document_still_holds_the_place():
    more = record(tables={"sources": [*OLD.tables["sources"], "mopedi | {n}"]})
    assert refresh(p("Odgovorilo je ", tagged("n", "508"), " oseb."), more).reworded == []
    new = record({**OLD.wording, "noise 2021: paragraph new": ["Skupini se razlikujeta."]})
    assert [one.now for one in refresh(FIRST, new).reworded] == ["Skupini se razlikujeta."]


def test_rows_with_the_same_label_are_all_told():
    head, *rows = OLD.tables["sources"]
    more = record(tables={"sources": [head, *rows, "luka | {n}", "luka | {n} *", "promet | {n}"]})
    assert [one.now for one in refresh(FIRST + TABLE, more).reworded] == ["luka | 508", "luka | 508 *", "promet | 508"]


def test_a_picture_drawn_from_other_numbers_is_named():
    drawing = "<w:r><w:drawing><wp:docPr xmlns:wp='urn:x' id='1' name='figure-noise_sources'/></w:drawing></w:r>"
    assert refresh(FIRST + p(drawing), record(figures={"noise_sources": "otherwise"})).pictures == ["noise_sources"]
    assert refresh(FIRST + p(drawing), record()).pictures == []


def waves(**synthetic):
    """What a record says of the data: which waves are synthetic."""
    about = {name: {"file": f"{told}.sav", "sha256": f"{told}", "n": 508, "synthetic": told}
             for name, told in synthetic.items()}  # fmt: skip
    return record(about={"data": about})


def test_another_file_is_said():
    done = refresh(FIRST, record(about={"data": {"noise 2021": {"file": "b.sav", "sha256": "bb", "n": 509}}}))
    assert done.data == ["noise 2021: other answers: a.sav (n = 508) before, b.sav (n = 509) now."]


def test_each_survey_whose_answers_become_real_or_invented_is_said():
    marked = {"header1": part(p("SINTETIČNI PODATKI: hrup; dojenje"), "hdr")}
    done = refresh(FIRST, waves(noise=False, milk=True), old=waves(noise=True, milk=True), **marked)
    (note,) = done.notes
    assert note.startswith("noise: the answers are now real and were SYNTHETIC")
    assert done.needs_people
    (note,) = refresh(FIRST, waves(noise=True), old=waves(noise=False), **marked).notes
    assert note.startswith("noise: the answers are now SYNTHETIC and were real")
    assert refresh(FIRST, waves(noise=True), old=waves(noise=True), **marked).notes == []


def test_a_mark_of_invented_answers_that_is_wrong_is_said_at_every_refresh():
    real, invented = waves(noise=False), waves(noise=True)
    marked = {"header1": part(p("SINTETIČNI PODATKI: hrup"), "hdr")}
    (note,) = refresh(FIRST, real, old=real, **marked).notes
    assert "The answers are real" in note
    assert "SINTETIČNI PODATKI: hrup" in note
    (note,) = refresh(FIRST, invented, old=invented).notes
    assert "The answers of noise are SYNTHETIC" in note
    assert refresh(FIRST, real, old=real).notes == []


@pytest.mark.parametrize("old", [OLD, None])
def test_words_typed_into_a_control_are_never_replaced(old):
    inside = f"<w:sdtContent>{p('26')}{p('Luka.')}</w:sdtContent>"
    paragraphs = f"<w:sdt><w:sdtPr><w:tag w:val='port'/></w:sdtPr>{inside}</w:sdt>"
    for typed in (p("Luka ", tagged("port", f"26,3{NB}%, kar je več")), paragraphs):
        done = refreshed(word(typed, old), old, record(port=f"27,4{NB}%"), where="report.docx", force=True)
        assert shown(done.content) == shown(word(typed, old))
        assert [(each.id, each.now) for each in done.by_hand] == [("port", f"27,4{NB}%")]


def test_a_description_of_a_table_with_old_numbers_is_told_until_it_is_right():
    words = {"noise 2021: table sources: notes": ["Osnova: n = {n}.", "Vir: anketa, 2021"]}
    old, new = record(words), record(words, n="480")

    def told(description, before=old):
        described = f'<w:tblPr><w:tblCaption w:val="Viri"/><w:tblDescription w:val="{description}"/></w:tblPr>'
        return refresh(FIRST + TABLE.replace("<w:tbl>", f"<w:tbl>{described}", 1), new, old=before)

    for before in (old, new, None):
        (one,) = told("Osnova: n = 508. Vir: anketa, 2021", before).descriptions
        assert (one.text, one.now) == ("Osnova: n = 508. Vir: anketa, 2021", "Osnova: n = 480. Vir: anketa, 2021")
        assert told("Osnova: n = 480. Vir: anketa, 2021", before).descriptions == []
        assert told("Moje besede iz leta 2021", before).descriptions == []
        assert [one.now for one in told("Moja opomba 17", before).descriptions] == [""]
    assert told("Osnova: n = 508. Vir: anketa, 2021").needs_people


def test_without_a_record_all_tagged_numbers_are_replaced_with_a_warning():
    body = p("Luka ", tagged("port", f"25{NB}%"), " ", tagged("moje", "9"))
    done = refreshed(word(body, None), None, record(), where="report.docx")
    assert shown(done.content) == f"Luka 26,3{NB}% 9"
    assert "no record" in done.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"hello", "no Word file"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "password"),
        (bytes.fromhex("D0CF11E0A1B11AE1"), ".doc"),
        (word(FIRST)[:-40], "damaged"),
        (word(FIRST).replace(b"<", b"\x00", 3)[:600], "damaged"),
        (word(p("Odgovorilo je 508 oseb.")), "no tagged number"),
        (word(p(tagged("moje", "508"))), "tagged numbers, but none"),
        (word(FIRST, header1="<w:hdr>"), "word/header1.xml is damaged"),
        (word(FIRST, header1='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "document type definition"),
        (word(FIRST, header1='<?xml version="1.0" encoding="ISO-8859-2"?><a/>'), "ISO-8859-2"),
        (word(FIRST, header1=part(" " * 3_000_000, "hdr")), "made to swell"),
    ],
    ids=["empty", "text", "password", "doc", "cut", "spoiled", "no_tags", "own_tags", "xml", "dtd", "latin2", "bomb"],
)
def test_what_cannot_be_refreshed_is_one_clear_message(content, said):
    with pytest.raises(FindingError, match=r"report\.docx") as error:
        refreshed(content, OLD, record(port=f"27,4{NB}%"), where="report.docx")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("spoiled", [b"{", b"[]", b'{"numbers": {"a": 1}}', b'{"numbers": {}}'])
def test_a_spoiled_record_is_one_clear_message(spoiled):
    with pytest.raises(FindingError, match="record of its numbers"):
        read_record(spoiled, "report.docx")


def everywhere(known, path=()):
    """All places in what JSON holds."""
    yield path
    inside = known.items() if isinstance(known, dict) else enumerate(known) if isinstance(known, list) else ()
    for key, value in inside:
        yield from everywhere(value, (*path, key))


@pytest.mark.parametrize("spoiled", [None, 1, "x", [], {}, [1], {"a": 1}, {"a": [1]}, [[]]], ids=str)
def test_whatever_is_wrong_in_a_record_is_one_clear_message(spoiled):
    for path in everywhere(json.loads(OLD.as_bytes())):
        known = inner = {"all": json.loads(OLD.as_bytes())}
        *before, last = "all", *path
        for key in before:
            inner = inner[key]
        inner[last] = spoiled
        try:
            told = read_record(json.dumps(known["all"]).encode(), "report.docx")
        except FindingError:
            continue
        refresh(FIRST + TABLE, record(n="102"), old=told)
        assert all(isinstance(name, str) for name in told.about["surveys"])


def test_what_a_later_version_adds_to_a_record_is_passed_over():
    assert read_record(json.dumps(json.loads(OLD.as_bytes()) | {"later": 1}).encode(), "report.docx") == OLD


WORDS = st.text(st.sampled_from("abcč šž.,;:()»«{}0123456789%&<>|\u00a0\n"), max_size=30)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(WORDS, st.sampled_from(["n", "road", "port", "moje"]), st.booleans()), min_size=1, max_size=8)
)
def test_random_prose_around_numbers_is_never_touched(pieces):
    inside = []
    for words, tag, split in pieces:
        safe = words.replace("&", "&amp;").replace("<", "&lt;")
        value = OLD.numbers[tag].value if tag in OLD.numbers else "5"
        number = (
            run(value[:1]) + f"<w:r {RSID}><w:t>{value[1:]}</w:t></w:r>" if split and len(value) > 1 else run(value)
        )
        inside += [run(safe), tagged(tag, number)]
    body = p(*inside, tagged("n", "508"))
    done = refresh(body, record(n="511", road="1 %", port="2 %"))
    assert blanked(unzipped(word(body))["word/document.xml"]) == blanked(unzipped(done.content)["word/document.xml"])
    expected = shown(word(p("x")))[1:]
    for words, tag, _ in pieces:
        expected += words.replace("&", "&amp;").replace("<", "&lt;")
        expected += {"n": "511", "road": "1 %", "port": "2 %", "moje": "5"}[tag]
    assert shown(done.content) == expected + "511"
    assert len(done.changes) == sum(tag != "moje" for _, tag, _ in pieces) + 1


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_document_saved_by_libreoffice_is_refreshed(tmp_path):
    document = docx.Document(io.BytesIO(word(FIRST + TABLE + p("Besede »z narekovaji« &amp; znaki."), None)))
    embed_record(document, OLD.as_bytes())
    document.save(tmp_path / "report.docx")
    office = f"-env:UserInstallation=file://{tmp_path}/office"
    to = ["--headless", "--convert-to", "docx", "--outdir", str(tmp_path / "saved"), str(tmp_path / "report.docx")]
    subprocess.run(["soffice", office, *to], check=True, capture_output=True)
    saved = (tmp_path / "saved" / "report.docx").read_bytes()
    carried = read_record(record_in(unzipped(saved)), "report.docx")
    assert carried == OLD
    done = refreshed(saved, carried, record(port=f"27,4{NB}%"), where="report.docx")
    assert done.checked == 6
    assert len(done.changes) == 2
    assert (done.by_hand, done.not_computed, done.untagged) == ([], [], [])
    assert shown(done.content) == shown(saved).replace("26,3", "27,4")


def test_a_control_that_lost_its_tag_is_known_by_its_sentence_and_else_listed():
    body = (FIRST + TABLE).replace('<w:tag w:val="port"/>', "").replace('<w:tag w:val="n"/>', "")
    done = refresh(body, record(port=f"27,4{NB}%", n="510"))
    assert shown(done.content) == shown(word(FIRST + TABLE)).replace("26,3", "27,4").replace("508", "510")
    done = refresh(body.replace("oseb, luka ", "oseb, Luka Koper "), record(port=f"27,4{NB}%", n="510"))
    assert shown(done.content) == shown(word(FIRST + TABLE)).replace("508", "510", 1).replace(
        "luka 26,3", "Luka Koper 26,3"
    ).replace("luka26,3", "luka27,4")
    assert [(each.text, each.id, each.now) for each in done.untagged] == [
        ("26,3", "port", f"27,4{NB}%"), ("508", "n", "510"),
    ]  # fmt: skip


def test_the_record_holds_words_without_numbers(noise):
    voice = Voice(noise)
    n = voice.fact(508, "respondents")
    held = {"note": Footnote(say("Vir: {n}.", n=n)), "table": Reference("table", "t"), "day": Fixed("3. maja", "date")}
    text = say("Odgovorilo je {n} oseb{note}, glej preglednico {table}, dne {day}. Drugo.", n=n, **held)
    table = Table("t", say("Naslov"), ["Vir", "Delež"], [["luka", n]], [say("Opomba.")])
    section = Section(noise, [Heading("H"), Paragraph(text, id="first"), Paragraph(say("Brez imena.")), table])
    about = {"year": 2022, "language": "sl", "surveys": ["noise"], "data": {}}
    content = record_of([section], {}, about)
    known = read_record(content, "x")
    assert json.loads(content)["about"] == about
    assert known.numbers == {n.id: Printed("508", "count", 0)}
    assert known.wording["noise 2021: paragraph first"] == [
        f"Odgovorilo je {{{n.id}}} oseb, glej preglednico {{table:t}}, dne 3. maja.".replace(" {t", "\u00a0{t"),
        "Drugo.",
        f"Vir: {{{n.id}}}.",
    ]
    assert known.wording["noise 2021: text"] == ["Brez imena."]
    assert known.tables == {"t": ["Vir | Delež", f"luka | {{{n.id}}}"]}
    assert known.references == {"table:t": 1}
    assert known.fixed == ["3. maja"]
    assert known.filled(f"{{table:t}} {{{n.id}}}") == "1 508"
