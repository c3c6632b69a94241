"""Walk produced documents from the outside: every digit is in a number of the ledger, or in a heading, date or id.

It knows files and XML only, and nothing of the package: ``python -m tests.findings.walker build/report/x.docx
build/ledger.json`` lists what it finds. A fault is a sentence; no fault is an empty list.
"""

import io
import json
import re
import sys
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

from lxml import etree, html

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TOKEN = re.compile(r"\d+(?:[.,]\d+)*")
GAP = "¤"
#: Parts of a Word file without words that people read, and the record that the program keeps for itself.
SILENT = re.compile(
    r"\[Content_Types\]\.xml|.*\.rels|customXml/.*|docProps/app\.xml|word/media/.*\.(png|jpe?g)|"
    r"word/(styles|settings|webSettings|numbering|fontTable)\.xml|word/theme/.*"
)
FIELDS = ("PAGE", "NUMPAGES", "SEQ", "REF")
DATED = ("created", "modified", "revision")
MONTHS = {
    "sl": "januar(?:ja|ju|jem)?|februar(?:ja|ju|jem)?|mar(?:ec|ca|cu|cem)|april[auom]{0,2}|maj(?:a|u|em)?"
    "|juni?j(?:a|u|em)?|julij(?:a|u|em)?|avgust(?:a|u|om)?|(?:septem|novem|decem)b(?:er|r[au]|rom)|oktob(?:er|r[au]|rom)",
    "en": "January|February|March|April|May|June|July|August|September|October|November|December",
}


class Facts:
    """What the ledger and the files of the surveys say: numbers by id, words that may be quoted, names of files."""

    def __init__(self, ledger, root=Path()):
        content = json.loads(ledger)
        self.about, rows = content["about"], content["numbers"]
        self.lang = self.about["language"]
        self.rows = {row["id"]: row for row in rows}
        assert len(self.rows) == len(rows), "an id stands twice"
        quoted, self.years = set(), {str(self.about["year"])}
        for name in self.about["surveys"]:
            survey, wave = name.split()
            for path in (
                root / "surveys" / survey / "codebook.toml",
                *(root / "surveys" / survey / wave).glob("*.toml"),
            ):
                content = tomllib.loads(path.read_text(encoding="utf-8"))
                quoted |= set(_texts(content, self.lang))
                self.years |= {str(figure["year"]) for figure in content.get("figures", ()) if "year" in figure}
        for margins in self.about["margins"].values():
            quoted |= {text for facts in margins.values() for key, text in facts.items() if key != "date"}
        self.quoted = sorted(
            {self._gaps(text.rstrip(".")) for text in quoted if re.search(r"\d", self._gaps(text))}, key=len
        )[::-1]
        self.names = {row["source"] for row in rows if row["source"] and row["statistic"].startswith("quoted")}
        self.names |= {"ledger.json", f"ledger_{self.lang}.json"} | set(self.rows)
        self.names |= {row["category"] for row in rows if row["statistic"] == "published"}
        for data in self.about["data"].values():
            self.names |= {data["file"], data["sha256"], data["sha256"][:12]}

    def _gaps(self, text):  # in a document its numbers are those of the ledger, its years are not
        kept = rf"(?P<kept>{self.dates}|\b(?:19|20)\d\d\b)|{TOKEN.pattern}"
        return re.sub(kept, lambda match: match["kept"] or GAP, text)

    @property
    def dates(self):
        """A day of a month, with its year or without; a month of a year."""
        month, day, year, blank = MONTHS[self.lang], r"(?:[1-9]|[12]\d|3[01])", r"(?:19|20)\d\d", "[ \u00a0]"
        point = r"\." if self.lang == "sl" else ""
        return (
            rf"(?<![\d.,])(?:{day}{point}{blank}(?:{month})\b(?:{blank}{year})?|(?:{month}){blank}{year}"
            rf"|{day}\.{blank}?(?:[1-9]|1[0-2])\.{blank}?{year})(?![\d])"
        )

    def untraced(self, words):
        """Digits of words (a number of the ledger is a gap) that are neither quoted, nor a date, nor a name."""
        if not re.search(r"\d", words):
            return []
        for name in sorted((name for name in self.names if name in words), key=len, reverse=True):
            words = re.sub(rf"(?<![\w.]){re.escape(name)}(?!\w)", "", words)
        for text in self.quoted:
            if text.lower() in words.lower():
                words = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", GAP, words, flags=re.IGNORECASE)
        words = re.sub(self.dates, "", words)
        words = re.sub(rf"\b(?:leto|year|for) (?:{'|'.join(self.years)})(?!\w)", "", words)
        return re.findall(r"\S*\d\S*", words)

    def numbers_at(self, place):
        """Tokens of all numbers whose place begins so."""
        return {
            token
            for row in self.rows.values()
            if any(place in f"{each}$" for each in row["places"])
            for token in TOKEN.findall(row["value"])
        }


def _texts(content, lang):
    if isinstance(content, dict):
        if isinstance(words := content.get(lang), str):
            yield words
        for value in content.values():
            yield from _texts(value, lang)
    elif isinstance(content, list):
        for value in content:
            yield from (value,) if isinstance(value, str) else _texts(value, lang)


# Word ---------------------------------------------------------------------------------------------------------------


def word_faults(content, ledger, root=Path()):
    """Faults of a Word file; `ledger` is the content of ledger.json."""
    return Word(content, Facts(ledger, root)).faults


class Word:
    """Everything that people can read in a Word file; `printed` are tags and texts of its numbers, in order."""

    def __init__(self, content, facts):
        self.facts, self.faults, self.printed, self.counts = facts, [], [], Counter()
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        self.headings = _headings(parts["word/styles.xml"])
        story = ["word/document.xml", *sorted(name for name in parts if name != "word/document.xml")]
        trees = {
            name: etree.fromstring(parts[name])
            for name in story
            if not SILENT.fullmatch(name) and name.endswith(".xml")
        }
        self.faults += [
            f"{name}: a part that nobody walked" for name in parts if name not in trees and not SILENT.fullmatch(name)
        ]
        self.targets = {}
        for tree in trees.values():
            self._bookmarks(tree)
        for name, tree in trees.items():
            if name == "docProps/core.xml":
                read = [node.text or "" for node in tree.iter() if etree.QName(node).localname not in DATED]
                self._plain(name, " ".join(read))
            else:
                self._part(name, tree)

    def _part(self, name, tree):
        inside = {text for paragraph in tree.iter(f"{W}p") for text in paragraph.iter(f"{W}t", f"{W}delText")}
        for text in tree.iter(f"{W}t", f"{W}delText"):
            if text not in inside and re.search(r"\d", text.text or ""):
                self.faults.append(f"{name}: digits outside of paragraphs: {text.text}")
        for symbol in tree.iter(f"{W}sym"):
            self.faults.append(f"{name}: a symbol that hides its sign: {symbol.attrib}")
        for paragraph in tree.iter(f"{W}p"):
            self._paragraph(name, paragraph)
        self._spoken(name, tree)

    def _paragraph(self, name, paragraph):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        heading = style is not None and style.get(f"{W}val") in self.headings
        words, fields = [], []
        for node in paragraph.iter():
            if next(node.iterancestors(f"{W}p"), None) is not paragraph and node is not paragraph:
                continue  # a paragraph of a text box inside this one is walked by itself
            if node.tag == f"{W}sdt":
                self._control(name, node)
                words.append(GAP)
            elif node.tag == f"{W}fldChar":
                kind = node.get(f"{W}fldCharType")
                if kind == "begin":
                    fields.append(["", "", False])
                elif kind == "separate":
                    fields[-1][2] = True
                else:
                    self._field(name, *fields.pop()[:2])
            elif node.tag == f"{W}fldSimple":
                self._field(name, node.get(f"{W}instr"), "".join(node.itertext(f"{W}t")))
            elif node.tag == f"{W}instrText" and fields:
                fields[-1][0] += node.text or ""
            elif node.tag in (f"{W}t", f"{W}delText"):
                if (
                    next(node.iterancestors(f"{W}sdt"), None) is not None
                    or next(node.iterancestors(f"{W}fldSimple"), None) is not None
                ):
                    continue
                if fields:
                    fields[-1][1] += node.text or ""
                    words.append(GAP if fields[-1][2] else "")
                else:
                    words.append(node.text or "")
            elif node.tag in (f"{W}tab", f"{W}br"):
                words.append(" ")
        if fields:
            self.faults.append(f"{name}: a field has no end in '{''.join(words)[:80]}'")
        if not heading:
            self._plain(name, "".join(words))

    def _control(self, name, control):
        tag = control.find(f"{W}sdtPr/{W}tag")
        held = "".join(text.text or "" for text in control.iter(f"{W}t"))
        tag = None if tag is None else tag.get(f"{W}val")
        row = self.facts.rows.get(tag)
        if row is None:
            self.faults.append(f"{name}: the control '{tag}' around '{held}' is not in the ledger")
        elif row["value"] != held:
            self.faults.append(f"{name}: '{tag}' shows '{held}', the ledger says '{row['value']}'")
        else:
            self.printed.append((tag, held))

    def _field(self, name, instruction, shown):
        kind, *rest = instruction.split() or [""]
        if kind not in FIELDS:
            self.faults.append(f"{name}: the field '{instruction.strip()}' shows '{shown}'")
        elif kind == "SEQ":
            self.counts[rest[0]] += 1
            if shown != str(self.counts[rest[0]]):
                self.faults.append(f"{name}: {rest[0]} '{shown}' is number {self.counts[rest[0]]} of its kind")
        elif kind == "REF" and shown != self.targets.get(rest[0]):
            self.faults.append(f"{name}: the reference '{shown}' points at '{self.targets.get(rest[0])}'")

    def _plain(self, name, words):
        self.faults += [f"{name}: '{found}' in '{words.strip()[:160]}'" for found in self.facts.untraced(words)]

    def _bookmarks(self, tree):
        """The text that a bookmark holds."""
        for start in tree.iter(f"{W}bookmarkStart"):
            held, node = "", start.getnext()
            while node is not None and node.tag != f"{W}bookmarkEnd":
                held += "".join(text.text or "" for text in node.iter(f"{W}t"))
                node = node.getnext()
            self.targets[start.get(f"{W}name")] = held

    def _spoken(self, name, tree):
        """Alternative texts, and titles and descriptions of tables."""
        for node in tree.iter():
            local = etree.QName(node).localname if isinstance(node.tag, str) else ""
            if local in ("docPr", "cNvPr"):
                figure = node.get("name", "").removeprefix("figure-")
                for attribute, place in (("descr", "alt"), ("title", "title")):
                    self._attribute(
                        name,
                        node.get(attribute, ""),
                        self.facts.numbers_at(f"figure {figure}: {place}$"),
                        f"{figure}: {place}",
                    )
            elif local in ("tblCaption", "tblDescription"):
                table = next(node.iterancestors(f"{W}tbl"))
                self._attribute(name, node.get(f"{W}val", ""), self._numbers_of(table), f"{local} of a table")

    def _numbers_of(self, table):
        """Tokens that stand in the same table by the ledger: the place is the one that most of its numbers share."""
        tags = [tag.get(f"{W}val") for tag in table.iter(f"{W}tag")]
        rows = [self.facts.rows[tag] for tag in set(tags) if tag in self.facts.rows]
        places = Counter(place for row in rows for place in row["places"] if ": table " in place)
        if not places:
            return set()
        return self.facts.numbers_at(f"{places.most_common(1)[0][0]}$")

    def _attribute(self, name, words, known, where):
        if self.facts.untraced(words):
            gaps = TOKEN.sub(lambda match: GAP if match[0] in known else match[0], words)
            self.faults += [f"{name}: {where}: '{found}' in '{words[:160]}'" for found in self.facts.untraced(gaps)]


def _headings(styles):
    """Ids of the styles of headings and of the title; their names are English in every language of Word."""
    found = set()
    for style in etree.fromstring(styles).iter(f"{W}style"):
        name = style.find(f"{W}name").get(f"{W}val").casefold()
        if re.fullmatch(r"heading \d|title|subtitle|toc heading|toc \d", name):
            found.add(style.get(f"{W}styleId"))
    return found


# HTML and Markdown --------------------------------------------------------------------------------------------------


def html_faults(text, ledger, root=Path()):
    """Faults of the HTML file."""
    return Html(text, Facts(ledger, root)).faults


class Html:
    """The words of the HTML file; `printed` are claims and texts of its numbers."""

    def __init__(self, text, facts):
        self.facts, self.faults, self.printed = facts, [], []
        tree = html.fromstring(text)
        for node in tree.xpath("//style|//script|//nav|//head//meta[@name='viewport']"):
            node.drop_tree()
        for node in tree.xpath("//h1|//h2|//h3|//h4|//h5|//h6|//title"):
            node.clear()
        for node in tree.xpath("//*[@data-claim]"):
            row = facts.rows.get(node.get("data-claim"))
            held = node.text_content()
            if row is None:
                self.faults.append(f"the claim '{node.get('data-claim')}' of '{held}' is not in the ledger")
            elif row["value"] != held or abs(float(node.get("value", row["estimate"])) - row["estimate"]) > 1e-12:
                self.faults.append(
                    f"'{row['id']}' shows '{held}' ({node.get('value')}), the ledger says '{row['value']}'"
                )
            else:
                self.printed.append((row["id"], held))
            self._replace(node, GAP)
        self._order(tree)
        for node in tree.xpath("//a[starts-with(@href, '#table-') or starts-with(@href, '#figure-')]"):
            if node.text_content() != node.get("href").rpartition("-")[2]:
                self.faults.append(f"the reference '{node.text_content()}' points at '{node.get('href')}'")
            self._replace(node, GAP)
        for node in tree.xpath("//sup/a|//a[starts-with(@href, '#mark-')]"):
            self._replace(node, GAP)
        for node in tree.iter():
            for name in ("alt", "title", "aria-label", "content", "summary"):
                if isinstance(node.tag, str) and node.get(name):
                    self._attribute(node, name)
        for block in tree.xpath("//p|//td|//th|//caption|//li|//dt|//dd|//figcaption"):
            if not block.xpath(".//p|.//td|.//li"):
                words = block.text_content()
                self.faults += [f"'{found}' in '{words.strip()[:160]}'" for found in facts.untraced(words)]
            self._replace(block, "") if not block.xpath(".//p|.//td|.//li") else None
        self.faults += [f"'{found}' outside of all blocks" for found in facts.untraced(tree.text_content())]

    def _order(self, tree):
        """Tables and figures are counted through the document."""
        counts = Counter()
        for node in tree.xpath("//span[@class='label']"):
            word, number = node.text_content().rstrip(":").split()
            counts[word] += 1
            if number != str(counts[word]):
                self.faults.append(f"{word} {number} is number {counts[word]} of its kind")
            self._replace(node, GAP)

    @staticmethod
    def _replace(node, words):
        tail = node.tail
        for child in list(node):
            node.remove(child)
        node.attrib.clear()
        node.text, node.tail = words, tail

    def _attribute(self, node, name):
        claims = [self.facts.rows.get(claim) for claim in (node.get("data-claims") or "").split()]
        if None in claims:
            self.faults.append(f"{name}: a claim of '{node.get('data-claims')}' is not in the ledger")
        known = {token for row in claims if row for token in TOKEN.findall(row["value"])}
        words = TOKEN.sub(lambda m: GAP if m[0] in known else m[0], node.get(name))
        if self.facts.untraced(node.get(name)):
            self.faults += [f"{name}: '{found}' in '{node.get(name)[:160]}'" for found in self.facts.untraced(words)]


def markdown_faults(text, ledger, printed, root=Path()):
    """Faults of the Markdown file, which has no tags: its numbers are those `printed` in Word, as often as there."""
    facts = Facts(ledger, root)
    faults = []
    for alt, figure in re.findall(r"!\[(.*?)\]\(\.\./figures/(\w+?)(?:_en)?\.png\)", text):
        known = facts.numbers_at(f"figure {figure}: alt$")
        words = TOKEN.sub(lambda m, known=known: GAP if m[0] in known else m[0], alt)
        if facts.untraced(alt):
            faults += [f"alt of {figure}: '{found}'" for found in facts.untraced(words)]
    text = re.sub(r"!\[.*?\]\(\.\./figures/\w+\.png\)", "", text)
    text = re.sub(r"^(> )?#+ .*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\\([\\|*_<>`#\[\].)+-])", r"\1", text)
    text = re.sub(r"\*\*(Slika|Preglednica|Figure|Table)[ \u00a0]\d+:\*\*", "", text)
    text = re.sub(r"\b(slik|preglednic|figure|table)\w*[ \u00a0]\d+", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\[\^\d+\]:?", "", text)
    for name in sorted(facts.names, key=len, reverse=True):
        text = text.replace(f"`{name}`", "").replace(f"({name})", "") if re.search(r"\d", name) else text
    known = {token for _, value in printed for token in TOKEN.findall(value)}
    counted = Counter(token for _, value in printed for token in TOKEN.findall(value))
    found = Counter()
    for line in text.splitlines():
        faults += [
            f"'{each}' in '{line[:160]}'"
            for each in facts.untraced(TOKEN.sub(lambda m: GAP if m[0] in known else m[0], line))
        ]
        masked = re.sub(facts.dates, "", line)
        found.update(token for token in TOKEN.findall(masked) if token in known)
    for token, times in counted.items():
        if found[token] < times:
            faults.append(f"'{token}' stands {times} times in the Word file and {found[token]} times here")
    return faults


def main(arguments):
    """List the faults of a Word, HTML or Markdown file, and return how many there are."""
    path, ledger = Path(arguments[0]), Path(arguments[1]).read_bytes()
    if path.suffix == ".docx":
        faults = word_faults(path.read_bytes(), ledger)
    elif path.suffix == ".html":
        faults = html_faults(path.read_text(encoding="utf-8"), ledger)
    else:
        word = Word(path.with_suffix(".docx").read_bytes(), Facts(ledger))
        faults = markdown_faults(path.read_text(encoding="utf-8"), ledger, word.printed)
    print("\n".join(faults) or "every digit is traced")
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
