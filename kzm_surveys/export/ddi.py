"""A survey described in DDI-Codebook 2.5, in Slovenian and English, for deposit with a data archive.

It holds frequencies and descriptions, never an answer of a respondent. Order and number of the elements follow the
schema (DDI Alliance, codebook.xsd of 2012-01-17).
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, indent, tostring

from kzm_surveys.codebook import Variable
from kzm_surveys.export.ddi_study import (
    XML_LANG,
    add,
    add_both,
    add_synthetic,
    citation,
    file_stem,
    study_description,
    titles,
)
from kzm_surveys.export.described import Described, describe
from kzm_surveys.export.table import number_text
from kzm_surveys.export.wording import (
    asked_of,
    definition,
    empty_answers,
    in_both,
    named,
    put_to,
    question_number,
    words,
)
from kzm_surveys.language.numbers import Language
from kzm_surveys.survey import Survey

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
#: The files that ``kzm export`` writes: suffix, kind, how the columns are told apart.
FILES = {"sav": ("SPSS", None), "csv": ("CSV", "comma-delimited")}
_DOMAIN = {
    "single": "category", "battery": "category", "multiple": "multiple", "number": "numeric", "date": "datetime",
    "text": "text",
}  # fmt: skip
_REPRESENTATION = {"categorical": "code", "number": "numeric", "date": "datetime", "text": "text"}


def ddi_file(survey: Survey, lang: Language = "sl") -> bytes:
    """Describe a survey as one XML document.

    Parameters
    ----------
    survey
        The survey.
    lang
        Language of the main title; everything stands in both.

    Returns
    -------
    bytes
        UTF-8; the same survey gives the same bytes.

    Examples
    --------
    >>> import kzm_surveys as kzm
    >>> ddi_file(kzm.load("surveys/noise/2021")).splitlines()[1][:40]
    b'<codeBook xmlns="ddi:codebook:2_5" xmlns'
    """
    root = Element("codeBook", {
        "xmlns": NAMESPACE, "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}", "version": "2.5", XML_LANG: lang,
    })  # fmt: skip
    root.append(_document(survey, lang))
    root.append(study_description(survey, lang))
    described = describe(survey)
    for suffix in FILES:
        root.append(_data_file(survey, suffix, described))
    root.append(_variables(survey, described))
    indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8") + b"\n"


def _document(survey: Survey, lang: Language) -> Element:
    document = Element("docDscr")
    title = titles(survey)
    about = in_both(lambda each: words(each, "codebook.title", title=title[each]))
    document.append(citation(survey, about, f"{file_stem(survey.wave)}_ddi", lang))
    return document


def _data_file(survey: Survey, suffix: str, described: dict[str, Described]) -> Element:
    """One of the files that ``kzm export`` writes; the id is one column more."""
    kind, layout = FILES[suffix]
    element = Element("fileDscr", {"ID": _file_id(suffix)})
    text = add(element, "fileTxt")
    add(text, "fileName", f"{file_stem(survey.wave)}.{suffix}")
    dimensions = add(text, "dimensns")
    add(dimensions, "caseQnty", str(len(survey)))
    add(dimensions, "varQnty", str(1 + sum(each.column is not None for each in described.values())))
    add(text, "fileType", kind, charset="UTF-8")
    if layout is not None:
        add(text, "format", layout)
    if survey.source.synthetic:
        add_synthetic(element)
    return element


def _file_id(suffix: str) -> str:
    return f"F_{suffix}"


def _variable_id(name: str) -> str:
    return f"V_{name}"


def _variables(survey: Survey, described: dict[str, Described]) -> Element:
    data = Element("dataDscr")
    for group in _groups(survey):
        data.append(group)
    files = " ".join(map(_file_id, FILES))
    record = add(data, "var", ID="RECORD", name=survey.wave.data.id or "id", files=files, intrvl="discrete")
    add_both(record, "labl", in_both(lambda lang: words(lang, "ddi.record")))
    for each in described.values():
        data.append(_variable(each, survey, files))
    add_both(data, "notes", in_both(lambda lang: words(lang, "ddi.counts")))
    return data


def _groups(survey: Survey) -> list[Element]:
    """Batteries, select-all sets, and derived entries that give several variables."""
    codebook = survey.codebook
    out = []
    for source in dict.fromkeys(variable.source for variable in codebook.variables.values()):
        members = codebook.members(source)
        if len(members) < 2:
            continue
        kind = "multipleResp" if source in codebook.sets else "grid" if source in codebook.questions else "subject"
        references = " ".join(map(_variable_id, members))
        group = Element("varGrp", {"ID": f"G_{source}", "type": kind, "var": references, "name": source})
        entry = codebook.questions.get(source) or codebook.derived[source]
        add_both(group, "labl", entry.label)
        if source in codebook.questions:
            add_both(group, "txt", codebook.questions[source].question)
        out.append(group)
    return out


def _variable(each: Described, survey: Survey, files: str) -> Element:
    variable, codebook = each.variable, survey.codebook
    attributes = {"ID": _variable_id(variable.name), "name": each.column or variable.name}
    if each.column is not None:
        attributes["files"] = files
    attributes["intrvl"] = "contin" if variable.kind == "number" else "discrete"
    if variable.kind == "categorical":
        attributes["nature"] = "ordinal" if variable.ordered else "nominal"
    attributes["representationType"] = _REPRESENTATION[variable.kind]
    element = Element("var", attributes)
    add_both(element, "labl", in_both(lambda lang: named(variable, codebook, lang)))
    if not variable.derived:
        _question(element, variable, survey)
    _ranges(element, each)
    if variable.asked_if:
        add_both(element, "universe", in_both(lambda lang: asked_of(variable, codebook, lang)))
    _statistics(element, each)
    for line in each.lines:
        missing = {"missing": "Y", "missType": line.reason} if line.reason else {}
        category = add(element, "catgry", **missing)
        if line.code is not None:
            add(category, "catValu", line.code_text)
        add_both(category, "labl", line.label)
        if line.n is not None:
            add(category, "catStat", str(line.n), type="freq", wgtd="not-wgtd")
    if variable.derived:
        derivation = add(element, "derivation", var=" ".join(map(_variable_id, variable.rests_on)))
        # The schema allows one description; its paragraphs stand in the two languages.
        description = add(derivation, "drvdesc")
        add_both(description, "p", in_both(lambda lang: definition(variable, codebook, lang)))
        entry = codebook.derived[variable.source]
        if entry.empty_answers:
            add_both(description, "p", in_both(lambda lang: empty_answers(entry, lang)))
    character = variable.kind in ("text", "date")
    category_of_format = {"category": "date"} if variable.kind == "date" else {}
    add(element, "varFormat", type="character" if character else "numeric", **category_of_format)
    return element


def _question(element: Element, variable: Variable, survey: Survey) -> None:
    codebook = survey.codebook
    kind = "text" if variable.other_text_of else codebook.questions[variable.source].kind
    question = add(element, "qstn", ID=f"Q_{variable.name}", seqNo=str(question_number(codebook, variable)),
                   responseDomainType=_DOMAIN[kind])  # fmt: skip
    if variable.asked_if:
        add_both(question, "preQTxt", in_both(lambda lang: put_to(variable, codebook, lang)))
    items = variable.label if variable.item else None
    literal = {lang: f"{stem} – {items[lang]}" if items else stem for lang, stem in variable.question.items()}
    add_both(question, "qstnLit", literal)


def _ranges(element: Element, each: Described) -> None:
    """Valid and missing values."""
    variable = each.variable
    limits = {
        "min": variable.earliest or variable.minimum, "max": variable.latest or variable.maximum,
    }  # fmt: skip
    given = {end: limit for end, limit in limits.items() if limit is not None}
    if given:
        shown = {end: number_text(limit) if isinstance(limit, float) else str(limit) for end, limit in given.items()}
        add(add(element, "valrng"), "range", **shown)
    codes = [line.code_text for line in each.reasons if line.code is not None]
    if codes:
        invalid = add(element, "invalrng")
        for code in codes:
            add(invalid, "item", VALUE=code)


def _statistics(element: Element, each: Described) -> None:
    """Valid and missing cases; mean, deviation and extremes of a number. Nothing where counts are withheld."""
    counts: dict[str, float] = {"vald": each.answered, "invd": each.missing}
    if each.summary is not None:
        mean, deviation = round(each.summary.mean, 4), round(each.summary.deviation, 4)
        counts |= {"mean": mean, "stdev": deviation, "min": each.summary.lowest, "max": each.summary.highest}
    for kind, value in counts.items():
        if value == value:
            add(element, "sumStat", number_text(value), type=kind, wgtd="not-wgtd")
