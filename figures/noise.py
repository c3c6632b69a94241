"""Figures of the noise survey: which estimates in which figure.

Run alone (``python figures/noise.py``) it writes them to ``build/figures``; ``kzm figures`` draws them with those of the
other surveys and a contact sheet, ``kzm report`` puts those of the report into the Word file. The words stand in
``noise.toml``.
"""

# %%
from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure

import kzm_surveys as kzm
from kzm_surveys.errors import WithheldError
from kzm_surveys.estimation.missing_shares import missing_share
from kzm_surveys.findings.dossier_margins import groups, margins_base, multiple_of_mean, source, worst_gap
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.sketch import Sketch
from kzm_surveys.findings.sketches import battery, options
from kzm_surveys.findings.text import Number, Text
from kzm_surveys.language.catalogue import text
from kzm_surveys.plots.dots import DotBlock, dots, grouped_dots
from kzm_surveys.plots.forest import forest
from kzm_surveys.plots.heatmap import heatmap
from kzm_surveys.plots.histogram import histogram
from kzm_surveys.plots.multiples import multiples
from kzm_surveys.plots.plotted import plotted
from kzm_surveys.plots.population import population_pyramid
from kzm_surveys.plots.weights import margins_before_and_after, weight_counts, weight_histogram

HIGH, AGREE = ["very", "extremely"], ["agree", "strongly_agree"]
THREE = ("highly_annoyed_road", "highly_annoyed_port", "highly_annoyed_music")
GROUPS = ("sex", "age_group", "place_type")
MODEL = ("place_type", "age_group", "sex")
OVERALL = "annoyance_overall"


# %%
def figures(design: kzm.SurveyDesign) -> dict[str, Callable[[Sketch], ReportFigure]]:
    """All figures by name, those of the report first; three only if the answers are weighted, one only if they infer."""
    found = {
        "noise_annoyance_by_source": by_source,
        "noise_annoyance_by_place": by_place,
        "noise_sample_and_population": sample_and_population,
        "noise_pyramid": pyramid,
        "noise_weights": weights,
        "noise_road_and_port_by_age": road_and_port_by_age,
        "noise_port_by_age_and_place": port_by_age_and_place,
        "noise_port_by_community": port_by_community,
        "noise_port_table": port_table,
        "noise_port_model": port_model,
        "noise_overall": overall,
        "noise_overall_by_group": overall_by_group,
        "noise_disturbed": lambda sketch: options(sketch, "disturbed"),
        "noise_health": lambda sketch: options(sketch, "health"),
        "noise_coping": lambda sketch: options(sketch, "coping"),
        "noise_proposals": lambda sketch: options(sketch, "proposal_themes"),
        "noise_opinion": opinion,
    }
    if design.weighting is None:
        del found["noise_sample_and_population"], found["noise_pyramid"], found["noise_weights"]
    if not design.infers:
        del found["noise_port_model"]
    return found


# %%
def by_source(sketch: Sketch) -> ReportFigure:
    """Five steps per source, the most annoying on top, and beside them who has no such source."""
    absent = [
        missing_share(sketch.design, name, ["no_such_source"]) for name in sketch.voice.codebook.members("annoyance")
    ]
    return battery(sketch, "annoyance", HIGH, aside=absent)


def opinion(sketch: Sketch) -> ReportFigure:
    """Agreement with statements on noise."""
    return battery(sketch, "opinion", AGREE, form="diverging")


def by_place(sketch: Sketch) -> ReportFigure:
    """The two upper steps by type of place, for the three sources that the 2022 report gave shares for."""
    blocks = [block(sketch, name, "place_type") for name in THREE]
    high, low = sketch.ends(blocks[1].groups)
    most, least = (sketch.voice.category("place_type", str(row.by_category)) for row in (high, low))
    values = {"high": sketch.number(high), "most": most}
    title: Text | dict[str, str | Number] = {**values, "low": sketch.number(low), "least": least}
    if high is low:
        title = sketch.said("one", **values)
    return sketch.drawn(
        dots, blocks, rows=rows_of(blocks), title=title, base=base(sketch, *THREE)
    )  # fmt: skip


def block(sketch: Sketch, name: str, by: str) -> DotBlock:
    """One source of noise: the share highly annoyed in each group, and among all."""
    groups = kzm.proportion(sketch.design, name, by=by, categories=["yes"])
    return DotBlock(sketch.voice.label(name), groups, kzm.proportion(sketch.design, name, categories=["yes"]))


def rows_of(blocks: list[DotBlock]) -> list:
    """Estimates of all groups in some blocks."""
    return [row for each in blocks for row in each.groups]


def base(sketch: Sketch, *names: str) -> Text:
    """Base of all groups of some questions together."""
    return sketch.voice.base_line([row for name in names for row in kzm.proportion(sketch.design, name)])


# %%
def sample_and_population(sketch: Sketch) -> ReportFigure:
    """Every margin of the weighting: respondents before and after it, and the population."""
    return composition(sketch, margins_before_and_after)


def pyramid(sketch: Sketch) -> ReportFigure:
    """Respondents and population by sex and age."""
    return composition(sketch, population_pyramid, "sex*age_group")


def composition(sketch: Sketch, kind: Callable[..., Figure], only: str | None = None) -> ReportFigure:
    """Groups of the margins; the title names the one furthest from its share of the population."""
    voice = sketch.voice
    margins = groups(voice, joint=True)
    every = [group for margin in margins for group in margin.groups if only in (None, group.variable)]
    shown = [group for group in every if not group.hidden]
    furthest = max(shown, key=lambda group: abs(group.excess))
    numbers = [group.number(voice, which) for group in shown for which in ("before", "after")]
    numbers += [group.count(voice) for group in shown] + [group.number(voice, "target") for group in every]
    title = {
        "group": furthest.label, "before": furthest.number(voice, "before"), "target": furthest.number(voice, "target"),
    }  # fmt: skip
    names = voice.design.weighting.margins["variable"].unique()
    told = zip(names, voice.margin_notes("population", "date", "source"), strict=True)
    notes = [Text((f"{note[0].upper()}{note[1:]}.",)) for name, note in told if only in (None, name)]
    gap = worst_gap(voice, voice.design.weighting)
    return sketch.drawn(
        kind, voice.design, base=margins_base(voice, margins), title=title, numbers=numbers, source=source(voice),
        in_picture=notes, finding=sketch.said("finding", worst=gap),
    )  # fmt: skip


def weights(sketch: Sketch) -> ReportFigure:
    """How unequal the weights are."""
    voice, record = sketch.voice, sketch.design.weighting

    ends = {
        "lowest": multiple_of_mean(voice, record.lowest, "weight.lowest"),
        "highest": multiple_of_mean(voice, record.highest, "weight.highest"),
    }
    median = multiple_of_mean(voice, record.quantiles[0.5], "weight.median")
    base = voice.text("dossier.histogram_base", n=voice.fact(record.n, "respondents_with_weight"))
    return sketch.drawn(
        weight_histogram, sketch.design, title=ends, base=base, table=weight_counts(record), source=source(voice),
        numbers=[multiple_of_mean(voice, record.mean, "weight.mean")], finding=sketch.said("finding", median=median),
    )  # fmt: skip


# %%
def road_and_port_by_age(sketch: Sketch) -> ReportFigure:
    """Two sources beside each other in each age group."""
    road, port = (kzm.proportion(sketch.design, name, by="age_group", categories=["yes"]) for name in THREE[:2])
    title = {}
    for name, estimates in (("road", road), ("port", port)):
        high, low = sketch.ends(estimates)
        title |= {f"{name}_high": sketch.number(high), f"{name}_low": sketch.number(low)}
    blocks = [DotBlock(sketch.voice.label(name), groups) for name, groups in zip(THREE, (road, port), strict=False)]
    return sketch.drawn(
        grouped_dots, blocks, rows=[*road, *port], title=title, base=base(sketch, *THREE[:2])
    )  # fmt: skip


def port_by_age_and_place(sketch: Sketch) -> ReportFigure:
    """A panel per type of place, age groups in it."""
    answers = sketch.voice.survey.responses["place_type"]
    panels = []
    for place in answers.cat.categories:
        here = answers == place
        groups = kzm.proportion(sketch.design, THREE[1], by="age_group", categories=["yes"], where=here)
        total = kzm.proportion(sketch.design, THREE[1], categories=["yes"], where=here)
        panels.append(DotBlock(sketch.voice.category("place_type", place), groups, total))
    rows = rows_of(panels)
    names = [
        f"{panel.heading}, {sketch.voice.category('age_group', str(row.by_category))}"
        for panel in panels for row in panel.groups
    ]  # fmt: skip
    high, low = sketch.ends(rows)
    title = {
        "low": sketch.number(low), "lowest": names[rows.index(low)], "high": sketch.number(high),
        "highest": names[rows.index(high)],
    }  # fmt: skip
    return sketch.drawn(
        multiples, panels, rows=rows, names=names, title=title, base=base(sketch, THREE[1]),
        table=pd.concat([plotted(panel, sketch.lang).assign(panel=panel.heading) for panel in panels]),
    )  # fmt: skip


def port_by_community(sketch: Sketch) -> ReportFigure:
    """Local communities: the highest on top, those withheld below in their own order; the smallest are left out."""
    found = block(sketch, THREE[1], "local_community")
    rows, fewest = found.groups.rows, sketch.voice.survey.wave.quality.smallest_cell
    order = sorted(
        (i for i, row in enumerate(rows) if row.n >= fewest),
        key=lambda i: (not rows[i].printable, -rows[i].estimate if rows[i].printable else 0),
    )
    if not order:
        raise WithheldError("no local community has enough answers")
    groups = found.groups.take(order)
    note = sketch.said("left_out", limit=sketch.voice.fact(fewest, "smallest_cell"))
    title = None
    if all(row.printable and "small_base" not in row.flag.split() for row in groups):
        high, low = sketch.ends(groups)
        most, least = (sketch.voice.category("local_community", str(row.by_category)) for row in (high, low))
        title = sketch.said("enough", high=sketch.number(high), most=most, low=sketch.number(low), least=least)
    return sketch.drawn(
        dots, [DotBlock(found.heading, groups, found.total)], rows=groups, base=base(sketch, THREE[1]), notes=[note],
        title=title,
    )  # fmt: skip


def port_table(sketch: Sketch) -> ReportFigure:
    """Five steps of annoyance by type of place, with the cells that differ from independence."""
    try:
        table = kzm.crosstab(sketch.design, "annoyance_port", "place_type", test="F" if sketch.design.infers else None)
    except kzm.EstimationError:  # everybody in one place, or all of one opinion: there is nothing to test
        table = kzm.crosstab(sketch.design, "annoyance_port", "place_type", test=None)
    high, low = sketch.ends(row for row in table.estimates if row.category == "not_at_all")
    title = {
        "low": sketch.number(low), "least": sketch.voice.category("place_type", str(low.by_category)),
        "high": sketch.number(high), "most": sketch.voice.category("place_type", str(high.by_category)),
    }  # fmt: skip
    return sketch.drawn(
        heatmap, table, rows=table.estimates, title=title, base=base(sketch, THREE[1])
    )  # fmt: skip


def port_model(sketch: Sketch) -> ReportFigure:
    """What goes with high annoyance by the port, other traits held; only terms that the corrected test finds are named."""
    voice = sketch.voice
    labels = [voice.label(term) for term in MODEL]
    try:
        model = kzm.glm(sketch.design, f"{THREE[1]} ~ {' + '.join(MODEL)}", family="binomial")
    except kzm.EstimationError as error:  # a group without answers or of one opinion: no finite odds ratio exists
        raise WithheldError(f"figure '{sketch.id}': {error}") from error
    tests = kzm.adjust_p_values([model.term_test(term).p_value for term in MODEL])
    found = [label for label, p in zip(labels, tests, strict=True) if p < 1 - model.level]
    ratios = model.odds_ratios.sort_values("estimate")
    ends = {}
    for name, value, row in (("lowest", "low", ratios.iloc[0]), ("highest", "high", ratios.iloc[-1])):
        variable, _, level = row["term"].rstrip("]").partition("[")
        ends[name] = voice.category(variable, level)
        ends[value] = voice.fact(
            row["estimate"], "odds_ratio", decimals=2, variable=THREE[1], by=variable, category=level, kind="decimal",
            n=model.n, weight=voice.weight_record(),
        )  # fmt: skip
    numbers = [
        voice.fact(row[end], f"odds_ratio.{end}", decimals=2, variable=THREE[1], category=row["term"], kind="decimal",
                   n=model.n, weight=voice.weight_record())
        for _, row in ratios.iterrows() for end in ("estimate", "ci_low", "ci_high")
    ]  # fmt: skip
    numbers.append(voice.fact(1, "odds_ratio.reference", variable=THREE[1]))
    base = voice.text("base_n", base=text(sketch.lang, "tables.base_of_model"), n=voice.fact(model.n, "model.n"))
    return sketch.drawn(
        forest, model, base=base, numbers=numbers, finding=sketch.said("finding", **ends),
        title={"found": voice.listed(found)} if found else sketch.said("none"),
    )  # fmt: skip


# %%
def overall(sketch: Sketch) -> ReportFigure:
    """The whole scale with mean and quartiles."""
    mean = kzm.mean(sketch.design, OVERALL)
    title = {"mean": sketch.number(mean.row())}
    shares, quartiles = kzm.proportion(sketch.design, OVERALL), kzm.quantile(sketch.design, OVERALL, [0.25, 0.5, 0.75])
    lower, median, upper = (sketch.number(row, 0) for row in quartiles)
    mode = shares.ranked()[0]
    return sketch.drawn(
        histogram, shares, rows=shares, quantiles=quartiles, mean=mean,
        title=title | {"median": median},
        finding=sketch.said(
            "finding", mode=sketch.voice.fact(float(mode.category), "mode", variable=OVERALL), share=sketch.number(mode),
            lower=lower, upper=upper,
        ),
    )  # fmt: skip


def overall_by_group(sketch: Sketch) -> ReportFigure:
    """Mean of the scale by sex, age and place."""
    total = kzm.mean(sketch.design, OVERALL)
    blocks = [DotBlock(sketch.voice.label(by), kzm.mean(sketch.design, OVERALL, by=by), total) for by in GROUPS]
    rows = rows_of(blocks)
    highest, lowest = sketch.ends(rows)
    title = {}
    for name, value, row in (("lowest", "low", lowest), ("highest", "high", highest)):
        title |= {name: sketch.voice.category(str(row.by), str(row.by_category)), value: sketch.number(row)}
    return sketch.drawn(
        dots, blocks, rows=rows, title=title, base=sketch.voice.base_line(total),
        finding=Text(()),
    )  # fmt: skip


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.figure_script import run_alone

    for path in run_alone(__file__, "surveys/noise/2021"):
        print(path)
