"""Figures of the breastfeeding survey: which estimates in which figure. Opt-in sample: no whiskers.

Run alone (``python figures/breastfeeding.py``) it writes them to ``build/figures``; ``kzm report`` puts them into the Word file.
"""

# %%
import kzm_surveys as kzm
from kzm_surveys.findings.section import ReportFigure
from kzm_surveys.findings.text import Text, join, say
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.catalogue import text
from kzm_surveys.plots.bars import bars
from kzm_surveys.plots.stacked import LABELS_FROM, stacked_bars
from kzm_surveys.plots.style import Frame

SUPPORT = (
    "support_hospital",
    "support_community_nurse",
    "support_paediatrician",
    "support_family",
    "support_city",
)
SATISFIED = ["satisfied", "very_satisfied"]


# %%
def figures(design: kzm.SurveyDesign) -> list[ReportFigure]:
    """All figures of the section."""
    voice = Voice(design)
    return [support(voice), corners(voice), proposals(voice)]


# %%
def support(voice: Voice) -> ReportFigure:
    """Five steps of satisfaction per source of support, the best on top."""
    satisfied = kzm.Estimates.concat([kzm.proportion(voice.design, name, categories=SATISFIED) for name in SUPPORT])
    ranked = satisfied.ranked()
    items = [kzm.proportion(voice.design, row.variable) for row in ranked]
    first, last = ranked[0], ranked[-1]
    values = {"first": voice.label(first.variable), "high": voice.percent(first),
              "last": voice.label(last.variable), "low": voice.percent(last)}  # fmt: skip
    title = say("Zadovoljnih s podporo: od {high} ({first}) do {low} ({last})", **values)
    base = voice.base_line(ranked)
    alt = voice.text("alt_stacked", what="zadovoljstvo s podporo pri dojenju na petih stopnjah",
                     finding=say("{title}.", title=title), base=base)  # fmt: skip
    frame = Frame(str(title), voice.codebook["support_hospital"].question["sl"], f"{base}. Deleži v odstotkih.",
                  str(voice.source_line()), voice.synthetic_mark())  # fmt: skip
    numbers = [number for item in items for number in voice.figure_numbers(item, 0, from_share=LABELS_FROM)]
    caption = say("Zadovoljstvo s podporo pri dojenju")
    foot = join([base, ". ", voice.source_line()], "")
    figure = stacked_bars(items, frame, diverging=True, withheld=text("sl", "withheld"))
    return ReportFigure("breastfeeding_support", figure, caption, foot, alt, title, numbers)


# %%
def corners(voice: Voice) -> ReportFigure:
    """Where breastfeeding corners are wanted."""
    estimates = by_rank(kzm.multiple_response(voice.design, "corners"))
    first = estimates.ranked()[0]
    title = say("Največ sodelujočih si kotiček za dojenje želi tu: {first} ({share})",
                first=voice.label(first.variable), share=voice.percent(first))  # fmt: skip
    return option_bars(
        voice,
        "breastfeeding_corners",
        estimates,
        title,
        say("Želena mesta kotičkov za dojenje in previjanje"),
    )


# %%
def proposals(voice: Voice) -> ReportFigure:
    """Themes of the open question."""
    estimates = by_rank(kzm.multiple_response(voice.design, "proposal_themes"))
    first = estimates.ranked()[0]
    title = say("Najpogostejša tema predlogov: {first} ({share})",
                first=voice.label(first.variable), share=voice.percent(first))  # fmt: skip
    return option_bars(
        voice, "breastfeeding_proposals", estimates, title, say("Predlogi za dojenju prijazno mesto po temah")
    )


def by_rank(estimates: kzm.Estimates) -> kzm.Estimates:
    """The same estimates, the largest first, "other" and "none" last."""
    rows = estimates.rows
    order = sorted(range(len(rows)), key=lambda i: (rows[i].category in ("other", "none"), -rows[i].estimate))
    return estimates.take(order)


def option_bars(voice: Voice, name: str, estimates: kzm.Estimates, title: Text, caption: Text) -> ReportFigure:
    """Bars of a select-all set."""
    base = voice.base_line(estimates)
    several = "Mogočih je bilo več odgovorov, zato je vsota deležev večja od celote."
    alt = voice.text("alt_bars", what=str(caption), finding=say("{title}.", title=title), base=base)
    question = voice.codebook[estimates.rows[0].variable].question["sl"]
    frame = Frame(str(title), question, f"{base}. {several}", str(voice.source_line()), voice.synthetic_mark())
    labels = [voice.label(row.variable) for row in estimates]
    figure = bars(estimates, labels, frame, withheld=text("sl", "withheld"))
    foot = join([base, ". ", several, " ", voice.source_line()], "")
    return ReportFigure(name, figure, caption, foot, alt, title, voice.figure_numbers(estimates, 1))


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.report import write_figures

    for path in write_figures(figures(kzm.weight(kzm.load("surveys/breastfeeding/2022"))), "build/figures"):
        print(path)
