"""What the report says about the noise survey: which estimates, which findings, in which order.

Run alone (``python analyses/noise.py``) it prints the section; ``kzm report`` puts it into the Word file. The words stand
in ``noise.sl.toml`` and its translations.
"""

# %%
from collections.abc import Sequence

import kzm_surveys as kzm
from kzm_surveys.findings.comparison import Compared, comparison
from kzm_surveys.findings.earlier_report import EarlierReport
from kzm_surveys.findings.finding import Finding, finding, key_findings, warnings_of
from kzm_surveys.findings.level import level
from kzm_surveys.findings.methods import methods, opening, sources, wording
from kzm_surveys.findings.options import select_all, themes
from kzm_surveys.findings.outside import outside_comparison
from kzm_surveys.findings.ranking import ranking
from kzm_surveys.findings.scale import scale
from kzm_surveys.findings.script_words import read_script_words
from kzm_surveys.findings.section import FigureRef, Heading, Section, Table
from kzm_surveys.findings.text import Footnote, Reference, Text
from kzm_surveys.findings.voice import Voice
from kzm_surveys.language.numbers import Language
from kzm_surveys.plots.protected import beside_others
from kzm_surveys.published import Outside, read_outside
from kzm_surveys.record import fact_in

HIGH, MIDDLE, AGREE = ["very", "extremely"], ["slightly", "moderately"], ["agree", "strongly_agree"]
BREAKS = ("sex", "age_group", "place_type")
MAIN = ("annoyance_road", "annoyance_port", "annoyance_music", "annoyance_motorbikes", "annoyance_neighbours")
SHARES, POLL = ("N04", "N05", "N06"), "port_poll_2020"
BY_SOURCE, BY_PLACE, COMPOSITION = (
    "noise_annoyance_by_source",
    "noise_annoyance_by_place",
    "noise_sample_and_population",
)


# %%
def section(design: kzm.SurveyDesign, lang: Language = "sl") -> Section:
    """Section II.c of the report."""
    voice = Voice(design, lang, read_script_words(__file__, lang))
    weighted = design.weighting is not None
    builds = {
        "who": who,
        "sample": sample,
        "annoying": annoying,
        "somewhat": somewhat,
        "earlier": earlier,
        "port_by_group": lambda voice, name: by_groups(voice, name, "annoyance_port", HIGH, BY_PLACE),
        "road_by_group": lambda voice, name: by_groups(voice, name, "annoyance_road", HIGH, BY_PLACE),
        "music_by_group": music_by_group,
        "overall": overall,
        "when": lambda voice, name: select_all(voice, name, kzm.multiple_response(design, "disturbed")),
        "at_night": at_night,
        "night": lambda voice, name: by_groups(voice, name, "disturbed_night", ["selected"]),
        "health": lambda voice, name: select_all(voice, name, kzm.multiple_response(design, "health")),
        "sleep": lambda voice, name: by_groups(voice, name, "health_sleep", ["selected"]),
        "harm": harm,
        "coping": lambda voice, name: select_all(voice, name, kzm.multiple_response(design, "coping")),
        "opinion": lambda voice, name: ranking(voice, name, kzm.battery(design, "opinion", AGREE)),
        "proposals": proposals,
        "port_poll": port_poll,
    }
    needed = {"sample": weighted, "earlier": EarlierReport(voice).has(*SHARES), "port_poll": POLL in outside(voice)}
    left_out = {name for name, there in needed.items() if not there}
    found = {name: finding(voice, name, build) for name, build in builds.items() if name not in left_out}

    def said(*names: str) -> list:
        chosen = [found[name].paragraph for name in names[1:] if name not in left_out]
        return [Heading(voice.words[f"headings.{names[0]}"]), *chosen] if chosen else []

    return Section(
        design,
        [
            *opening(voice),
            *key_findings(voice, list(found.values())),
            *said("who", "who", "sample"),
            *said("sources", "annoying", "somewhat"),
            FigureRef(BY_SOURCE),
            source_table(voice),
            *([] if "earlier" in left_out else [found["earlier"].paragraph]),
            *said("where", "port_by_group", "road_by_group", "music_by_group"),
            group_table(voice),
            FigureRef(BY_PLACE),
            found["overall"].paragraph,
            *said("when", "when", "at_night", "night"),
            *said("health", "health", "sleep", "harm"),
            *said("coping", "coping"),
            *said("proposals", "opinion", "proposals"),
            *said("others", "port_poll"),
            *methods(voice, COMPOSITION if weighted else None),
            *sources(voice),
        ],
        warnings=warnings_of(voice, list(found.values())),
    )


# %%
def who(voice: Voice, name: str) -> Finding:
    """How many answered, how, and what population they stand for."""
    wave, lang = voice.survey.wave, voice.lang
    respondents = voice.fact(len(voice.survey), "respondents", n=len(voice.survey))
    text = voice.say(
        "who.sentence", took_part=voice.clause(respondents, "oseba", "sodelovati"), mode=wave.mode[lang],
        population=wave.population[lang],
    )  # fmt: skip
    return Finding(name, text)


def sample(voice: Voice, name: str) -> Finding:
    """Why the answers are weighted: age in the sample and in the population."""
    plain = voice.unweighted
    ages = kzm.proportion(plain.design, "age_group")
    old, middle = ages.row("62_plus"), ages.row("40_61")
    text = voice.say(
        "sample.sentence", old=plain.percent(old), middle=plain.percent(middle),
        old_group=voice.category("age_group", "62_plus"), middle_group=voice.category("age_group", "40_61"),
        old_target=voice.population_share("age_group", "62_plus"),
        middle_target=voice.population_share("age_group", "40_61"), status=voice.margin_status("age_group"),
        source=Footnote(voice.text("source", source=fact_in(voice.margin_facts("age_group"), "source", voice.lang))),
        figure=Reference("figure", COMPOSITION),
    )  # fmt: skip
    why = voice.say("sample.weighted_opt_in" if voice.design.sampling == "opt_in" else "sample.weighted")
    return Finding(name, text, (old, middle)).then(why)


# %%
def annoying(voice: Voice, name: str) -> Finding:
    """Ranking of the sources by the two upper steps, and whether the 2022 report had the same order."""
    shares = kzm.battery(voice.design, "annoyance", HIGH)
    found = ranking(voice, name, shares, see=Reference("figure", BY_SOURCE))
    return found.then(EarlierReport(voice).order("N07", shares))


def somewhat(voice: Voice, name: str) -> Finding:
    """The middle steps of the three sources that the 2022 report gave shares for, weighted and not."""
    plain, rows, pieces = voice.unweighted, [], []
    for variable in MAIN[:3]:
        share = kzm.proportion(voice.design, variable, categories=MIDDLE).row()
        before = kzm.proportion(plain.design, variable, categories=MIDDLE).row()
        rows += [share, before]
        pieces.append(
            voice.say("somewhat.item", source=voice.label(variable), share=voice.percent(share),
                      before=plain.percent(before))
        )  # fmt: skip
    text = voice.say("somewhat.sentence", sources=voice.enumerated(pieces), table=Reference("table", "noise_by_source"))
    return Finding(name, text, rows)


def earlier(voice: Voice, name: str) -> Finding:
    """The shares that the 2022 report printed, and which of them cannot be shares of all respondents."""
    return EarlierReport(voice).shares(name, SHARES)


def source_table(voice: Voice) -> Table:
    """All sources: middle steps, upper steps with interval, base, how many have no such source."""
    high, middle = (kzm.battery(voice.design, "annoyance", steps) for steps in (HIGH, MIDDLE))
    pairs = sorted(zip(high, middle, strict=True), key=lambda pair: -pair[0].estimate if pair[0].n else 1)
    rows = []
    for row, below in pairs:
        absent = kzm.missing_count(voice.design, row.variable, "no_such_source")
        count = voice.fact(absent, "no_such_source", variable=row.variable, n=len(voice.survey), weight="none")
        cells = [voice.cell(below), voice.cell(row), voice.interval_cell(row), voice.base(row), count]
        rows.append([voice.label(row.variable), *cells])
    header = [voice.words[f"by_source.{name}"] for name in ("source", "somewhat", "high", "interval", "n", "absent")]
    note = voice.say("by_source.note", base=voice.base_line(high))
    notes = [wording(voice, "annoyance_road"), note, *voice.legend(high, middle), voice.source_line()]
    return Table("noise_by_source", voice.say("by_source.title"), header, rows, notes)


# %%
def by_groups(voice: Voice, name: str, variable: str, categories: list[str], figure: str | None = None) -> Finding:
    """A share by sex, age and place; differences are claimed only if the corrected tests find them."""
    compared = []
    for by in BREAKS:
        shares = kzm.proportion(voice.design, variable, by=by, categories=categories)
        compared.append(Compared(shares, difference_test(voice, variable, by, categories)))
    return comparison(voice, name, compared, see=Reference("figure", figure) if figure else None)


def music_by_group(voice: Voice, name: str) -> Finding:
    """Music events by groups, and where the other sources stand."""
    found = by_groups(voice, name, "annoyance_music", HIGH, BY_PLACE)
    return found.then(voice.say("by_group.see", table=Reference("table", "noise_by_group")))


def difference_test(voice: Voice, variable: str, by: str, categories: list[str]) -> kzm.TestResult | None:
    """Test of a share by groups; None where there is nothing to test."""
    if not voice.design.infers:
        return None
    try:
        return kzm.crosstab(voice.design, of_share(variable, categories), by).test
    except kzm.EstimationError:  # everybody in one group, or all of one opinion
        return None


def of_share(variable: str, categories: list[str]) -> str:
    """Two-step variable of a source: its two upper steps against the others."""
    return variable.replace("annoyance_", "highly_annoyed_") if categories == HIGH else variable


def group_table(voice: Voice) -> Table:
    """The five most annoying sources by groups; beside one withheld group goes another, because the total is shown."""
    shares = [
        beside_others([kzm.proportion(voice.design, name, by=by, categories=HIGH) for by in (None, *BREAKS)])
        for name in MAIN
    ]
    total, *breaks = zip(*shares, strict=True)
    by = dict(zip(BREAKS, breaks, strict=True))
    rows = [[voice.words["by_group.everybody"], *(voice.cell(each.row()) for each in total), bases(voice, total)]]
    for name, sources_by_group in by.items():
        for group in [category.name for category in voice.codebook[name].categories]:
            found = [each.row(by_category=group) for each in sources_by_group]
            rows.append([voice.category(name, group), *(voice.cell(row) for row in found), voice.bases(found)])
    header = [voice.words["by_group.group"], *(voice.label(name) for name in MAIN), voice.words["by_group.n"]]
    every = [*total, *(each for found in by.values() for each in found)]
    note = voice.say("by_group.note", base=voice.base_line([row for each in total for row in each]))
    notes = [wording(voice, "annoyance_road"), note, *voice.legend(*every), voice.source_line()]
    return Table("noise_by_group", voice.say("by_group.title"), header, rows, notes)


def bases(voice: Voice, found: Sequence[kzm.Estimates]) -> Text:
    """Smallest and largest base of several results."""
    return voice.bases([row for each in found for row in each])


# %%
def overall(voice: Voice, name: str) -> Finding:
    """The 0-10 scale."""
    variable = "annoyance_overall"
    median = kzm.quantile(voice.design, variable, [0.5]).row()
    return scale(
        voice, name, kzm.mean(voice.design, variable), limits=voice.codebook[variable].limits, median=median
    )  # fmt: skip


def harm(voice: Voice, name: str) -> Finding:
    """How many agree that noise harms their health."""
    share = kzm.proportion(voice.design, "opinion_harms_health", categories=AGREE).row()
    return level(voice, name, share, verb="meniti")


def at_night(voice: Voice, name: str) -> Finding:
    """How many noise disturbs at night."""
    night = kzm.multiple_response(voice.design, "disturbed").row("night")
    return level(voice, name, night, case="accusative")


def proposals(voice: Voice, name: str) -> Finding:
    """Themes of the open question."""
    return themes(voice, name, kzm.multiple_response(voice.design, "proposal_themes"), noun="oseba", verb="odgovoriti")


# %%
def port_poll(voice: Voice, name: str) -> Finding:
    """The port beside the poll that the port itself had made a year before."""
    share = kzm.proportion(voice.design, "annoyance_port", categories=HIGH).row()
    return outside_comparison(voice, name, share, outside(voice)[POLL])


def outside(voice: Voice) -> Outside:
    """Figures of others that stand beside the wave."""
    return read_outside(voice.survey.folder)


# %%
if __name__ == "__main__":
    from kzm_surveys.findings.terminal import print_section

    print_section(section(kzm.weight(kzm.load("surveys/noise/2021"))))
