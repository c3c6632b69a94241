"""Figures of the breastfeeding survey: which estimates in which figure. Opt-in sample: no whiskers.

Run alone (``python figures/breastfeeding.py``) it writes them to ``build/figures``; ``kzm figures`` draws them with those
of the other surveys and a contact sheet, ``kzm report`` puts those of the report into the Word file. The words stand in
``breastfeeding.toml``.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.errors import WithheldError
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.sketch import Sketch
from kzm_surveys.findings.sketches import battery, options
from kzm_surveys.findings.text import Text, join
from kzm_surveys.language.catalogue import text
from kzm_surveys.plots.dots import DotBlock, dots
from kzm_surveys.plots.heatmap import heatmap
from kzm_surveys.plots.protected import beside_total
from kzm_surveys.plots.survival import survival

SATISFIED = ["satisfied", "very_satisfied"]
AGREE = ["agree", "strongly_agree"]
LASTING = ("breastfed_for", "stopped_breastfeeding")
MONTHS = [6, 12, 24]
GROUPS = ("age_group", "parity", "education")


# %%
def figures(design: kzm.SurveyDesign) -> dict:
    """All figures by name, those of the report first."""
    return {
        "breastfeeding_support": support,
        "breastfeeding_corners": lambda sketch: options(sketch, "corners"),
        "breastfeeding_proposals": lambda sketch: options(sketch, "proposal_themes"),
        "breastfeeding_public": public,
        "breastfeeding_needs": lambda sketch: options(sketch, "needs"),
        "breastfeeding_information": lambda sketch: options(sketch, "information"),
        "breastfeeding_stopping": lambda sketch: options(sketch, "stopping"),
        "breastfeeding_duration": duration,
        "breastfeeding_first_hour": first_hour,
        "breastfeeding_needs_by_parity": needs_by_parity,
    }


# %%
def support(sketch: Sketch) -> ReportFigure:
    """Five steps of satisfaction per source of support, the best on top."""
    return battery(sketch, "support", SATISFIED, both_ends=True, form="diverging")


def public(sketch: Sketch) -> ReportFigure:
    """Agreement with statements on breastfeeding in public."""
    return battery(sketch, "public", AGREE, form="diverging")


# %%
def duration(sketch: Sketch) -> ReportFigure:
    """How long mothers breastfeed: those who still do count up to the age of the child."""
    voice = sketch.voice
    try:
        result = kzm.kaplan_meier(sketch.design, *LASTING)
    except kzm.EstimationError as error:  # no answers, or nobody has stopped: there is no curve
        raise WithheldError(f"figure '{sketch.id}': {error}") from error
    curve = result.curves[0]
    n = voice.fact(float(curve.counts.sum()), "survival.n", variable=LASTING[0])
    half = float(result.quantile(0.5)["time"].iloc[0])
    title: Text | dict[str, Text] = sketch.said("unknown")
    if half == half and result.at([half])["n_risk"].iloc[0] >= voice.survey.wave.quality.smallest_base:
        title = {"median": voice.counted(voice.fact(half, "survival.median", variable=LASTING[0]), "mesec")}
    numbers = [
        voice.fact(row.n_risk, "survival.n_risk", variable=LASTING[0], category=str(row.time))
        for row in result.at(list(range(int(curve.durations.max()) + 1))).itertuples()
    ]
    said = []
    for row in result.at(MONTHS).itertuples():
        if row.n_risk >= voice.survey.wave.quality.smallest_base:
            time = voice.counted(voice.fact(row.time, "survival.time", variable=LASTING[0]), "mesec", "locative")
            share = voice.fact(row.survival, "survival", decimals=1, variable=LASTING[0], category=str(row.time),
                               kind="percent", n=row.n_risk)  # fmt: skip
            said.append(sketch.said("finding", time=time, share=share))
    return sketch.drawn(
        survival, result, unit=str(sketch.said("unit")), title=title, finding=join(said), numbers=numbers,
        base=voice.text("base_n", base=text(sketch.lang, "tables.base_of_survival"), n=n),
    )  # fmt: skip


def first_hour(sketch: Sketch) -> ReportFigure:
    """First feed within the hour by age, number of children and education."""
    total = kzm.proportion(sketch.design, "first_hour", categories=["yes"])
    blocks = [
        DotBlock(sketch.voice.label(by), kzm.proportion(sketch.design, "first_hour", by=by, categories=["yes"]), total)
        for by in GROUPS
    ]
    rows = [row for block in blocks for row in block.groups]
    names = [
        f"{block.heading}: {sketch.voice.category(str(row.by), str(row.by_category))}"
        for block in blocks for row in block.groups
    ]  # fmt: skip
    return sketch.drawn(
        dots, blocks, rows=rows, names=names, title={"share": sketch.number(total.row())},
        base=sketch.voice.base_line(total),
    )  # fmt: skip


def needs_by_parity(sketch: Sketch) -> ReportFigure:
    """What would help, by number of children."""
    every = kzm.multiple_response(sketch.design, "needs")
    rows = beside_total(kzm.multiple_response(sketch.design, "needs", by="parity"))
    high, _ = sketch.ends(rows)
    group = f"{sketch.voice.label('parity')}: {sketch.voice.category('parity', str(high.by_category))}"
    title = {"need": sketch.voice.label(high.variable), "group": group, "high": sketch.number(high)}
    return sketch.drawn(
        heatmap, kzm.banner(sketch.design, rows=["needs"], columns=["parity"]), rows=rows, table=[every, rows],
        title=title, base=sketch.voice.base_line(every),
        numbers=[
            number
            for row in every if row.printable
            for number in (sketch.number(row), sketch.voice.base(row))
        ],
    )  # fmt: skip


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.figure_script import run_alone

    for path in run_alone(__file__, "surveys/breastfeeding/2022"):
        print(path)
