"""The accessibility list, over the XML of a Word file: what a screen reader needs, and what eyes need."""

import re

from tests.findings.docx_schema import NS, W, local, style, style_names, texts_of_word, trees, words

#: WCAG 2.1, success criterion 1.4.3.
LEAST_CONTRAST = 4.5
RAISED = "¹²³⁴⁵⁶⁷⁸⁹⁰"


def barriers(content, language="sl-SI"):
    """Every barrier in a file, in words."""
    found = trees(content)
    body = found["word/document.xml"][0]
    names = style_names(found)
    kinds = {each: name.casefold() for each, name in names.items()}
    return [
        *_headings(body, kinds), *_properties(found, body, kinds, language), *_pictures(body, kinds),
        *_tables(found, body, kinds), *_paragraphs(found, body, kinds), *_links(body), *_contrast(found),
    ]  # fmt: skip


def _headings(body, kinds):
    before = 0
    for paragraph in body.iterfind("w:p", NS):
        match = re.fullmatch(r"heading (\d)", kinds.get(style(paragraph), ""))
        if match:
            level = int(match[1])
            if level > before + 1:
                yield f"heading '{words(paragraph)}' skips a level: {before} -> {level}"
            if not words(paragraph).strip():
                yield "a heading is empty"
            before = level
    if not before:
        yield "there is no heading"


def _properties(found, body, kinds, language):
    core = {local(each): each.text or "" for each in found["docProps/core.xml"]}
    titles = [words(p) for p in body.iterfind("w:p", NS) if kinds.get(style(p)) == "title"]
    if titles != [core.get("title", "")] or not titles[0].strip():
        yield f"the title is {titles}, among the properties {core.get('title')!r}"
    if core.get("language") != language:
        yield f"the language among the properties is {core.get('language')}"
    default = found["word/styles.xml"].find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NS)
    if default is None or default.get(f"{W}val") != language:
        yield "the default language is not that of the document"
    for name, tree in found.items():
        for each in tree.iter(f"{W}lang", f"{W}themeFontLang") if name.startswith("word/") else ():
            allowed = (None, language) if each.tag == f"{W}lang" else (language,)
            if each.get(f"{W}val") not in allowed and not name.endswith("Effects.xml"):
                yield f"{name}: words in the language {each.get(f'{W}val')}"


def _pictures(body, kinds):
    for drawing in body.iter(f"{W}drawing"):
        about = drawing.find(".//wp:docPr", NS)
        alt, title = about.get("descr") or "", about.get("title") or ""
        if len(alt.strip()) < 20 or re.search(r"\.(png|jpe?g|svg)\b", alt) or "?" in alt:
            yield f"a picture has the alternative text {alt!r}"
        if not title.strip():
            yield "a picture has no title"
        if drawing.find("wp:inline", NS) is None:
            yield "a picture floats beside the text"
        following = next(drawing.iterancestors(f"{W}p")).getnext()
        if following is None or kinds.get(style(following)) != "caption":
            yield "a picture has no caption below it"
    for name in ("txbxContent", "pict", "object"):
        if next(body.iter(f"{W}{name}"), None) is not None:
            yield f"{name}: text outside the order of reading"


def _tables(found, body, kinds):
    styles = {each.get(f"{W}styleId"): each for each in found["word/styles.xml"].iter(f"{W}style")}
    for table in body.iter(f"{W}tbl"):
        properties, rows = table.find("w:tblPr", NS), table.findall("w:tr", NS)
        caption = properties.find("w:tblCaption", NS)
        name = "" if caption is None else caption.get(f"{W}val")
        described = properties.find("w:tblDescription", NS)
        if not name.strip():
            yield "a table has no title"
        if described is None or not described.get(f"{W}val").strip():
            yield f"table '{name}' has no description"
        before = table.getprevious()
        if before is None or before.tag != f"{W}p" or kinds.get(style(before)) != "caption":
            yield f"table '{name}' has no caption above it"
        if [row.find("w:trPr/w:tblHeader", NS) is not None for row in rows] != [True] + [False] * (len(rows) - 1):
            yield f"table '{name}': the first row alone must repeat as its header"
        if any(row.find("w:trPr/w:cantSplit", NS) is None for row in rows):
            yield f"table '{name}': a row may break over pages"
        look = properties.find("w:tblLook", NS)
        if look is None or look.get(f"{W}firstRow") != "1" or not int(look.get(f"{W}val"), 16) & 0x20:
            yield f"table '{name}': the first row is not flagged as header"
        of_style = styles[properties.find("w:tblStyle", NS).get(f"{W}val")]
        if of_style.find("w:tblStylePr[@w:type='firstRow']", NS) is None:
            yield f"table '{name}': its style does not set the first row apart"
        if list(table.iter(f"{W}gridSpan", f"{W}vMerge", f"{W}hMerge")):
            yield f"table '{name}': cells are merged"
        columns = len(table.findall("w:tblGrid/w:gridCol", NS))
        if any(len(row.findall("w:tc", NS)) != columns for row in rows):
            yield f"table '{name}': rows differ in their number of cells"
        if not all(words(cell).strip() for cell in rows[0].findall("w:tc", NS)):
            yield f"table '{name}': a header cell is empty"
        if next(table.iterfind(".//w:tbl", NS), None) is not None:
            yield f"table '{name}': a table stands in a cell"


def _paragraphs(found, body, kinds):
    for paragraph in body.iterfind("w:p", NS):
        text = words(paragraph)
        after_table = paragraph.getprevious() is not None and paragraph.getprevious().tag == f"{W}tbl"
        last = paragraph.getnext() is not None and local(paragraph.getnext()) == "sectPr"
        if not text.strip() and paragraph.find(".//w:drawing", NS) is None and not (after_table and last):
            yield "an empty paragraph makes room"
        if re.match(r"\s*[•·▪*–-]\s", text):
            yield f"a bullet is typed: '{text[:30]}'"
        if any(sign in text for sign in RAISED):
            yield f"the mark of a note is typed: '{text[:30]}'"
        if "\t" in text or "    " in text:
            yield f"blanks make room: '{text[:30]}'"
    numbered = {each.get(f"{W}styleId"): each.find("w:pPr/w:numPr/w:numId", NS)
                for each in found["word/styles.xml"].iter(f"{W}style")}  # fmt: skip
    lists = found.get("word/numbering.xml")
    for paragraph in body.iterfind("w:p", NS):
        if kinds.get(style(paragraph)) == "kzm point":
            number = numbered[style(paragraph)]
            if number is None or lists.find(f"w:num[@w:numId='{number.get(f'{W}val')}']", NS) is None:
                yield "the points are no list"


def _links(body):
    marks = {each.get(f"{W}name") for each in body.iter(f"{W}bookmarkStart")}
    targets = {each.get(f"{W}anchor") for each in body.iter(f"{W}hyperlink")}
    targets |= {name for each in body.iter(f"{W}instrText") for name in re.findall(r"REF (\S+)", each.text)}
    yield from (f"a reference to {target} leads nowhere" for target in targets - marks)


def _contrast(found):
    looks = {each.get(f"{W}styleId"): each for each in found["word/styles.xml"].iter(f"{W}style")}

    def chain(name):
        while name in looks:
            yield looks[name]
            based = looks[name].find("w:basedOn", NS)
            name = None if based is None else based.get(f"{W}val")

    def told(elements, path, attribute):
        values = (each.find(path, NS) for each in elements)
        return next(
            (v.get(f"{W}{attribute}") for v in values if v is not None and v.get(f"{W}{attribute}") != "auto"), None
        )

    default = next((name for name, each in looks.items()
                    if each.get(f"{W}type") == "paragraph" and each.get(f"{W}default")), None)  # fmt: skip
    seen = set()
    for tree in texts_of_word(found).values():
        for paragraph in tree.iter(f"{W}p"):
            of_style = list(chain(style(paragraph) or default))
            shade = told([paragraph, *of_style], "w:pPr/w:shd", "fill")
            cell = next(paragraph.iterancestors(f"{W}tc"), None)
            if cell is not None and shade is None:
                row = cell.getparent()
                of_table = row.getparent().find("w:tblPr/w:tblStyle", NS)
                header = row.find("w:trPr/w:tblHeader", NS) is not None
                path = "w:tblStylePr[@w:type='firstRow']/w:tcPr/w:shd" if header else "w:tcPr/w:shd"
                shade = told([cell], "w:tcPr/w:shd", "fill") or told(chain(of_table.get(f"{W}val")), path, "fill")
            for run in paragraph.iter(f"{W}r"):
                of_run = run.find("w:rPr/w:rStyle", NS)
                own = [run, *(chain(of_run.get(f"{W}val")) if of_run is not None else ())]
                seen.add((told([*own, *of_style], "w:rPr/w:color", "val") or "000000", shade or "FFFFFF"))
    for ink, paper in sorted(seen):
        if contrast(ink, paper) < LEAST_CONTRAST:
            yield f"{ink} on {paper} has a contrast of {contrast(ink, paper):.1f}"


def contrast(one, other):
    """Contrast of two colours by WCAG 2.1."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
