"""Every number of the ledger, computed again and printed again by other means than those that printed it.

Shares, means, medians, bases, weights and targets with pandas and numpy; labels, earlier figures and those of others
out of the TOML files; intervals and tests through the public functions. An unknown kind of number fails.
"""

import csv
import json
import re
import tomllib
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import kzm_surveys as kzm

NBSP = "\u00a0"
FOLDERS = {"noise 2021": Path("surveys/noise/2021"), "breastfeeding 2022": Path("surveys/breastfeeding/2022")}
NOT_ASKED = ("not_asked", "break_off", "added_later", "empty_unit")
PARTS = ("n", "ci_low", "ci_high")
HIGH = "very+extremely"


def shown(value, kind, decimals, lang):
    """A number as it should be printed, by own arithmetic."""
    point, group = (",", ".") if lang == "sl" else (".", ",")
    value = {"percent": 100 * value, "points": 100 * value, "p_value": max(value, 0.001)}.get(kind, value)
    rounded = Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole, _, rest = f"{abs(rounded)}".partition(".")
    whole = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", group, whole)
    text = whole + (point + rest if rest else "")
    text = f"\u2212{text}" if rounded < 0 else text
    return text + ({"sl": f"{NBSP}%", "en": "%"}[lang] if kind == "percent" else "")


def test_the_own_printing_prints_as_people_do():
    assert shown(0.26345, "percent", 1, "sl") == f"26,3{NBSP}%"
    assert shown(0.2625, "percent", 1, "en") == "26.3%"
    assert shown(-0.0312, "points", 1, "sl") == "\u22123,1"
    assert shown(1234567, "count", 0, "sl") == "1.234.567"
    assert shown(0.00001, "p_value", 3, "en") == "0.001"


class Again:
    """Computes the numbers of a ledger from the data and the files of the waves."""

    def __init__(self, designs, rows, lang):
        self.lang, self.rows = lang, rows
        self.weighted = {design.survey.wave.name: design for design in designs.values()}
        self.plain = {name: kzm.SurveyDesign.from_survey(design.survey) for name, design in self.weighted.items()}
        self.memo = {}

    def value(self, row):
        """The number that a row stands for."""
        statistic = row["statistic"]
        whole, _, part = statistic.rpartition(".")
        if part == "n" and whole and not statistic.startswith("threshold."):
            return self.base(row, whole)
        name = whole if part in ("ci_low", "ci_high") else statistic
        for pattern, compute in self.KINDS.items():
            if re.fullmatch(pattern, name):
                return compute(self, row, part if name != statistic else "estimate")
        raise AssertionError(f"nobody knows how to compute '{statistic}' ({row['id']})")

    # Estimates ------------------------------------------------------------------------------------------------------

    def design(self, row):
        return (self.weighted if (row["weight"] or "").startswith("raking") else self.plain)[row["wave"]]

    def chosen(self, row, frame, codebook):
        """Who said it; a set's answer is named by its item."""
        variable = codebook[row["variable"]]
        names = (
            ["selected"]
            if variable.item == row["category"] and variable.item is not None
            else row["category"].split("+")
        )
        known = {category.name for category in variable.categories}
        assert set(names) <= known, row["id"]
        return frame[row["variable"]].isin(names).to_numpy()

    def inside(self, row):
        """Who is in the base: those who answered (or were asked), in the group and under the filter."""
        survey = self.plain[row["wave"]].survey
        frame, missing = survey.responses, survey.missing
        answered = frame[row["variable"]].notna().to_numpy()
        if row["base"] == "asked":
            why = missing[row["variable"]]
            answered = answered | (why.notna() & ~why.isin(NOT_ASKED)).to_numpy()
        for by, group in [(row["by"], row["by_category"]), *([row["where"].split("=")] if row["where"] else [])]:
            if by is not None and group is not None:
                answered = answered & frame[by].isin(group.split("+")).to_numpy()
        return answered

    def estimate(self, row, part):
        if part != "estimate":
            return getattr(self.public(row), part)
        design = self.design(row)
        survey, weights = design.survey, design.weights
        frame, inside = survey.responses, self.inside(row)
        statistic = row["statistic"]
        if statistic == "mean":
            return float(np.average(frame[row["variable"]][inside].astype(float), weights=weights[inside]))
        if statistic == "quantile":  # the smallest value with at least so much weight up to it
            values = frame[row["variable"]][inside].astype(float).to_numpy()
            order = np.argsort(values, kind="stable")
            up_to = np.cumsum(weights[inside][order]) / weights[inside].sum()
            return float(values[order][np.searchsorted(up_to, float(row["category"]))])
        if statistic == "missing_share":
            said = (survey.missing[row["variable"]] == row["category"]).to_numpy()
        else:
            said = self.chosen(row, frame, survey.codebook)
        return float(weights[inside & said].sum() / weights[inside].sum())

    def public(self, row):
        """The estimate with its interval, through the public functions."""
        design, statistic = self.design(row), row["statistic"].partition(".")[0]
        codebook, variable, category, by = design.survey.codebook, row["variable"], row["category"], row["by"]
        group = {} if by is None else {"by_category": row["by_category"]}
        if statistic == "mean":
            return kzm.mean(design, variable, by=by).row(**group)
        if statistic == "quantile":
            return kzm.quantile(design, variable, [float(category)]).row()
        item = codebook[variable].item
        if item is not None and item == category:
            (name,) = [name for name, members in codebook.sets.items() if variable in members]
            return kzm.multiple_response(design, name, base=row["base"]).row(category)
        return kzm.proportion(design, variable, by=by, base=row["base"], categories=category.split("+")).row(**group)

    # Tests ----------------------------------------------------------------------------------------------------------

    def test(self, row, by=None):
        """Rao and Scott's test of the share by the groups."""
        variable, by = row["variable"], by or row["by"]
        key = (row["wave"], variable, row["category"], by)
        if key not in self.memo:
            two_steps = variable.replace("annoyance_", "highly_annoyed_") if row["category"] == HIGH else variable
            self.memo[key] = kzm.crosstab(self.weighted[row["wave"]], two_steps, by).test
        return self.memo[key]

    def rao_scott(self, row, _):
        test = self.test(row)
        return {"F": test.statistic, "df1": test.df_num, "df2": test.df_den}[row["statistic"].partition(".")[2]]

    def holm(self, row, _):
        """Holm (1979): the k-th smallest of m p-values times m - k + 1, never less than the one before."""
        topic = [
            each for each in self.rows if each["statistic"] == row["statistic"] and each["variable"] == row["variable"]
        ]
        p = {}
        for each in topic:
            test = self.test(each)
            p[each["by"]] = stats.f.sf(test.statistic, test.df_num, test.df_den)
        last, corrected = 0.0, {}
        for position, by in enumerate(sorted(p, key=p.get)):
            last = corrected[by] = min(1.0, max(last, p[by] * (len(p) - position)))
        return corrected[row["by"]]

    # Weights and margins --------------------------------------------------------------------------------------------

    def weights(self, row, _):
        weights = self.weighted[row["wave"]].weights
        kish = len(weights) * (weights**2).sum() / weights.sum() ** 2  # Kish (1965), sec. 11.7
        return {
            "weight.lowest": weights.min(), "weight.highest": weights.max(), "weight.mean": weights.mean(),
            "kish_deff": kish, "effective_n": len(weights) / kish,
        }[row["statistic"]]  # fmt: skip

    def target(self, row, _=None):
        """Share of a category in population.csv, of the margin that holds its variable."""
        table = pd.read_csv(FOLDERS[row["wave"]] / "population.csv", comment="#", dtype=str)
        names, groups = row["variable"].split("*"), row["category"].split("*")
        margins = [each for each in table["variable"].unique() if set(names) <= set(each.split("*"))]
        margin = max(margins, key=lambda each: len(each.split("*")))
        rows = table[table["variable"] == margin]
        counts = rows["count"].astype(float)
        of = [margin.split("*").index(name) for name in names]
        held = rows["category"].map(lambda words: [words.split("*")[at] for at in of] == groups)
        return float(counts[held].sum() / counts.sum())

    def sample(self, row, _):
        """Share of a cell of the margins among the respondents whose cell is known."""
        design = self.weighted[row["wave"]]
        names, groups = row["variable"].split("*"), row["category"].split("*")
        frame = design.survey.responses[names]
        known, held = frame.notna().all(axis=1).to_numpy(), (frame.astype("str") == groups).all(axis=1).to_numpy()
        weights = design.weights if row["statistic"] == "weighted_share" else np.ones(len(frame))
        return float(weights[held & known].sum() / weights[known].sum())

    def distance(self, row, _):
        """The furthest weighted share from its target, in percentage points."""
        table = pd.read_csv(FOLDERS[row["wave"]] / "population.csv", comment="#", dtype=str)
        used = self.weighted[row["wave"]].weighting.margins["variable"].unique()
        gaps = [
            abs(self.sample(each, None) - self.target(each))
            for variable, category in table.loc[table["variable"].isin(used), ["variable", "category"]].to_numpy()
            for each in [{**row, "variable": variable, "category": category, "statistic": "weighted_share"}]
        ]
        return 100 * max(gaps)

    # Facts ----------------------------------------------------------------------------------------------------------

    def respondents(self, row, _):
        """Those of the survey, or of a cell of the margins."""
        frame = self.plain[row["wave"]].survey.responses
        if row["statistic"] == "respondents_in_margins":
            used = self.weighted[row["wave"]].weighting.margins["variable"].unique()
            return len(frame[sorted({part for each in used for part in each.split("*")})].dropna())
        if row["variable"] is None:
            return len(frame)
        cell = frame[row["variable"].split("*")].astype("str") == row["category"].split("*")
        return cell.all(axis=1).sum()

    def reason(self, row, _):
        return (self.plain[row["wave"]].survey.missing[row["variable"]] == row["statistic"]).sum()

    def units(self, row, _):
        """Units of the 1KA file, by its own columns: test units, then the status, then those without an answer."""
        lines = (FOLDERS[row["wave"]] / "anketa999001-2022-04-01.csv").read_text(encoding="utf-8-sig").splitlines()
        names, *units = [[re.sub(r'^="?|"$', "", cell) for cell in cells] for cells in csv.reader(lines, delimiter=";")]
        units = [dict(zip(names, cells, strict=False)) for cells in units]
        units = [unit for unit in units if unit.get("status", "").lstrip("-").isdigit()]
        found = Counter()
        for unit in units:
            answers = [cell for name, cell in unit.items() if re.match(r"Q\d", name)]
            if unit.get("testdata") == "1":
                found["test_unit"] += 1
            elif unit["status"] not in ("5", "6"):
                found["status"] += 1
            elif unit.get("lurker") == "1":
                found["lurker"] += 1
            elif not any(cell and not cell.startswith("-") for cell in answers):
                found["empty"] += 1
        if row["statistic"] == "units_in_file":
            return len(units)
        (name,) = [name for name in found if row["category"].startswith(name)]
        return found[name]

    def limits(self, row, _):
        codebook = tomllib.loads((FOLDERS[row["wave"]].parent / "codebook.toml").read_text(encoding="utf-8"))
        question = codebook["questions"][row["variable"]]
        return question[row["statistic"].removeprefix("scale_")]

    def thresholds(self, row, _):
        """US standards for proportions (Parker et al. 2017), and the smallest cell of wave.toml."""
        own = tomllib.loads((FOLDERS[row["wave"]] / "wave.toml").read_text(encoding="utf-8")).get("quality", {})
        name = row["statistic"].removeprefix("threshold.")
        nchs = {"level": 95, "n_eff": 30, "narrow": 5, "wide": 30, "relative": 130}
        if name.startswith("imprecise."):
            return nchs[name.removeprefix("imprecise.")]
        if name.startswith("small_cell"):
            return own.get("small_cell", 5)
        return {"small_base": own.get("small_base", 30)}[name.partition(".")[0]]

    def published(self, row, _):
        content = tomllib.loads((FOLDERS[row["wave"]] / "published.toml").read_text(encoding="utf-8"))
        (claim,) = [each for each in content["claims"] if each["id"] == row["category"]]
        assert claim["decimals"] == row["decimals"]
        assert claim.get("variable") == row["variable"]
        assert content["source"][self.lang] in row["source"]
        return claim["value"] / 100

    def outside(self, row, _):
        content = tomllib.loads((FOLDERS[row["wave"]] / "outside.toml").read_text(encoding="utf-8"))
        name = row["statistic"].split(".")[1]
        (figure,) = [each for each in content["figures"] if each["id"] == name]
        assert figure["source"][self.lang] in row["source"]
        return figure["value"] / 100

    def quoted(self, row, _):
        """A number in a text of a file: found again by the keys that its source names."""
        wave, file, keys = row["source"].split(": ")
        folder = FOLDERS[wave]
        path = folder / file if (folder / file).exists() else folder.parent / file
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        for key in keys.split("."):
            if isinstance(found, list):
                named = [each for each in found if isinstance(each, dict) and key in (each.get("name"), each.get("id"))]
                found = named[0] if named else found[int(key) - 1]
            else:
                found = found[key]
        text = found if isinstance(found, str) else found[self.lang]
        numbers = re.findall(r"(?<![\d.,])\d+(?:[.,]\d+)?", re.sub(r"\b(?:19|20)\d\d\b", "", text))
        run = numbers[int(row["statistic"].removeprefix("quoted")) - 1]
        assert run == row["value"], row["id"]
        return float(run.replace(",", "."))

    def base(self, row, whole):
        """The number of respondents behind a number."""
        wave = row["wave"]
        if whole.startswith("outside."):
            content = tomllib.loads((FOLDERS[wave] / "outside.toml").read_text(encoding="utf-8"))
            return next(each["n"] for each in content["figures"] if each["id"] == whole.split(".")[1])
        if row["base"] is not None:
            return int(self.inside(row).sum())
        survey = self.plain[wave].survey
        if whole in ("sample_share", "weighted_share"):
            frame = survey.responses[row["variable"].split("*")].astype("str")
            return int((frame == row["category"].split("*")).all(axis=1).sum())
        if row["by"] is not None:
            return int(survey.responses[[row["variable"], row["by"]]].notna().all(axis=1).sum())
        return len(survey)

    KINDS = {
        "proportion|mean|quantile|missing_share": estimate,
        r"rao_scott\.(F|df1|df2)": rao_scott,
        r"\w+_by_group\.p|night\.p|sleep\.p": holm,
        r"kish_deff|effective_n|weight\.\w+": weights,
        "population_share": target,
        "sample_share|weighted_share": sample,
        "largest_distance_from_target": distance,
        "respondents|respondents_in_margins": respondents,
        "no_such_source": reason,
        "units_in_file|units_dropped": units,
        "confidence_level": lambda *_: 95,
        r"confidence_level\.of": lambda *_: 100,
        "scale_minimum|scale_maximum": limits,
        r"threshold\.[\w.]+": thresholds,
        "published": published,
        r"outside\.\w+": outside,
        r"quoted\d+": quoted,
    }


@pytest.fixture(scope="module", params=["sl", "en"])
def again(request, designs, built):
    lang = request.param
    files = built.files if lang == "sl" else request.getfixturevalue("built_in_english").files
    content = json.loads(files["ledger.json" if lang == "sl" else "ledger_en.json"])
    return Again(designs, content["numbers"], lang)


def test_every_number_is_computed_again_and_prints_the_same(again):
    wrong, seen = [], Counter()
    for row in again.rows:
        value = float(again.value(row))
        seen[row["statistic"].partition(".")[0]] += 1
        if value != pytest.approx(row["estimate"], rel=1e-9, abs=1e-9):
            wrong.append(f"{row['id']}: {row['estimate']} in the ledger, {value} from the data")
        elif (
            not row["statistic"].startswith("quoted")
            and shown(value, row["printed_as"], row["decimals"], again.lang) != row["value"]
        ):
            printed = shown(value, row["printed_as"], row["decimals"], again.lang)
            wrong.append(f"{row['id']}: printed {row['value']}, should be {printed}")
    assert wrong == []
    assert len(again.rows) > 700
    assert {
        "proportion",
        "mean",
        "quantile",
        "rao_scott",
        "kish_deff",
        "population_share",
        "published",
        "outside",
    } <= set(seen)


def test_a_wrong_estimate_and_an_unknown_kind_are_seen(again):
    with pytest.raises(AssertionError, match="nobody knows how to compute 'guess'"):
        again.value({**again.rows[0], "statistic": "guess"})
    for row in again.rows:
        value = float(again.value(row))
        assert value != pytest.approx(row["estimate"] * 1.0001 + 0.0001, rel=1e-9, abs=1e-9), row["id"]


def test_base_interval_and_degrees_of_freedom_of_every_row_are_those_of_its_estimate(again):
    seen = 0
    for row in again.rows:
        if row["statistic"].partition(".")[0] not in ("proportion", "mean", "quantile"):
            continue
        public = again.public(row)
        assert row["n"] == public.n == again.inside(row).sum(), row["id"]
        for name in ("ci_low", "ci_high", "df"):
            value = getattr(public, name)
            if "small_cell" in row["flag"] and name != "df":
                value = np.nan  # the ends of its interval would give a withheld number away
            assert row[name] == (pytest.approx(value, rel=1e-9) if np.isfinite(value) else None), (row["id"], name)
        beside = "small_cell" in row["flag"] and "small_cell" not in public.flag  # a group that would tell another
        assert row["flag"] == (f"{public.flag} small_cell".lstrip() if beside else public.flag), row["id"]
        assert "small_cell" not in row["flag"] or row["statistic"].endswith(".n"), row["id"]
        seen += 1
    assert seen > 300


def test_every_row_tells_question_data_package_and_whether_it_is_weighted(again):
    for row in again.rows:
        design = again.weighted[row["wave"]]
        assert row["data_sha256"] == (None if row["source"] else design.survey.source.sha256)
        assert row["package"].startswith("kzm_surveys ")
        assert row["synthetic"] is (row["source"] is None)
        assert row["places"]
        if row["base"] is not None:
            assert row["question"] == design.survey.codebook[row["variable"]].question[again.lang]
            assert row["asked"]
            assert (row["weight"] == "none") or row["weight"].startswith("raking (sex*age_group: estimate")
        if row["wave"].startswith("breastfeeding"):
            assert row["ci_low"] is None
            assert row["weight"] in (None, "none")
