"""Order of elements in WordprocessingML, by hand from ECMA-376, part 1 (transitional), annex A; and how to read it."""

import io
import posixpath
import zipfile

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
XML = "{http://www.w3.org/XML/1998/namespace}"
NS = {"w": W[1:-1], "wp": WP[1:-1], "r": R[1:-1]}

ORDER = {
    "pPr": """pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs
        suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd
        snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment
        textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange""",
    "rPr": """rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid
        vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em
        lang eastAsianLayout specVanish oMath rPrChange""",
    "tblPr": """tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing
        tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange""",
    "tcPr": """cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark
        headers cellIns cellDel cellMerge tcPrChange""",
    "sdtPr": """rPr alias tag id lock placeholder temporary showingPlcHdr dataBinding label tabIndex equation comboBox
        date docPartObj docPartList dropDownList picture richText text citation group bibliography""",
    "sdt": "sdtPr sdtEndPr sdtContent",
    "sectPr": """headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType
        pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings
        sectPrChange""",
    "tbl": "bookmarkStart bookmarkEnd tblPr tblGrid tr",
    "tr": "tblPrEx trPr tc",
    "style": """name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked
        personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr""",
    "tblStylePr": "pPr rPr tblPr trPr tcPr",
    "styles": "docDefaults latentStyles style",
    "docDefaults": "rPrDefault pPrDefault",
    "numbering": "numPicBullet abstractNum num numIdMacAtCleanup",
    "abstractNum": "nsid multiLevelType tmpl name styleLink numStyleLink lvl",
    "lvl": "start numFmt lvlRestart pStyle isLgl suff lvlText lvlPicBulletId legacy lvlJc pPr rPr",
    "numPr": "ilvl numId",
    "pBdr": "top left bottom right between bar",
    "tblBorders": "top left start bottom right end insideH insideV",
    "tblCellMar": "top left start bottom right end",
    "settings": """writeProtection view zoom removePersonalInformation removeDateAndTime doNotDisplayPageBoundaries
        displayBackgroundShape printPostScriptOverText printFractionalCharacterWidth printFormsData embedTrueTypeFonts
        embedSystemFonts saveSubsetFonts saveFormsData mirrorMargins alignBordersAndEdges bordersDoNotSurroundHeader
        bordersDoNotSurroundFooter gutterAtTop hideSpellingErrors hideGrammaticalErrors activeWritingStyle proofState
        formsDesign attachedTemplate linkStyles stylePaneFormatFilter stylePaneSortMethod documentType mailMerge
        revisionView trackRevisions doNotTrackMoves doNotTrackFormatting documentProtection autoFormatOverride
        styleLockTheme styleLockQFSet defaultTabStop autoHyphenation consecutiveHyphenLimit hyphenationZone
        doNotHyphenateCaps showEnvelope summaryLength clickAndTypeStyle defaultTableStyle evenAndOddHeaders
        bookFoldRevPrinting bookFoldPrinting bookFoldPrintingSheets drawingGridHorizontalSpacing
        drawingGridVerticalSpacing displayHorizontalDrawingGridEvery displayVerticalDrawingGridEvery
        doNotUseMarginsForDrawingGridOrigin drawingGridHorizontalOrigin drawingGridVerticalOrigin doNotShadeFormData
        noPunctuationKerning characterSpacingControl printTwoOnOne strictFirstAndLastChars noLineBreaksAfter
        noLineBreaksBefore savePreviewPicture doNotValidateAgainstSchema saveInvalidXml ignoreMixedContent
        alwaysShowPlaceholderText doNotDemarcateInvalidXml saveXmlDataOnly useXSLTWhenSaving saveThroughXslt
        showXMLTags alwaysMergeEmptyNamespace updateFields hdrShapeDefaults footnotePr endnotePr compat docVars rsids
        mathPr attachedSchema themeFontLang clrSchemeMapping doNotIncludeSubdocsInStats doNotAutoCompressPictures
        forceUpgrade captions readModeInkLockDown smartTagType schemaLibrary shapeDefaults doNotEmbedSmartTags
        decimalSymbol listSeparator""",
}  # fmt: skip
#: Elements that may stand more than once among their siblings.
REPEATED = {"headerReference", "footerReference", "tr", "tc", "style", "tblStylePr", "num", "abstractNum", "lvl",
            "activeWritingStyle", "attachedSchema", "bookmarkStart", "bookmarkEnd"}  # fmt: skip


def parts_of(content):
    """Parts of a file by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(set(names)) == len(names)
        return {name: package.read(name) for name in names}


def trees(content):
    """Parsed XML parts by name."""
    return {
        name: etree.fromstring(part) for name, part in parts_of(content).items() if name.endswith((".xml", ".rels"))
    }


def texts_of_word(found):
    """Trees of the parts with text that people read."""
    return {name: tree for name, tree in found.items()
            if name.startswith(("word/document", "word/footnotes", "word/header", "word/footer"))}  # fmt: skip


def local(element):
    return etree.QName(element).localname


def words(element):
    """Text as it is read: line breaks are blanks."""
    return "".join((node.text or "") if node.tag == f"{W}t" else " " for node in element.iter(f"{W}t", f"{W}br"))


def style(paragraph):
    found = paragraph.find("w:pPr/w:pStyle", NS)
    return None if found is None else found.get(f"{W}val")


def style_names(found):
    """Id of each style -> its name."""
    return {
        s.get(f"{W}styleId"): s.find("w:name", NS).get(f"{W}val") for s in found["word/styles.xml"].iter(f"{W}style")
    }


def disorder(tree):
    """Places where elements stand in another order than the schema has, twice, or where it knows none such."""
    found = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or not element.tag.startswith(W) or local(element) not in ORDER:
            continue
        order = ORDER[local(element)].split()
        # Word's own extensions (w14 and later) may stand anywhere: they are ignorable; mathPr is of another namespace.
        names = [local(c) for c in element if c.tag.startswith(W) or local(c) in order]
        if unknown := set(names) - set(order):
            found.append(f"{local(element)}: unknown {sorted(unknown)}")
            continue
        if local(element) == "sectPr":  # references to headers and footers are one choice
            names = [name.replace("footerReference", "headerReference") for name in names]
        if names != sorted(names, key=order.index):
            found.append(f"{local(element)}: {names}")
        found += [f"{local(element)}: {name} twice" for name in set(names) - REPEATED if names.count(name) > 1]
    return found


def relations_of(name):
    folder, file = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def faults(content):
    """Everything that Word would repair, as far as it can be told from the XML."""
    raw, found = parts_of(content), trees(content)
    faults = [f"{name}: {fault}" for name, tree in found.items() for fault in disorder(tree)]
    types = found["[Content_Types].xml"]
    known = {each.get("Extension") for each in types if local(each) == "Default"}
    named = {each.get("PartName") for each in types if local(each) == "Override"}
    faults += [
        f"{name}: no content type"
        for name in raw
        if f"/{name}" not in named and name.rpartition(".")[2] not in known and name != "[Content_Types].xml"
    ]
    faults += [f"content type of {name}, which is not there" for name in named if name[1:] not in raw]
    pointed = {"[Content_Types].xml"}
    for name, tree in found.items():
        if not name.endswith(".rels"):
            continue
        pointed.add(name)
        source = posixpath.join(posixpath.dirname(posixpath.dirname(name)), posixpath.basename(name)[:-5])
        ids = [each.get("Id") for each in tree]
        faults += [f"{name}: an id twice"] * (len(set(ids)) < len(ids))
        for each in tree:
            if each.get("TargetMode") == "External":
                continue
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), each.get("Target"))).lstrip("/")
            pointed.add(target)
            faults += [f"{name}: {target} is not there"] * (target not in raw)
    faults += [f"{name}: nothing points at it" for name in raw if name not in pointed]
    for name, tree in texts_of_word(found).items():
        ids = {each.get("Id") for each in found.get(relations_of(name), ())}
        used = {value for element in tree.iter() for key, value in element.attrib.items() if key.startswith(R)}
        faults += [f"{name}: relation {each} is not there" for each in used - ids]
        for text in tree.iter(f"{W}t", f"{W}instrText"):
            if text.text is None or (text.text != text.text.strip(" ") and text.get(f"{XML}space") != "preserve"):
                faults.append(f"{name}: blanks of {text.text!r} are lost")
        for paragraph in tree.iter(f"{W}p"):
            marks = [each.get(f"{W}fldCharType") for each in paragraph.iter(f"{W}fldChar")]
            faults += [f"{name}: a field is not closed"] * (marks != ["begin", "separate", "end"] * (len(marks) // 3))
        for cell in tree.iter(f"{W}tc"):
            faults += [f"{name}: a cell without a last paragraph"] * (cell[-1].tag != f"{W}p")
    faults += _ids(found)
    names = style_names(found)
    assert len(names) == len(list(found["word/styles.xml"].iter(f"{W}style")))
    faults += [f"style {name} twice" for name in set(names.values()) if list(names.values()).count(name) > 1]
    for name, tree in found.items():
        if name.startswith("word/"):
            used = {
                each.get(f"{W}val")
                for each in tree.iter(
                    *(f"{W}{tag}" for tag in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link"))
                )
            }
            faults += [f"{name}: no style {each}" for each in used - set(names)]
    return faults


def _ids(found):
    """Numbers that stand twice or point at nothing."""
    faults = []
    for tag in ("sdtPr/w:id", "bookmarkStart", "docPr"):
        ids = []
        for tree in texts_of_word(found).values():
            if tag == "docPr":
                ids += [each.get("id") for each in tree.iter(f"{WP}docPr")]
            else:
                ids += [each.get(f"{W}val") or each.get(f"{W}id") for each in tree.iterfind(f".//w:{tag}", NS)]
        faults += [f"{tag} {each} twice" for each in set(ids) if ids.count(each) > 1]
        faults += [f"{tag} {each} is no positive number" for each in ids if not each.isdigit() or int(each) < 1]
    document = found["word/document.xml"]
    starts = sorted(each.get(f"{W}id") for each in document.iter(f"{W}bookmarkStart"))
    faults += ["a bookmark is not closed"] * (
        starts != sorted(e.get(f"{W}id") for e in document.iter(f"{W}bookmarkEnd"))
    )
    for kind in ("footnote", "endnote"):
        notes = found.get(f"word/{kind}s.xml")
        known = [each.get(f"{W}id") for each in notes if each.get(f"{W}type") is None] if notes is not None else []
        used = [each.get(f"{W}id") for each in document.iter(f"{W}{kind}Reference")]
        faults += [f"{kind}s {known}, referred to {used}"] * (known != used)
    lists = found.get("word/numbering.xml")
    known = {each.get(f"{W}numId") for each in lists.iter(f"{W}num")} if lists is not None else set()
    used = {each.get(f"{W}val") for tree in found.values() for each in tree.iter(f"{W}numId")}
    return faults + [f"list {each} is not there" for each in used - known - {"0"}]
