"""What the report says about the breastfeeding survey: which estimates, which sentences.

Run alone (``python analyses/breastfeeding.py``) it prints the section; ``kzm report`` puts it into the Word file.
The sample is self-selected: no sentence here has an interval or a test, and none speaks of all mothers.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.methods import methods, opening, sources
from kzm_surveys.findings.section import FigureRef, Paragraph, Section, Table
from kzm_surveys.findings.text import Reference, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.slovene import counted_verb

SUPPORT = (
    "support_hospital",
    "support_community_nurse",
    "support_paediatrician",
    "support_family",
    "support_city",
)
SATISFIED, AGREE = ["satisfied", "very_satisfied"], ["agree", "strongly_agree"]


# %%
def section(design: kzm.SurveyDesign) -> Section:
    """Section I.b.6 of the report."""
    voice = Voice(design)
    return Section(
        design.survey,
        [
            *opening(voice),
            Paragraph(who_answered(voice)),
            Paragraph(support(voice)),
            FigureRef("breastfeeding_support"),
            Paragraph(in_public(voice)),
            Paragraph(corners(voice)),
            FigureRef("breastfeeding_corners"),
            Paragraph(needs(voice)),
            needs_table(voice),
            Paragraph(proposals(voice)),
            FigureRef("breastfeeding_proposals"),
            *methods(voice),
            *sources(voice),
        ],
    )


# %%
def who_answered(voice: Voice) -> Text:
    """How many took part, and how the youngest child was fed."""
    ever = kzm.proportion(voice.design, "ever_breastfed").row("yes")
    still = kzm.proportion(voice.design, "still_breastfeeding").row("yes")
    hour = kzm.proportion(voice.design, "first_hour").row("yes")
    duration = kzm.mean(voice.design, "duration").row()
    n = voice.fact(len(voice.survey), "respondents")
    return say(
        "V spletni anketi o dojenju {verb} {mothers}. Najmlajšega otroka je kdaj dojilo {ever} sodelujočih (n = {n_ever}). Od teh "
        "jih je otroka v prvi uri po rojstvu podojilo {hour} (n = {n_hour}), še vedno pa jih doji {still} (n = {n_still}). Tiste, "
        "ki ne dojijo več, so po spominu dojile povprečno {months} (n = {n_months}).",
        verb=counted_verb(len(voice.survey), "mama", "sodeloval"),
        mothers=voice.counted(n, "mama"),
        ever=voice.percent(ever),
        n_ever=voice.base(ever),
        hour=voice.percent(hour),
        n_hour=voice.base(hour),
        still=voice.percent(still),
        n_still=voice.base(still),
        months=voice.counted(voice.mean(duration), "mesec"),
        n_months=voice.base(duration),
    )


def support(voice: Voice) -> Text:
    """Satisfaction with support, best and worst."""
    rows = kzm.Estimates.concat([kzm.proportion(voice.design, name, categories=SATISFIED) for name in SUPPORT]).ranked()
    named = [(voice.label(row.variable), row) for row in rows]
    return say(
        "Po deležu sodelujočih, ki so bile s podporo pri dojenju zadovoljne ali zelo zadovoljne, si viri podpore sledijo "
        "takole: {named} (n = {n}); gl. sliko {figure}.",
        named=voice.shares(named),
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
        "Da je dojenje v javnosti v našem mestu sprejeto, se strinja {accepted} sodelujočih; brez zadržkov v javnosti doji "
        "{comfortable}. Neprijetne pripombe je doživelo {comments}, miren kotiček za dojenje v mestu pa jih pogreša "
        "{need_place} (n = {n}).",
        n=voice.bases(list(rows.values())),
        **{name: voice.percent(row) for name, row in rows.items()},
    )


def corners(voice: Voice) -> Text:
    """Where breastfeeding corners are wanted."""
    rows = kzm.multiple_response(voice.design, "corners").ranked(without=("other", "none"))
    return say(
        "Kotičke za dojenje in previjanje bi sodelujoče najpogosteje želele na naslednjih mestih: {places}; gl. sliko {figure}. Mogočih "
        "je bilo več odgovorov (n = {n}).",
        places=voice.shares([(voice.label(row.variable), row) for row in rows[:4]]),
        figure=Reference("figure", "breastfeeding_corners"),
        n=voice.base(rows[0]),
    )


def needs(voice: Voice) -> Text:
    """What mothers would want most."""
    rows = kzm.multiple_response(voice.design, "needs").ranked(without=("other",))
    return say(
        "Pri dojenju bi jim najbolj pomagalo naslednje: {needs}; gl. preglednico {table}.",
        needs=voice.shares([(voice.label(row.variable), row) for row in rows[:3]]),
        table=Reference("table", "breastfeeding_needs"),
    )


def needs_table(voice: Voice) -> Table:
    """Needs, with shares and base."""
    estimates = kzm.multiple_response(voice.design, "needs")
    rows = [[voice.label(row.variable), voice.cell(row), voice.base(row)] for row in estimates.ranked()]
    notes = [
        join(
            [
                voice.base_line(estimates),
                "; mogočih je bilo več odgovorov, zato je vsota deležev večja od celote.",
            ],
            "",
        ),
        *voice.legend(estimates),
        voice.source_line(),
    ]
    return Table(
        "breastfeeding_needs",
        say("Kaj bi mamam pri dojenju najbolj pomagalo"),
        ["Potreba", "Delež", "n"],
        rows,
        notes,
    )


def proposals(voice: Voice) -> Text:
    """Themes of the open question; the 2022 report named awareness and acceptance first."""
    themes = kzm.multiple_response(voice.design, "proposal_themes").ranked()
    n = voice.base(themes[0])
    return say(
        "Na odprto vprašanje, kaj bi v občini spremenile, {verb} {mothers}. Najpogostejša tema predlogov je {first}, sledijo pa "
        "{rest}; gl. sliko {figure}. En odgovor se lahko nanaša na več tem.",
        verb=counted_verb(int(n.claim.estimate), "mama", "odgovoril"),
        mothers=voice.counted(n, "mama"),
        first=voice.shares([(voice.label(themes[0].variable), themes[0])]),
        rest=voice.shares([(voice.label(row.variable), row) for row in themes[1:]]),
        figure=Reference("figure", "breastfeeding_proposals"),
    )


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.terminal import print_section

    print_section(section(kzm.weight(kzm.load("surveys/breastfeeding/2022"))))
