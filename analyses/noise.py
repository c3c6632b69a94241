"""What the report says about the noise survey: which estimates, which sentences.

Run alone (``python analyses/noise.py``) it prints the section; ``kzm report`` puts it into the Word file.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.methods import methods, opening, sources
from kzm_surveys.findings.section import FigureRef, Paragraph, Section, Table
from kzm_surveys.findings.text import Reference, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import slovene

SOURCES = (
    "annoyance_road", "annoyance_port", "annoyance_music", "annoyance_motorbikes", "annoyance_neighbours",
    "annoyance_construction", "annoyance_railway", "annoyance_aircraft", "annoyance_industry", "annoyance_bars",
)  # fmt: skip
HIGH, MIDDLE = ["very", "extremely"], ["slightly", "moderately"]
REST = ("none", "other")


# %%
def section(design: kzm.SurveyDesign) -> Section:
    """Section II.c of the report."""
    voice = Voice(design)
    unweighted = kzm.SurveyDesign.from_survey(design.survey)
    plain = Voice(unweighted)
    return Section(
        design.survey,
        [
            *opening(voice),
            Paragraph(sample(voice, plain)),
            Paragraph(most_annoying(voice)),
            FigureRef("noise_annoyance_by_source"),
            Paragraph(somewhat_annoying(voice, plain)),
            by_source_table(voice),
            Paragraph(port_by_place(voice)),
            FigureRef("noise_annoyance_by_place"),
            Paragraph(overall_and_when(voice)),
            Paragraph(consequences(voice)),
            Paragraph(proposals(voice)),
            *methods(voice),
            FigureRef("noise_sample_and_population"),
            *sources(voice),
        ],
    )


# %%
def sample(voice: Voice, plain: Voice) -> Text:
    """Who answered, and why the answers are weighted."""
    old = kzm.proportion(plain.design, "age_group").row("62_plus")
    target = voice.design.weighting.margins.set_index("category")["target"]["62_plus"]
    return say(
        "V telefonski anketi o hrupu {verb} {people}. Med sodelujočimi jih je bilo {old} starih {group}, med vsemi "
        "polnoletnimi prebivalci občine pa je takih po oceni, ki ni uradni podatek, {target} (gl. sliko {figure}). Zato so "
        "odgovori uteženi po spolu in starosti.",
        verb=slovene.counted_verb(len(voice.survey), "oseba", "sodeloval"),
        people=voice.counted(voice.fact(len(voice.survey), "respondents"), "oseba"),
        old=plain.percent(old),
        group=voice.category("age_group", "62_plus"),
        target=voice.fact(
            target, "population_share", decimals=1, variable="age_group", category="62_plus", kind="percent"
        ),
        figure=Reference("figure", "noise_sample_and_population"),
    )


def most_annoying(voice: Voice) -> Text:
    """Ranking of the sources by the two upper steps."""
    rows = kzm.Estimates.concat([kzm.proportion(voice.design, name, categories=HIGH) for name in SOURCES]).ranked()
    named = [(voice.label(row.variable), row) for row in rows[:5]]
    return say(
        "V zadnjem letu so sodelujoče doma najpogosteje zelo ali izjemno motili naslednji viri hrupa: {sources}; gl. sliko "
        "{figure}. Najredkeje tako moti naslednji vir: {least}.",
        sources=voice.shares(named),
        figure=Reference("figure", "noise_annoyance_by_source"),
        least=voice.shares([(voice.label(rows[-1].variable), rows[-1])]),
    )


def somewhat_annoying(voice: Voice, plain: Voice) -> Text:
    """The shares that the 2022 report printed, weighted and unweighted."""
    pieces = []
    for name in ("annoyance_road", "annoyance_port", "annoyance_music"):
        row = kzm.proportion(voice.design, name, categories=MIDDLE).row()
        before = kzm.proportion(plain.design, name, categories=MIDDLE).row()
        pieces.append(
            say("{source} ({share}; brez uteži {before})", source=voice.label(name), share=voice.percent(row),
                before=plain.percent(before))
        )  # fmt: skip
    return say(
        "Kot nekoliko ali srednje moteč vir so sodelujoči ocenili naslednje vire: {sources}. Ti odgovori so šibkejši od odgovorov »zelo« "
        "in »izjemno« in jih ne gre seštevati z njimi (gl. preglednico {table}).",
        sources=join(pieces, ", ", " in "),
        table=Reference("table", "noise_by_source"),
    )


def by_source_table(voice: Voice) -> Table:
    """All sources: middle steps, upper steps with interval, base, how many have no such source."""
    high = {name: kzm.proportion(voice.design, name, categories=HIGH) for name in SOURCES}
    middle = {name: kzm.proportion(voice.design, name, categories=MIDDLE) for name in SOURCES}
    order = sorted(SOURCES, key=lambda name: -high[name].row().estimate)
    none = voice.survey.missing
    rows = []
    for name in order:
        absent = int((none[name] == "no_such_source").sum())
        rows.append(
            [
                voice.label(name),
                voice.cell(middle[name].row()),
                voice.cell(high[name].row()),
                voice.interval_cell(high[name].row()),
                voice.base(high[name].row()),
                voice.fact(absent, "no_such_source", variable=name),
            ]
        )
    every = [row for name in SOURCES for row in high[name]]
    notes = [
        join([voice.base_line(every), "; deleži so uteženi, n in »vira ni« sta neuteženi števili oseb."], ""),
        *voice.legend(*high.values(), *middle.values()),
        voice.source_line(),
    ]
    return Table(
        id="noise_by_source",
        title=say("Motečnost hrupa doma po virih"),
        header=[
            "Vir hrupa",
            "Nekoliko ali srednje",
            "Zelo ali izjemno",
            "Interval zaupanja",
            "n",
            "Vira ni (število)",
        ],
        rows=rows,
        notes=notes,
    )


def port_by_place(voice: Voice) -> Text:
    """The port by type of place; differences are claimed only if the test finds them."""
    shares = kzm.proportion(voice.design, "highly_annoyed_port", by="place_type", categories=["yes"])
    test = kzm.crosstab(voice.design, "highly_annoyed_port", "place_type").test
    rows = [(voice.category("place_type", row.by_category), row) for row in shares.ranked()]
    facts = {
        "statistic": voice.fact(
            test.statistic, "rao_scott_F", decimals=2, variable="highly_annoyed_port", kind="decimal"
        ),
        "p": voice.p_value(test.p_value, "rao_scott_p", variable="highly_annoyed_port"),
    }
    if test.p_value < 0.05:
        verdict = say(
            "Razlike med tipi krajev so statistično značilne (Rao–Scottov preizkus, F = {statistic}, {p}).",
            **facts,
        )
    else:
        verdict = say(
            "Razlik med tipi krajev s preizkusom ni bilo mogoče zaznati (Rao–Scott, F = {statistic}, {p}).",
            **facts,
        )
    withheld = "" if len(rows) == len(shares) else " Za druge tipe kraja je odgovorov premalo, zato delež ni prikazan."
    return say(
        "Delež sodelujočih, ki jih hrup pristanišča zelo ali izjemno moti, je po tipu kraja naslednji: {shares}; gl. sliko "
        "{figure}.{withheld} {verdict}",
        withheld=withheld,
        shares=voice.shares(rows),
        figure=Reference("figure", "noise_annoyance_by_place"),
        verdict=verdict,
    )


def overall_and_when(voice: Voice) -> Text:
    """The 0-10 scale, and the times of day."""
    variable = voice.codebook["annoyance_overall"]
    low, high = variable.limits
    mean = kzm.mean(voice.design, "annoyance_overall").row()
    when = kzm.multiple_response(voice.design, "disturbed")
    return say(
        "Na lestvici od {low} (sploh ne) do {high} (izjemno) je povprečna ocena motečnosti hrupa nasploh {mean} (interval "
        "zaupanja {interval}). Najpogosteje moti {times}. Da jih hrup ne moti, pravi {none} sodelujočih.",
        low=voice.fact(low, "scale_minimum", variable=variable.name),
        high=voice.fact(high, "scale_maximum", variable=variable.name),
        mean=voice.mean(mean),
        interval=voice.interval(mean),
        times=voice.shares([(voice.label(row.variable), row) for row in when.ranked(without=REST)[:3]]),
        none=voice.share(when.row("none")),
    )


def consequences(voice: Voice) -> Text:
    """Health complaints and coping."""
    health = kzm.multiple_response(voice.design, "health")
    coping = kzm.multiple_response(voice.design, "coping")
    named, ways = health.ranked(without=REST)[:3], coping.ranked(without=REST)[:3]
    return say(
        "Med zdravstvenimi težavami, ki jih pripisujejo hrupu, sodelujoči najpogosteje navajajo naslednje: {health}. Nobenih "
        "težav ne navaja {none} sodelujočih. Tisti, ki jih hrup moti (n = {n}), se z njim najpogosteje spopadajo takole: "
        "{coping}.",
        health=voice.shares([(voice.label(row.variable), row) for row in named]),
        none=voice.share(health.row("none")),
        n=voice.base(ways[0]),
        coping=voice.shares([(f"»{voice.label(row.variable)}«", row) for row in ways]),
    )


def proposals(voice: Voice) -> Text:
    """Themes of the open question."""
    themes = kzm.multiple_response(voice.design, "proposal_themes").ranked()
    n = voice.base(themes[0])
    return say(
        "Na odprto vprašanje, kaj bi občina morala narediti za manj hrupa, {verb} {people}. Predlogi se najpogosteje "
        "nanašajo na naslednje teme: {themes}. En odgovor se lahko nanaša na več tem.",
        verb=slovene.counted_verb(int(n.claim.estimate), "oseba", "odgovoril"),
        people=voice.counted(n, "oseba"),
        themes=voice.shares([(voice.label(row.variable), row) for row in themes[:4]], intervals=False),
    )


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.terminal import print_section

    print_section(section(kzm.weight(kzm.load("surveys/noise/2021"))))
