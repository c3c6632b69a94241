"""What the report says about the noise survey: which estimates, which sentences.

Run alone (``python analyses/noise.py``) it prints the section; ``kzm report`` puts it into the Word file.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.finding import paragraph
from kzm_surveys.findings.methods import methods, opening, sources
from kzm_surveys.findings.section import FigureRef, Section, Table
from kzm_surveys.findings.text import Reference, Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language import slovene
from kzm_surveys.language.numbers import Language

HIGH, MIDDLE = ["very", "extremely"], ["slightly", "moderately"]
REST = ("none", "other")


# %%
def section(design: kzm.SurveyDesign, lang: Language = "sl") -> Section:
    """Section II.c of the report."""
    voice = Voice(design, lang)
    weighted = design.weighting is not None
    return Section(
        design,
        [
            *opening(voice),
            paragraph(voice, "sodelujoči", who_answered),
            *([paragraph(voice, "sestava vzorca", sample)] if weighted else []),
            paragraph(voice, "najbolj moteči viri hrupa", most_annoying),
            FigureRef("noise_annoyance_by_source"),
            paragraph(voice, "nekoliko ali srednje moteči viri hrupa", somewhat_annoying),
            by_source_table(voice),
            paragraph(voice, "hrup pristanišča po tipu kraja", port_by_place),
            paragraph(voice, "motečnost hrupa nasploh", overall),
            paragraph(voice, "kdaj hrup moti", when_disturbed),
            FigureRef("noise_annoyance_by_place"),
            paragraph(voice, "zdravstvene težave zaradi hrupa", health),
            paragraph(voice, "ravnanje ob hrupu", coping),
            paragraph(voice, "predlogi za manj hrupa", proposals),
            *methods(voice),
            *([FigureRef("noise_sample_and_population")] if weighted else []),
            *sources(voice),
        ],
    )


# %%
def who_answered(voice: Voice) -> Text:
    """How many answered, how, and what population they stand for."""
    wave = voice.survey.wave
    return say(
        "V raziskavi {verb} {people} ({mode}; {population}).",
        verb=slovene.counted_verb(len(voice.survey), "oseba", "sodeloval"),
        people=voice.counted(voice.fact(len(voice.survey), "respondents", n=len(voice.survey)), "oseba"),
        mode=wave.mode["sl"],
        population=wave.population["sl"],
    )


def sample(voice: Voice) -> Text:
    """Why the answers are weighted: the oldest group in the sample and in the population."""
    plain = Voice(kzm.SurveyDesign.from_survey(voice.survey))
    old = kzm.proportion(plain.design, "age_group").row("62_plus")
    first = say(
        "Med sodelujočimi jih je bilo {old} starih {group}, v populaciji pa je takih {target} ({status}); sestavo po spolu in "
        "starosti kaže slika {figure}.",
        old=plain.percent(old),
        group=voice.category("age_group", "62_plus"),
        target=voice.population_share("age_group", "62_plus"),
        status=voice.margin_status("age_group"),
        figure=Reference("figure", "noise_sample_and_population"),
    )
    if voice.design.sampling == "opt_in":
        return join([first, say("Zato so deleži v nadaljevanju uteženi.")])
    return join([first, say("Zato so deleži v nadaljevanju uteženi in ocenjujejo stanje v celotni populaciji.")])


def most_annoying(voice: Voice) -> Text:
    """Ranking of the sources by the two upper steps."""
    rows = kzm.battery(voice.design, "annoyance", HIGH).ranked()
    return say(
        "V zadnjem letu prebivalce doma najpogosteje zelo ali izjemno motijo naslednji viri hrupa: {sources}; gl. sliko "
        "{figure}. Najmanjši je ta delež pri viru {least}.",
        sources=voice.shares([(voice.label(row.variable), row) for row in rows[:5]]),
        figure=Reference("figure", "noise_annoyance_by_source"),
        least=voice.shares([(f"»{voice.label(rows[-1].variable)}«", rows[-1])]),
    )


def somewhat_annoying(voice: Voice) -> Text:
    """The shares that the 2022 report printed, weighted and unweighted."""
    plain = Voice(kzm.SurveyDesign.from_survey(voice.survey))
    pieces = []
    for name in ("annoyance_road", "annoyance_port", "annoyance_music"):
        row = kzm.proportion(voice.design, name, categories=MIDDLE).row()
        before = kzm.proportion(plain.design, name, categories=MIDDLE).row()
        pieces.append(
            say("{source} ({share}; brez uteži {before})", source=voice.label(name), share=voice.percent(row),
                before=plain.percent(before))
        )  # fmt: skip
    return say(
        "Delež prebivalcev, ki jih vir nekoliko ali srednje moti, je naslednji: {sources}. Ti odgovori so šibkejši od odgovorov »zelo« in "
        "»izjemno« in jih ne gre seštevati z njimi; gl. preglednico {table}.",
        sources=join(pieces, ", ", " in "),
        table=Reference("table", "noise_by_source"),
    )


def by_source_table(voice: Voice) -> Table:
    """All sources: middle steps, upper steps with interval, base, how many have no such source."""
    high, middle = (kzm.battery(voice.design, "annoyance", steps) for steps in (HIGH, MIDDLE))
    pairs = sorted(zip(high, middle, strict=True), key=lambda pair: -pair[0].estimate if pair[0].n else 1)
    rows = []
    for row, below in pairs:
        name = row.variable
        absent = kzm.missing_count(voice.design, name, "no_such_source")
        rows.append(
            [
                voice.label(name),
                voice.cell(below),
                voice.cell(row),
                voice.interval_cell(row),
                voice.base(row),
                voice.fact(absent, "no_such_source", variable=name, n=len(voice.survey), weight="none"),
            ]
        )
    notes = [
        join(
            [
                voice.base_line(high),
                ". Interval zaupanja velja za delež »zelo ali izjemno«; števili oseb (n in »vira ni«) nista uteženi.",
            ],
            "",
        ),
        *voice.legend(high, middle),
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
            "Vira ni",
        ],
        rows=rows,
        notes=notes,
    )


def port_by_place(voice: Voice) -> Text:
    """The port by type of place; differences are claimed only if the test finds them."""
    shares = kzm.proportion(voice.design, "highly_annoyed_port", by="place_type", categories=["yes"])
    rows = [(voice.category("place_type", row.by_category), row) for row in shares.ranked()]
    try:
        test = kzm.crosstab(voice.design, "highly_annoyed_port", "place_type").test
    except kzm.EstimationError:  # everybody in one place, or all of one opinion: there is nothing to test
        test = None
    sentences = [
        say(
            "Delež prebivalcev, ki jih hrup pristanišča zelo ali izjemno moti, je po tipu kraja naslednji: {shares}; gl. sliko "
            "{figure}.",
            shares=voice.shares(rows),
            figure=Reference("figure", "noise_annoyance_by_place"),
        )
    ]
    if len(rows) < len(shares):
        sentences.append(say("Za druge tipe kraja je odgovorov premalo, zato delež ni prikazan."))
    if test is not None:
        found = voice.test(test, "highly_annoyed_port", "place_type")
        if test.p_value < 0.05:
            sentences.append(
                say("Razlike med tipi krajev so statistično značilne (Rao–Scottov preizkus, {test}).", test=found)
            )
        else:
            sentences.append(
                say("Razlik med tipi krajev ni bilo mogoče zaznati (Rao–Scottov preizkus, {test}).", test=found)
            )
    return join(sentences)


def overall(voice: Voice) -> Text:
    """The 0-10 scale."""
    low, high = voice.codebook["annoyance_overall"].limits
    mean = kzm.mean(voice.design, "annoyance_overall").row()
    interval = voice.interval(mean)
    return say(
        "Na lestvici od {low} (sploh ne) do {high} (izjemno) je povprečna ocena motečnosti hrupa nasploh {mean}{interval}.",
        low=voice.fact(low, "scale_minimum", variable="annoyance_overall"),
        high=voice.fact(high, "scale_maximum", variable="annoyance_overall"),
        mean=voice.mean(mean),
        interval="" if interval is None else say(" (interval zaupanja {interval})", interval=interval),
    )


def when_disturbed(voice: Voice) -> Text:
    """Times of day."""
    when = kzm.multiple_response(voice.design, "disturbed")
    return say(
        "Hrup najpogosteje moti {times}. Hrup ne moti {none} prebivalcev.",
        times=voice.shares([(voice.label(row.variable), row) for row in when.ranked(without=REST)[:3]]),
        none=voice.share(when.row("none")),
    )


def health(voice: Voice) -> Text:
    """Health complaints put down to noise."""
    complaints = kzm.multiple_response(voice.design, "health")
    return say(
        "Med zdravstvenimi težavami, ki jih pripisujejo hrupu, prebivalci najpogosteje navajajo naslednje: {health}. Nobenih težav "
        "ne navaja {none} prebivalcev.",
        health=voice.shares([(voice.label(row.variable), row) for row in complaints.ranked(without=REST)[:3]]),
        none=voice.share(complaints.row("none")),
    )


def coping(voice: Voice) -> Text:
    """What people do against noise; asked only of those whom it disturbs."""
    ways = kzm.multiple_response(voice.design, "coping").ranked(without=REST)
    return say(
        "Tisti, ki jih hrup moti (n = {n}), se z njim najpogosteje spopadajo takole: {coping}.",
        n=voice.base(ways[0]),
        coping=voice.shares([(f"»{voice.label(row.variable)}«", row) for row in ways[:3]]),
    )


def proposals(voice: Voice) -> Text:
    """Themes of the open question."""
    themes = kzm.multiple_response(voice.design, "proposal_themes").ranked()
    n = voice.base(themes[0])
    return say(
        "Na odprto vprašanje, kaj bi občina morala narediti za manj hrupa, {verb} {people}. Predlogi se najpogosteje nanašajo na "
        "naslednje teme: {themes}. En odgovor se lahko nanaša na več tem ali na nobeno od njih.",
        verb=slovene.counted_verb(int(n.claim.estimate), "oseba", "odgovoril"),
        people=voice.counted(n, "oseba"),
        themes=voice.shares([(voice.label(row.variable), row) for row in themes[:4]]),
    )


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.terminal import print_section

    print_section(section(kzm.weight(kzm.load("surveys/noise/2021"))))
