"""What the report says about the breastfeeding survey: which estimates, which sentences.

Run alone (``python analyses/breastfeeding.py``) it prints the section; ``kzm report`` puts it into the Word file.
The sample is self-selected: no sentence here has an interval or a test, and none speaks of all mothers.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.finding import paragraph
from kzm_surveys.findings.methods import methods, opening, sources
from kzm_surveys.findings.section import FigureRef, Section, Table
from kzm_surveys.findings.text import Reference, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.numbers import Language
from kzm_surveys.language.slovene import counted_verb

SATISFIED, AGREE = ["satisfied", "very_satisfied"], ["agree", "strongly_agree"]
REST = ("none", "other")


# %%
def section(design: kzm.SurveyDesign, lang: Language = "sl") -> Section:
    """Section I.b.6 of the report."""
    voice = Voice(design, lang)
    return Section(
        design,
        [
            *opening(voice),
            paragraph(voice, "sodelujoče", who_answered),
            paragraph(voice, "dojenje najmlajšega otroka", ever_breastfed),
            paragraph(voice, "začetek in trajanje dojenja", feeding),
            paragraph(voice, "zadovoljstvo s podporo", support),
            FigureRef("breastfeeding_support"),
            paragraph(voice, "dojenje v javnosti", in_public),
            paragraph(voice, "kotički za dojenje", corners),
            FigureRef("breastfeeding_corners"),
            paragraph(voice, "potrebe mam", needs),
            needs_table(voice),
            paragraph(voice, "predlogi mam", proposals),
            FigureRef("breastfeeding_proposals"),
            *methods(voice),
            *sources(voice),
        ],
    )


# %%
def who_answered(voice: Voice) -> Text:
    """How many took part."""
    n = voice.fact(len(voice.survey), "respondents", n=len(voice.survey))
    verb = counted_verb(len(voice.survey), "mama", "sodeloval")
    return say("V spletni anketi o dojenju {verb} {mothers}.", verb=verb, mothers=voice.counted(n, "mama"))


def ever_breastfed(voice: Voice) -> Text:
    """How many breastfed."""
    ever = kzm.proportion(voice.design, "ever_breastfed").row("yes")
    return say(
        "Najmlajšega otroka je kdaj dojilo {ever} sodelujočih (n = {base}).",
        ever=voice.share(ever),
        base=voice.base(ever),
    )


def feeding(voice: Voice) -> Text:
    """First hour, still breastfeeding, duration by memory: asked of those who ever breastfed."""
    hour = kzm.proportion(voice.design, "first_hour").row("yes")
    still = kzm.proportion(voice.design, "still_breastfeeding").row("yes")
    duration = kzm.mean(voice.design, "duration").row()
    return say(
        "Med mamami, ki so najmlajšega otroka dojile, jih je otroka v prvi uri po rojstvu podojilo {hour} (n = {n_hour}), še vedno "
        "pa jih doji {still} (n = {n_still}). Tiste, ki ne dojijo več, so po spominu dojile povprečno {months} (n = {n_months}).",
        hour=voice.share(hour),
        n_hour=voice.base(hour),
        still=voice.share(still),
        n_still=voice.base(still),
        months=voice.counted(voice.mean(duration), "mesec"),
        n_months=voice.base(duration),
    )


def support(voice: Voice) -> Text:
    """Satisfaction with support, from best to worst."""
    rows = kzm.battery(voice.design, "support", SATISFIED).ranked()
    return say(
        "Po deležu mam, ki so bile s podporo pri dojenju zadovoljne ali zelo zadovoljne, si viri podpore sledijo takole: {named} "
        "(osnova: mame, ki so dojile in so vir ocenile, n = {n}; gl. sliko {figure}).",
        named=voice.shares([(voice.label(row.variable), row) for row in rows]),
        n=voice.bases(rows),
        figure=Reference("figure", "breastfeeding_support"),
    )


def in_public(voice: Voice) -> Text:
    """Breastfeeding in public."""
    rows = {
        name: kzm.proportion(voice.design, f"public_{name}", categories=AGREE).row()
        for name in ("accepted", "comfortable", "comments", "need_place")
    }
    return say(
        "Da je dojenje v javnosti v mestu sprejeto, se strinja {accepted} sodelujočih; ob dojenju v javnosti ni nerodno {comfortable} "
        "sodelujočih. Neprijetne pripombe je doživelo {comments}, miren kotiček za dojenje v mestu pa jih pogreša {need_place} "
        "(n = {n}).",
        n=voice.bases(list(rows.values())),
        **{name: voice.share(row) for name, row in rows.items()},
    )


def corners(voice: Voice) -> Text:
    """Where breastfeeding corners are wanted."""
    rows = kzm.multiple_response(voice.design, "corners").ranked(without=REST)
    return say(
        "Kotičke za dojenje in previjanje bi sodelujoče najpogosteje želele na naslednjih mestih: {places}; gl. sliko {figure}. "
        "Mogočih je bilo več odgovorov (n = {n}).",
        places=voice.shares([(voice.label(row.variable), row) for row in rows[:4]]),
        figure=Reference("figure", "breastfeeding_corners"),
        n=voice.base(rows[0]),
    )


def needs(voice: Voice) -> Text:
    """What would help most."""
    rows = kzm.multiple_response(voice.design, "needs").ranked(without=REST)
    return say(
        "Sodelujočim bi pri dojenju najbolj pomagalo naslednje: {needs} (n = {n}; gl. preglednico {table}).",
        needs=voice.shares([(voice.label(row.variable), row) for row in rows[:3]]),
        n=voice.base(rows[0]),
        table=Reference("table", "breastfeeding_needs"),
    )


def needs_table(voice: Voice) -> Table:
    """Needs, with shares and base."""
    estimates = kzm.multiple_response(voice.design, "needs")
    order = sorted(estimates, key=lambda row: (row.category in REST, -row.estimate))
    rows = [[voice.label(row.variable), voice.cell(row), voice.base(row)] for row in order]
    notes = [
        join([voice.base_line(estimates), "; mogočih je bilo več odgovorov."], ""),
        *voice.legend(estimates),
        voice.source_line(),
    ]
    return Table(
        "breastfeeding_needs", say("Kaj bi mamam pri dojenju najbolj pomagalo"), ["Odgovor", "Delež", "n"], rows, notes
    )


def proposals(voice: Voice) -> Text:
    """Themes of the open question; the 2022 report named awareness and acceptance first."""
    themes = kzm.multiple_response(voice.design, "proposal_themes").ranked()
    n = voice.base(themes[0])
    first, rest = themes[0], themes[1:]
    follow = say("")
    if rest:
        follow = say(", sledijo pa {rest}", rest=voice.shares([(voice.label(row.variable), row) for row in rest]))
    return say(
        "Na odprto vprašanje, kaj bi v občini spremenile, {verb} {mothers}. Najpogostejša tema predlogov je {first}{rest}; gl. sliko "
        "{figure}. En odgovor se lahko nanaša na več tem ali na nobeno od njih.",
        verb=counted_verb(int(n.claim.estimate), "mama", "odgovoril"),
        mothers=voice.counted(n, "mama"),
        first=voice.shares([(voice.label(first.variable), first)]),
        rest=follow,
        figure=Reference("figure", "breastfeeding_proposals"),
    )


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.terminal import print_section

    print_section(section(kzm.weight(kzm.load("surveys/breastfeeding/2022"))))
