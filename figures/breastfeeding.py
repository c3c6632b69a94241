"""Figures of the breastfeeding survey: which estimates in which figure. Opt-in sample: no whiskers.

Run alone (``python figures/breastfeeding.py``) it writes them to ``build/figures``; ``kzm report`` puts them into the Word file.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.finding import FigurePlan, figure
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.catalogue import text
from kzm_surveys.plots.bars import bars
from kzm_surveys.plots.stacked import LABELS_FROM, stacked_bars
from kzm_surveys.plots.style import Frame

SATISFIED = ["satisfied", "very_satisfied"]


# %%
def figures(design: kzm.SurveyDesign) -> list[ReportFigure]:
    """All figures of the section."""
    voice = Voice(design)
    plans = [
        FigurePlan("breastfeeding_support", say("Zadovoljstvo s podporo pri dojenju"), support),
        FigurePlan("breastfeeding_corners", say("Želena mesta kotičkov za dojenje in previjanje"), corners),
        FigurePlan("breastfeeding_proposals", say("Predlogi za dojenju prijazno mesto po temah"), proposals),
    ]
    return [figure(voice, plan) for plan in plans]


# %%
def support(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """Five steps of satisfaction per source of support, the best on top."""
    ranked = kzm.battery(voice.design, "support", SATISFIED).ranked()
    items = [kzm.proportion(voice.design, row.variable) for row in ranked]
    first, last = ranked[0], ranked[-1]
    title = say(
        "Zadovoljnih ali zelo zadovoljnih s podporo: od {high} ({first}) do {low} ({last})",
        first=voice.label(first.variable), high=voice.percent(first),
        last=voice.label(last.variable), low=voice.percent(last),
    )  # fmt: skip
    base = voice.base_line(ranked)
    alt = voice.text("alt_stacked", what="zadovoljstvo s podporo pri dojenju na petih stopnjah",
                     finding=say("{title}.", title=title), base=base)  # fmt: skip
    question = voice.codebook.questions["support"].question["sl"]
    frame = Frame(
        str(title), question, f"{base}. Deleži v odstotkih.", str(voice.source_line()), voice.synthetic_mark()
    )
    numbers = [number for item in items for number in voice.figure_numbers(item, 0, from_share=LABELS_FROM)]
    picture = stacked_bars(items, frame, diverging=True, withheld=text("sl", "withheld"))
    return ReportFigure(
        plan.id, picture, plan.caption, join([base, ". ", voice.source_line()], ""), alt, title, numbers
    )


# %%
def corners(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """Where breastfeeding corners are wanted."""
    estimates = by_rank(kzm.multiple_response(voice.design, "corners"))
    first = estimates.ranked()[0]
    title = say("Največ sodelujočih si kotiček za dojenje želi tu: {first} ({share})",
                first=voice.label(first.variable), share=voice.percent(first))  # fmt: skip
    note = "Mogočih je bilo več odgovorov, zato je lahko vsota deležev večja od celote."
    return option_bars(voice, plan, estimates, title, note)


# %%
def proposals(voice: Voice, plan: FigurePlan) -> ReportFigure:
    """Themes of the open question."""
    estimates = by_rank(kzm.multiple_response(voice.design, "proposal_themes"))
    first = estimates.ranked()[0]
    title = say("Najpogostejša tema predlogov: {first} ({share})",
                first=voice.label(first.variable), share=voice.percent(first))  # fmt: skip
    note = "En odgovor se lahko nanaša na več tem ali na nobeno od njih."
    return option_bars(voice, plan, estimates, title, note)


def by_rank(estimates: kzm.Estimates) -> kzm.Estimates:
    """The same estimates, the largest first, "other" and "none" last."""
    rows = estimates.rows
    order = sorted(range(len(rows)), key=lambda i: (rows[i].category in ("other", "none"), -rows[i].estimate))
    return estimates.take(order)


def option_bars(voice: Voice, plan: FigurePlan, estimates: kzm.Estimates, title: Text, note: str) -> ReportFigure:
    """Bars of a select-all set or of themes."""
    base = voice.base_line(estimates)
    what = str(plan.caption)
    alt = voice.text("alt_bars", what=what[0].lower() + what[1:], finding=say("{title}.", title=title), base=base)
    question = voice.codebook[estimates.rows[0].variable].question["sl"]
    frame = Frame(str(title), question, f"{base}. {note}", str(voice.source_line()), voice.synthetic_mark())
    labels = [voice.label(row.variable) for row in estimates]
    picture = bars(estimates, labels, frame, withheld=text("sl", "withheld"))
    foot = join([base, ". ", note, " ", voice.source_line()], "")
    return ReportFigure(plan.id, picture, plan.caption, foot, alt, title, voice.figure_numbers(estimates, 1))


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.report import write_figures

    for path in write_figures(figures(kzm.weight(kzm.load("surveys/breastfeeding/2022"))), "build/figures"):
        print(path)
