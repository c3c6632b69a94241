"""The study description of a DDI document: who asked whom what, when and how.

Order and number of the elements follow the schema of DDI-Codebook 2.5 (DDI Alliance, codebook.xsd of 2012-01-17).
"""

from __future__ import annotations

from importlib.metadata import version
from xml.etree.ElementTree import Element, SubElement

from kzm_surveys.codebook.derived import LANGUAGES
from kzm_surveys.errors import DataError
from kzm_surveys.export.wording import in_both, words
from kzm_surveys.language import catalogue
from kzm_surveys.language.numbers import Language, percent
from kzm_surveys.outcome import outcome_rates
from kzm_surveys.survey import Survey
from kzm_surveys.toml_model import Text
from kzm_surveys.wave import Wave

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """Append an element with its text and attributes."""
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element


def add_both(parent: Element, tag: str, text: Text, **attributes: str) -> None:
    """Append an element for each language."""
    for lang in LANGUAGES:
        add(parent, tag, text[lang], **attributes).set(XML_LANG, lang)


def file_stem(wave: Wave) -> str:
    """Name of the wave in file names, as in "noise_2021"."""
    return f"{wave.survey}_{wave.wave}"


def titles(survey: Survey) -> Text:
    """Title in both languages, with the mark of synthetic answers."""
    title = survey.wave.title
    if not survey.source.synthetic:
        return title
    return in_both(lambda lang: words(lang, "ddi.synthetic_title", title=title[lang]))


def study_description(survey: Survey, lang: Language) -> Element:
    """Build ``stdyDscr``: citation, scope, method, access, notes; `lang` is the language of the main title."""
    study = Element("stdyDscr")
    study.append(citation(survey, titles(survey), file_stem(survey.wave), lang))
    _scope(add(study, "stdyInfo"), survey)
    _method(add(study, "method"), survey)
    access = add(study, "dataAccs")
    for each in LANGUAGES:
        use = add(access, "useStmt")
        add(use, "conditions", words(each, "ddi.access", sponsor=survey.wave.sponsor[each])).set(XML_LANG, each)
        if survey.source.synthetic:
            add(use, "disclaimer", catalogue.text(each, "synthetic")).set(XML_LANG, each)
    if survey.source.synthetic:
        add_synthetic(study)
    return study


def add_synthetic(parent: Element) -> None:
    """Append notes that say the answers are invented."""
    add_both(parent, "notes", in_both(lambda lang: catalogue.text(lang, "synthetic")), type="synthetic")


def citation(survey: Survey, title: Text, number: str, lang: Language) -> Element:
    """Build ``citation``; the version is that of the data file: its fingerprint."""
    wave = survey.wave
    element = Element("citation")
    statement = add(element, "titlStmt")
    add(statement, "titl", title[lang]).set(XML_LANG, lang)
    for other in LANGUAGES:
        if other != lang:
            add(statement, "parTitl", title[other]).set(XML_LANG, other)
    add(statement, "IDNo", number, agency="kzm_surveys")
    add_both(add(element, "rspStmt"), "AuthEnty", wave.conductor)
    production = add(element, "prodStmt")
    add_both(production, "producer", wave.sponsor)
    add(production, "software", "kzm_surveys", version=version("kzm_surveys"))
    add_both(add(element, "distStmt"), "distrbtr", wave.sponsor)
    add(add(element, "verStmt"), "version", f"SHA-256 {survey.source.sha256}")
    return element


def _scope(scope: Element, survey: Survey) -> None:
    wave, codebook = survey.wave, survey.codebook
    subject = add(scope, "subject")
    for question in codebook.questions.values():
        add_both(subject, "keyword", question.label)
    add_both(scope, "abstract", in_both(lambda lang: _abstract(survey, lang)))
    summary = add(scope, "sumDscr")
    days = "%Y-%m" if wave.fieldwork.approximate else "%Y-%m-%d"
    for event, day in (("start", wave.fieldwork.first), ("end", wave.fieldwork.last)):
        add(summary, "collDate", f"{day:{days}}", date=f"{day:{days}}", event=event)
    add_both(summary, "nation", _text("ddi.nation"), abbr="SI")
    add_both(summary, "geogCover", _text("ddi.area"))
    add_both(summary, "anlyUnit", _text("ddi.unit"))
    add_both(summary, "universe", wave.population)
    add_both(summary, "dataKind", _text("ddi.data_kind"))
    if survey.source.synthetic:
        add_both(summary, "dataKind", _text("ddi.synthetic_kind"))


def _text(key: str) -> Text:
    return in_both(lambda lang: catalogue.text(lang, key))


def _abstract(survey: Survey, lang: Language) -> str:
    wave = survey.wave
    contents = "; ".join(question.label[lang] for question in survey.codebook.questions.values())
    abstract = words(lang, "ddi.abstract", title=wave.title[lang], population=wave.population[lang],
                     mode=wave.mode[lang], n=len(survey), contents=contents)  # fmt: skip
    return f"{catalogue.text(lang, 'synthetic')} {abstract}" if survey.source.synthetic else abstract


def _method(method: Element, survey: Survey) -> None:
    wave, source = survey.wave, survey.source
    collection = add(method, "dataColl")
    add_both(collection, "dataCollector", wave.conductor)
    add_both(collection, "sampProc", wave.sampling.note)
    add_both(collection, "collMode", wave.mode)
    status = survey.codebook.status
    add_both(collection, "resInstru", in_both(lambda lang: words(lang, "methods.questionnaire", status=status[lang])))
    sources = add(collection, "sources")
    add_both(sources, "dataSrc", in_both(lambda lang: words(lang, "ddi.source", file=source.file, hash=source.sha256)))
    add_both(collection, "weight", in_both(lambda lang: weighting(survey, lang)))
    if wave.processing is not None:
        add_both(collection, "cleanOps", wave.processing)
    if source.dropped:
        add_both(collection, "cleanOps",
                 in_both(lambda lang: words(lang, "ddi.units_dropped", dropped=dropped(survey, lang))))  # fmt: skip
    if rates := _response_rates(survey):
        add_both(add(method, "anlyInfo"), "respRate", rates)


def weighting(survey: Survey, lang: Language) -> str:
    """Say how the answers are weighted."""
    how = survey.wave.weighting
    note = how.note[lang] if how.note else ""
    if how.method == "none":
        return note or words(lang, "ddi.unweighted")
    labels = [" × ".join(survey.codebook[name].label[lang] for name in margin.split("*")) for margin in how.variables]
    return words(lang, "ddi.raking", variables=", ".join(labels), note=note).strip()


def dropped(survey: Survey, lang: Language) -> str:
    """Units that the unit rule left out, by reason."""
    counts = survey.source.dropped.items()
    return ", ".join(f"{catalogue.text(lang, f'dropped.{reason}')}: {count}" for reason, count in counts)


def _response_rates(survey: Survey) -> Text | None:
    """AAPOR's response rates; None without counts, or where they are invented or no response rates."""
    if survey.wave.dispositions is None and survey.units is None:
        return None
    try:
        rates = outcome_rates(survey)
    except DataError:
        return None
    shown = [(row.rate, row.value) for row in rates.rows if row.rate.startswith("RR") and row.value is not None]
    if rates.note or not shown:
        return None

    def sentence(lang: Language) -> str:
        listed = ", ".join(f"{name} {percent(value, 1, lang)}" for name, value in shown)
        return words(lang, "ddi.response_rates", rates=listed)

    return in_both(sentence)
