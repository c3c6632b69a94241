"""Find digits that come from nowhere: neither a number of the ledger nor a text that is quoted as it stands."""

import re

from kzm_surveys.findings.section import Heading, Table, section_texts
from kzm_surveys.findings.text import Number, Reference, Text
from kzm_surveys.language.numbers import date
from kzm_surveys.language.slovene import between_dates, in_month

TOKEN = re.compile(r"\d+(?:[.,]\d+)*")


def quoted(design):
    """Texts of codebook, wave.toml, margins and source that may stand verbatim, the longest first."""
    survey = design.survey
    codebook, wave, source = survey.codebook, survey.wave, survey.source
    out = {codebook.title["sl"], codebook.status["sl"], source.file, source.sha256[:12]}
    for variable in codebook.variables.values():
        out |= {variable.label["sl"], variable.question["sl"], *(c.label["sl"] for c in variable.categories)}
    for text in (wave.title, wave.mode, wave.population, wave.sponsor, wave.conductor, wave.sampling.note,
                 wave.weighting.note, wave.processing):  # fmt: skip
        out.add(text["sl"] if text else "")
    first, last = wave.fieldwork.first, wave.fieldwork.last
    out |= {between_dates(first, last), in_month(first)}
    import datetime

    for facts in (design.weighting.provenance if design.weighting else {}).values():
        out |= {facts.get(key, "") for key in ("source", "source_en", "population", "population_en")}
        if facts.get("date"):
            out.add(date(datetime.date.fromisoformat(facts["date"])))
    with_digits = {text for text in out if re.search(r"\d", text)}
    assert all(re.search(r"[^\W\d]", text) and len(text) > 3 for text in with_digits), "a quoted text of digits only"
    return sorted(with_digits, key=len, reverse=True)


def without(words, texts):
    """Words with every quoted text cut out where it stands alone, not inside a longer word or number."""
    for text in texts:
        words = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", "¤", words)
    return words


def typed(text, texts):
    """Digit runs of a text that no number and no quoted text accounts for."""
    found = []
    for part in text.parts:
        if isinstance(part, (Number, Reference)):
            continue
        found += TOKEN.findall(without(str(part), texts))
    return found


def typed_in_section(section, texts):
    """Place and digits of everything typed by hand in a section, headings and header cells included."""
    everything = list(section_texts(section))
    for block in section.blocks:
        if isinstance(block, Heading):
            everything.append(("heading", Text((block.text,))))
        elif isinstance(block, Table):
            everything += [(f"header of {block.id}", Text((name,))) for name in block.header]
    return [(place, found) for place, text in everything if (found := typed(text, texts))]
