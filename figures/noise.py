"""Figures of the noise survey: which estimates in which figure.

Run alone (``python figures/noise.py``) it writes them to ``build/figures``; ``kzm report`` puts them into the Word file.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.catalogue import text
from kzm_surveys.plots.bars import sample_against_population
from kzm_surveys.plots.dots import DotBlock, DotWords, dots
from kzm_surveys.plots.stacked import LABELS_FROM, stacked_bars
from kzm_surveys.plots.style import Frame

SOURCES = (
    "annoyance_road", "annoyance_port", "annoyance_music", "annoyance_motorbikes", "annoyance_neighbours",
    "annoyance_construction", "annoyance_railway", "annoyance_aircraft", "annoyance_industry", "annoyance_bars",
)  # fmt: skip
HIGH = ["very", "extremely"]
BY_PLACE = ("highly_annoyed_road", "highly_annoyed_port", "highly_annoyed_music")


# %%
def figures(design: kzm.SurveyDesign) -> list[ReportFigure]:
    """All figures of the section."""
    voice = Voice(design)
    return [annoyance_by_source(voice), annoyance_by_place(voice), sample_and_population(voice)]


# %%
def annoyance_by_source(voice: Voice) -> ReportFigure:
    """Five steps per source, the most annoying on top."""
    high = kzm.Estimates.concat([kzm.proportion(voice.design, name, categories=HIGH) for name in SOURCES])
    ranked = high.ranked()
    items = [kzm.proportion(voice.design, row.variable) for row in ranked]
    first, last = ranked[0], ranked[-1]
    title = say(
        "Najpogosteje zelo ali izjemno moti {first}: {share}",
        first=voice.label(first.variable), share=voice.percent(first),
    )  # fmt: skip
    base = voice.base_line(ranked)
    caption = say("Motečnost hrupa doma v zadnjem letu po virih")
    alt = voice.text(
        "alt_stacked",
        what="motečnost hrupa po virih na petih stopnjah",
        finding=say(
            "Zelo ali izjemno najpogosteje moti {first} ({high}), najredkeje {last} ({low}).",
            first=voice.label(first.variable), high=voice.percent(first), last=voice.label(last.variable),
            low=voice.percent(last),
        ),
        base=base,
    )  # fmt: skip
    frame = Frame(
        str(title), voice.codebook["annoyance_road"].question["sl"], f"{base}. Deleži v odstotkih.", str(voice.source_line()),
        voice.synthetic_mark(),
    )  # fmt: skip
    numbers = [number for item in items for number in voice.figure_numbers(item, 0, from_share=LABELS_FROM)]
    foot = join([base, ". ", voice.source_line()], "")
    return ReportFigure(
        "noise_annoyance_by_source",
        stacked_bars(items, frame, withheld=text("sl", "withheld")),
        caption,
        foot,
        alt,
        title,
        numbers,
    )


# %%
def annoyance_by_place(voice: Voice) -> ReportFigure:
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
        "Pristanišče zelo ali izjemno moti {high} sodelujočih v skupini »{most}«",
        high=voice.percent(port[0]), most=voice.category("place_type", port[0].by_category),
    )  # fmt: skip
    if len(port) > 1:
        title = say(
            "{title} in {low} v skupini »{least}«",
            title=title, low=voice.percent(port[-1]), least=voice.category("place_type", port[-1].by_category),
        )  # fmt: skip
    base = voice.base_line(every)
    caption = say("Delež sodelujočih, ki jih hrup zelo ali izjemno moti, po tipu kraja")
    alt = voice.text("alt_dots", what="delež zelo ali izjemno motenih po tipu kraja za tri vire hrupa",
                     finding=say("{title}.", title=title), base=base)  # fmt: skip
    words = DotWords(*(text("sl", key) for key in ("interval_words", "total_line", "small_base", "withheld")))
    frame = Frame(
        str(title), "Delež odgovorov »zelo« ali »izjemno« po viru hrupa in tipu kraja", f"{base}.",
        str(voice.source_line()), voice.synthetic_mark(),
    )  # fmt: skip
    foot = join([base, ". ", voice.source_line()], "")
    return ReportFigure("noise_annoyance_by_place", dots(blocks, frame, words), caption, foot, alt, title, numbers)


# %%
def sample_and_population(voice: Voice) -> ReportFigure:
    """The unweighted sample beside the population, by sex and age group."""
    record = voice.design.weighting
    margins = record.margins
    labels, numbers = [], []
    for name, part in margins.groupby("variable", sort=False):
        labels.append((voice.label(name), [voice.category(name, category) for category in part["category"]]))
        for category, before, target in zip(part["category"], part["before"], part["target"], strict=True):
            shared = {"decimals": 1, "variable": name, "category": category, "kind": "percent"}
            numbers.append(voice.fact(before, "sample_share", n=int(part["n"].sum()), weight="none", **shared))
            numbers.append(voice.fact(target, "population_share", **shared))
    worst = (margins["before"] - margins["target"]).abs().idxmax()
    row = margins.loc[worst]
    shared = {"decimals": 1, "variable": row["variable"], "category": row["category"], "kind": "percent"}
    title = say(
        "Skupina »{group}«: v vzorcu {before}, med prebivalci {target}",
        group=voice.category(row["variable"], row["category"]),
        before=voice.fact(row["before"], "sample_share", n=len(voice.survey), weight="none", **shared),
        target=voice.fact(row["target"], "population_share", **shared),
    )
    n = voice.fact(len(voice.survey), "respondents")
    base = say("Osnova: vsi anketirani (n = {n}), neuteženo", n=n)
    status = "Prebivalstvo: spol – uradni podatek za vse prebivalce občine; starost – lastna ocena za polnoletne, ni uradni podatek."
    caption = say("Anketirani in prebivalstvo po spolu in starosti")
    alt = voice.text("alt_pairs", what="sestava vzorca in prebivalstva po spolu in starostnih skupinah",
                     finding=say("{title}.", title=title), base=base)  # fmt: skip
    frame = Frame(str(title), "Sestava po spolu in starostni skupini", f"{base}. {status}", str(source(voice)),
                  voice.synthetic_mark())  # fmt: skip
    words = (text("sl", "sample_word"), text("sl", "population_word"))
    figure = sample_against_population(record, labels, words, frame)
    foot = join([base, ". ", status, " ", source(voice)], "")
    return ReportFigure("noise_sample_and_population", figure, caption, foot, alt, title, numbers)


def source(voice: Voice):
    """Survey and statistical office; the picture itself is unweighted."""
    return voice.text("source", source=f"{voice.survey.wave.title['sl']}; Statistični urad Republike Slovenije"
                      + (f"; {text('sl', 'synthetic_short')}" if voice.survey.source.synthetic else ""))  # fmt: skip


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.report import write_figures

    for path in write_figures(figures(kzm.weight(kzm.load("surveys/noise/2021"))), "build/figures"):
        print(path)
