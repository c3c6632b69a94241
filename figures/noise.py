"""Figures of the noise survey: which estimates in which figure.

Run alone (``python figures/noise.py``) it writes them to ``build/figures``; ``kzm report`` puts them into the Word file.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.finding import FigurePlan, figure
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.catalogue import text
from kzm_surveys.plots.bars import sample_against_population
from kzm_surveys.plots.dots import DotBlock, DotWords, dots
from kzm_surveys.plots.stacked import LABELS_FROM, stacked_bars
from kzm_surveys.plots.style import Frame

HIGH = ["very", "extremely"]
BY_PLACE = ("highly_annoyed_road", "highly_annoyed_port", "highly_annoyed_music")


# %%
def figures(design: kzm.SurveyDesign) -> list[ReportFigure]:
    """All figures of the section; the last one only if the answers are weighted."""
    voice = Voice(design)
    plans = [
        FigurePlan("noise_annoyance_by_source", say("Motečnost hrupa doma v zadnjem letu po virih"), by_source),
        FigurePlan(
            "noise_annoyance_by_place",
            say("Delež prebivalcev, ki jih hrup zelo ali izjemno moti, po tipu kraja"),
            by_place,
        ),
    ]
    if design.weighting is not None:
        caption = say("Anketirani in prebivalstvo po spremenljivkah, uporabljenih za uteževanje")
        plans.append(FigurePlan("noise_sample_and_population", caption, sample_and_population))
    return [figure(voice, plan) for plan in plans]


# %%
def by_source(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """Five steps per source, the most annoying on top."""
    ranked = kzm.battery(voice.design, "annoyance", HIGH).ranked()
    items = [kzm.proportion(voice.design, row.variable) for row in ranked]
    first, last = ranked[0], ranked[-1]
    title = say(
        "Najpogosteje zelo ali izjemno moti vir »{first}«: {share}",
        first=voice.label(first.variable), share=voice.percent(first),
    )  # fmt: skip
    base = voice.base_line(ranked)
    alt = voice.text(
        "alt_stacked",
        what="motečnost hrupa po virih na petih stopnjah",
        finding=say(
            "Najpogosteje zelo ali izjemno moti vir »{first}« ({high}), najredkeje vir »{last}« ({low}).",
            first=voice.label(first.variable), high=voice.percent(first), last=voice.label(last.variable),
            low=voice.percent(last),
        ),
        base=base,
    )  # fmt: skip
    question = voice.codebook.questions["annoyance"].question["sl"]
    frame = Frame(
        str(title), question, f"{base}. Deleži v odstotkih.", str(voice.source_line()), voice.synthetic_mark()
    )
    numbers = [number for item in items for number in voice.figure_numbers(item, 0, from_share=LABELS_FROM)]
    foot = join([base, ". ", voice.source_line()], "")
    picture = stacked_bars(items, frame, withheld=text("sl", "withheld"))
    return ReportFigure(plan.id, picture, plan.caption, foot, alt, title, numbers)


# %%
def by_place(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """The two upper steps by type of place, for the three sources that the 2022 report gave shares for."""
    blocks, numbers, every = [], [], []
    for name in BY_PLACE:
        groups = kzm.proportion(voice.design, name, by="place_type", categories=["yes"])
        total = kzm.proportion(voice.design, name, categories=["yes"])
        labels = [voice.category("place_type", row.by_category) for row in groups]
        blocks.append(DotBlock(voice.label(name), groups, total, labels))
        numbers += voice.figure_numbers(groups, 1)
        every += list(groups)
    port = blocks[1].groups.ranked()
    title = say(
        "Pristanišče zelo ali izjemno moti {high} prebivalcev v skupini »{most}«",
        high=voice.percent(port[0]), most=voice.category("place_type", port[0].by_category),
    )  # fmt: skip
    if len(port) > 1:
        title = say(
            "{title} in {low} v skupini »{least}«",
            title=title, low=voice.percent(port[-1]), least=voice.category("place_type", port[-1].by_category),
        )  # fmt: skip
    base = voice.base_line(every)
    alt = voice.text("alt_dots", what="delež zelo ali izjemno motenih po tipu kraja za tri vire hrupa",
                     finding=say("{title}.", title=title), base=base)  # fmt: skip
    words = DotWords(*(text("sl", key) for key in ("interval_words", "total_line", "small_base", "withheld")))
    frame = Frame(
        str(title), "Delež odgovorov »zelo« ali »izjemno« po viru hrupa in tipu kraja", f"{base}.",
        str(voice.source_line()), voice.synthetic_mark(),
    )  # fmt: skip
    foot = join([base, ". ", voice.source_line()], "")
    return ReportFigure(plan.id, dots(blocks, frame, words), plan.caption, foot, alt, title, numbers)


# %%
def sample_and_population(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """The unweighted sample beside the population, for every margin of the weighting."""
    margins = voice.design.weighting.margins
    labels, numbers = [], []
    for name, part in margins.groupby("variable", sort=False):
        labels.append((label(voice, name), [category(voice, name, key) for key in part["category"]]))
        for key, before, target in zip(part["category"], part["before"], part["target"], strict=True):
            numbers += [sample_share(voice, name, key, before), population_share(voice, name, key, target)]
    row = margins.loc[(margins["before"] - margins["target"]).abs().idxmax()]
    title = say(
        "Skupina »{group}«: v vzorcu {before}, med prebivalci {target}",
        group=category(voice, row["variable"], row["category"]),
        before=sample_share(voice, row["variable"], row["category"], row["before"]),
        target=population_share(voice, row["variable"], row["category"], row["target"]),
    )
    base = say(
        "Osnova: vsi anketirani (n = {n}), neuteženo",
        n=voice.fact(len(voice.survey), "respondents", n=len(voice.survey)),
    )
    names = ", ".join(heading for heading, _ in labels)
    alt = voice.text("alt_pairs", what=f"sestava vzorca in prebivalstva ({names})",
                     finding=say("{title}.", title=title), base=base)  # fmt: skip
    parts = [voice.survey.wave.title["sl"], f"prebivalstvo: {'; '.join(voice.margin_notes('population', 'date'))}"]
    parts += [text("sl", "synthetic_short")] if voice.survey.source.synthetic else []
    source = voice.text("source", source="; ".join(parts))
    frame = Frame(str(title), f"Sestava: {names}", f"{base}.", str(source), voice.synthetic_mark())
    words = (text("sl", "sample_word"), text("sl", "population_word"))
    picture = sample_against_population(voice.design.weighting, labels, words, frame)
    return ReportFigure(plan.id, picture, plan.caption, join([base, ". ", source], ""), alt, title, numbers)


def label(voice: Voice, margin: str) -> str:
    """Label of a margin, a joint one too."""
    return " × ".join(voice.label(part) for part in margin.split("*"))


def category(voice: Voice, margin: str, key: str) -> str:
    """Label of a category of a margin, a joint one too."""
    return ", ".join(voice.category(*pair) for pair in zip(margin.split("*"), key.split("*"), strict=True))


def sample_share(voice: Voice, margin: str, key: str, share: float):
    """Unweighted share in the sample."""
    return voice.fact(share, "sample_share", decimals=1, variable=margin, category=key, kind="percent", n=len(voice.survey),
                      weight="none")  # fmt: skip


def population_share(voice: Voice, margin: str, key: str, share: float):
    """Share in the population, with the source of the margin."""
    source = voice.design.weighting.provenance.get(margin, {}).get("source")
    return voice.fact(
        share, "population_share", decimals=1, variable=margin, category=key, kind="percent", source=source
    )


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.report import write_figures

    for path in write_figures(figures(kzm.weight(kzm.load("surveys/noise/2021"))), "build/figures"):
        print(path)
