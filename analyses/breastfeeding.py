"""What the report says about the breastfeeding survey: which estimates, which findings, in which order.

Run alone (``python analyses/breastfeeding.py``) it prints the section; ``kzm report`` puts it into the Word file. The
words stand in ``breastfeeding.sl.toml`` and its translations. The sample is self-selected: no sentence has an interval or
a test, and none speaks of all mothers.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.earlier_report import EarlierReport
from kzm_surveys.findings.finding import Finding, finding, key_findings, warnings_of
from kzm_surveys.findings.level import level
from kzm_surveys.findings.methods import methods, opening, sources, wording
from kzm_surveys.findings.options import select_all, themes
from kzm_surveys.findings.ranking import ranking
from kzm_surveys.findings.script_words import read_script_words
from kzm_surveys.findings.section import FigureRef, Heading, Section, Table
from kzm_surveys.findings.text import Reference, Text
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.numbers import Language

SATISFIED, AGREE = ["satisfied", "very_satisfied"], ["agree", "strongly_agree"]
REST = ("none", "other")


# %%
def section(design: kzm.SurveyDesign, lang: Language = "sl") -> Section:
    """Section I.b.6 of the report."""
    voice = Voice(design, lang, read_script_words(__file__, lang))
    builds = {
        "who": who,
        "ever": lambda voice, name: level(voice, name, kzm.proportion(design, "ever_breastfed").row("yes")),
        "course": course,
        "stopping": lambda voice, name: select_all(voice, name, kzm.multiple_response(design, "stopping")),
        "information": lambda voice, name: select_all(voice, name, kzm.multiple_response(design, "information")),
        "support": support,
        "public": in_public,
        "corners": corners,
        "needs": needs,
        "proposals": proposals,
        "first": first,
    }
    found = {name: finding(voice, name, build) for name, build in builds.items()}

    def said(*names: str) -> list:
        return [Heading(voice.words[f"headings.{names[0]}"]), *(found[name].paragraph for name in names[1:])]

    return Section(
        design,
        [
            *opening(voice),
            *key_findings(voice, list(found.values())),
            *said("who", "who"),
            *said("feeding", "ever", "course", "stopping"),
            *said("support", "information", "support"),
            FigureRef("breastfeeding_support"),
            *said("public", "public"),
            *said("corners", "corners"),
            FigureRef("breastfeeding_corners"),
            *said("needs", "needs"),
            needs_table(voice),
            *said("proposals", "proposals"),
            FigureRef("breastfeeding_proposals"),
            found["first"].paragraph,
            *methods(voice),
            *sources(voice),
        ],
        warnings=warnings_of(voice, list(found.values())),
    )


# %%
def who(voice: Voice, name: str) -> Finding:
    """How many took part."""
    n = voice.fact(len(voice.survey), "respondents", n=len(voice.survey))
    return Finding(name, voice.say("who.sentence", took_part=voice.clause(n, "mama", "sodelovati")))


def course(voice: Voice, name: str) -> Finding:
    """First feed, who still breastfeeds, and for how long the others did, by memory."""
    hour = kzm.proportion(voice.design, "first_hour").row("yes")
    still = kzm.proportion(voice.design, "still_breastfeeding").row("yes")
    duration = kzm.mean(voice.design, "duration").row()
    text = voice.say(
        "course.sentence", hour=voice.share(hour), n_hour=voice.base(hour), still=voice.share(still),
        n_still=voice.base(still), months=voice.counted(voice.mean(duration), "mesec"), n_months=voice.base(duration),
    )  # fmt: skip
    return Finding(name, text, (hour, still, duration))


def support(voice: Voice, name: str) -> Finding:
    """Satisfaction with support, from best to worst."""
    shares = kzm.battery(voice.design, "support", SATISFIED)
    return ranking(voice, name, shares, see=Reference("figure", "breastfeeding_support"))


def in_public(voice: Voice, name: str) -> Finding:
    """Breastfeeding in public."""
    rows = {
        item: kzm.proportion(voice.design, f"public_{item}", categories=AGREE).row()
        for item in ("accepted", "comfortable", "comments", "need_place")
    }
    shares = {item: voice.share(row) for item, row in rows.items()}
    text = voice.say("public.sentence", n=voice.bases(list(rows.values())), **shares)
    return Finding(name, text, list(rows.values()), key=voice.say("public.key", accepted=shares["accepted"]))


def corners(voice: Voice, name: str) -> Finding:
    """Where breastfeeding corners are wanted."""
    places = kzm.multiple_response(voice.design, "corners")
    return select_all(voice, name, places, shown=4, see=Reference("figure", "breastfeeding_corners"))


# %%
def needs(voice: Voice, name: str) -> Finding:
    """What would help most, and what the annual report said of it."""
    found = select_all(voice, name, kzm.multiple_response(voice.design, "needs"))
    see = voice.say("needs.table", table=Reference("table", "breastfeeding_needs"))
    return found.then(see, quoted(voice, "needs.earlier", "B03"))


def needs_table(voice: Voice) -> Table:
    """Needs, with shares and base."""
    estimates = kzm.multiple_response(voice.design, "needs")
    order = sorted(estimates, key=lambda row: (row.category in REST, -row.estimate))
    rows = [[voice.label(row.variable), voice.cell(row), voice.base(row)] for row in order]
    note = voice.say("needs_table.note", base=voice.base_line(estimates))
    header = [voice.words[f"needs_table.{name}"] for name in ("answer", "share", "n")]
    notes = [wording(voice, "needs_counselling"), note, *voice.legend(estimates), voice.source_line()]
    return Table("breastfeeding_needs", voice.say("needs_table.title"), header, rows, notes)


def proposals(voice: Voice, name: str) -> Finding:
    """Themes of the open question; the 2022 report named awareness and acceptance first."""
    shares = kzm.multiple_response(voice.design, "proposal_themes")
    see = Reference("figure", "breastfeeding_proposals")
    found = themes(voice, name, shares, noun="mama", verb="odgovoriti", see=see)
    return found.then(EarlierReport(voice).order("B02", shares))


def first(voice: Voice, name: str) -> Finding:
    """What should change first: the most frequent theme and need, and what the annual report says comes next."""
    theme = kzm.multiple_response(voice.design, "proposal_themes").ranked()[0]
    need = kzm.multiple_response(voice.design, "needs").ranked(without=REST)[0]
    labels = {"theme": voice.label(theme.variable), "need": voice.label(need.variable)}
    return Finding(name, voice.say("first.sentence", **labels), (theme, need)).then(quoted(voice, "first.call", "B04"))


def quoted(voice: Voice, words: str, claim: str) -> Text:
    """A sentence of the annual report, or nothing for a wave on which there is none."""
    report = EarlierReport(voice)
    if not report.there:
        return Text(())
    return voice.say(words, sentence=report.claim(claim).sentence[voice.lang], source=report.source())


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.terminal import print_section

    print_section(section(kzm.weight(kzm.load("surveys/breastfeeding/2022"))))
