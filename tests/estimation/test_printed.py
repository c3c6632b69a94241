"""Printed forms: what stands in the lines, what must never stand there, and how it fits."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import kzm_surveys as kzm
from kzm_surveys.design import SurveyDesign
from kzm_surveys.estimation.banner_tables import Banner, BannerTable, Column, Line
from kzm_surveys.estimation.crosstab import crosstab
from kzm_surveys.estimation.estimators import mean, proportion, total
from kzm_surveys.estimation.printed import as_html, as_text
from kzm_surveys.estimation.printed_cells import interval_cell
from kzm_surveys.estimation.test_result import TestResult
from kzm_surveys.language.numbers import NBSP

COLUMNS = (Column(None, None, None), Column("g", "x", "A"), Column("g", "y", "B"), Column("g", "z", "C"))
LINES = (Line("category", "yes"), Line("category", "no"), Line("net", "any", ("yes", "no")), Line("mean", "q"))


def matrix(*rows):
    return np.array(rows, dtype=object)


def made_banner(design=None, **changes):
    """Three columns of a break: x is sound, y has a small base, z is withheld in two lines and empty in the mean."""
    design = design or SurveyDesign(pd.DataFrame({"q": ["yes", "no"] * 5}))
    parts = {
        "variable": "q",
        "lines": LINES,
        "n": np.array([200, 150, 20, 30]),
        "n_eff": np.array([160.4, 120.0, 18.0, 22.0]),
        "weighted": np.array([200.0, 140.0, 30.0, 30.0]),
        "estimate": np.array(
            [[0.5, 0.6171, 0.4, 0.0791], [0.5, 0.3829, 0.6, 0.9209], [1, 1, 1, 1], [1.5, 1.25, 1.75, np.nan]]
        ),
        "se": np.full((4, 4), 0.1),
        "cell_n": np.array([[100, 90, 8, 2], [100, 60, 12, 28], [200, 150, 20, 30], [200, 150, 20, 0]]),
        "flag": matrix(
            ["", "", "small_base", "small_cell"],
            ["", "", "small_base imprecise", "small_cell"],
            ["review", "review", "small_base review", "review"],
            ["", "", "small_base", "empty"],
        ),
        "letters": matrix(["", "BC", "", ""], ["", "", "A", "AB"], ["", "", "", ""], ["", "", "A", ""]),
        "tests": {"g": TestResult(3.2, 1.9, 380.0, 0.0421, "Rao-Scott")},
    }
    table = BannerTable(**(parts | changes))
    return Banner((table,), COLUMNS, ("g",), "answered", 0.95, "holm", design, None)


def cells(text, label):
    """Cells of the one line that begins with the label, letters and marks with their number."""
    (line,) = (line for line in text.splitlines() if line.startswith(label + " "))
    return [cell for cell in line[len(label) :].replace(NBSP, "_").split("  ") if cell.strip()]


def stripped(found):
    return [cell.strip() for cell in found]


def test_a_banner_shows_bases_percents_marks_and_letters():
    text = as_text(made_banner(), width=100)
    assert stripped(cells(text, "n (unweighted)")) == ["200", "150", "20", "30"]
    assert stripped(cells(text, "effective n")) == ["160", "120", "18", "22"]
    # x exceeds y and z: z is withheld in that line, so its letter is not shown.
    assert stripped(cells(text, "yes")) == ["50.0%", "61.7% (B)", "40.0% M", "z"]
    assert stripped(cells(text, "no")) == ["50.0%", "38.3%", "60.0% M_~ (A)", "z"]
    assert stripped(cells(text, "Net: any")) == ["100.0% !", "100.0% !", "100.0% M_!", "100.0% !"]
    assert stripped(cells(text, "mean")) == ["1.50", "1.25", "1.75 M (A)", "–"]
    assert "g p = 0.042" in text
    plain = text.replace(NBSP, " ")
    assert plain.count("z = withheld") == plain.count("M = less") == 1


def test_a_design_with_weights_has_a_weighted_base_and_one_without_has_none():
    weighted = SurveyDesign(pd.DataFrame({"q": ["yes", "no"], "w": [1.0, 2.0]}), "w")
    assert stripped(cells(as_text(made_banner(weighted), width=100), "n (weighted)")) == ["200", "140", "30", "30"]
    assert "n (weighted)" not in as_text(made_banner(), width=100)


def test_an_opt_in_banner_has_only_estimates_and_n_and_says_why():
    opt_in = SurveyDesign(pd.DataFrame({"q": ["yes", "no"], "w": [1.0, 2.0]}), "w", sampling="opt_in")
    empty = matrix(*[[""] * 4] * 4)
    text = as_text(made_banner(opt_in, letters=empty, tests={"g": None}), width=100)
    for gone in ("n (weighted)", "effective n", "(A", "(B", "p = ", "letter"):
        assert gone not in text, gone
    assert cells(text, "n (unweighted)")
    text = as_text(proportion(SurveyDesign(pd.DataFrame({"q": list("ab") * 40}), sampling="opt_in"), "q"), width=100)
    assert "There are no confidence intervals and tests" in text
    assert "interval" not in text.splitlines()[2]


def test_a_justified_opt_in_sample_prints_its_justification():
    design = SurveyDesign(pd.DataFrame({"q": list("ab") * 40}), sampling="opt_in", justification="weighted by <age>")
    assert "assumption: weighted by <age>" in as_text(proportion(design, "q"), width=100)
    assert "weighted by &lt;age&gt;" in as_html(proportion(design, "q"))


#: 3 of 40 in group x said yes, none in y said maybe: 7.5 % must never be printed, nor its complement 92.5 %.
FRAME = pd.DataFrame(
    {"q": ["yes"] * 3 + ["no"] * 37 + ["yes"] * 30 + ["no"] * 30, "g": ["x"] * 40 + ["y"] * 60, "v": np.arange(100.0)}
)


@pytest.mark.parametrize("show", [as_text, as_html])
@pytest.mark.parametrize(
    "result",
    [proportion(SurveyDesign(FRAME), "q", by="g"), crosstab(SurveyDesign(FRAME), "q", "g"),
     kzm.banner(SurveyDesign(FRAME), ["q"], ["g"])],
    ids=["estimates", "crosstab", "banner"],
)  # fmt: skip
def test_a_withheld_number_is_never_printed(show, result):
    shown = show(result)
    for hidden in ("7.5", "92.5", "0.075", "0.925"):
        assert hidden not in shown, hidden
    assert "50.0" in shown
    assert "z = withheld" in shown.replace(NBSP, " ")


def test_the_number_itself_stays_in_the_frame():
    frame = proportion(SurveyDesign(FRAME), "q", by="g").frame
    assert 0.075 in frame["estimate"].round(6).tolist()


def test_a_cross_table_shows_base_shares_test_and_effect_size():
    # 20 of 40 and 45 of 60 said yes: 50 % and 75 %.
    # X² = 100 (20·15 - 20·45)² / (65·35·40·60) = 6.593, V = √(X²/100) = 0.26.
    frame = pd.DataFrame({"q": ["yes"] * 20 + ["no"] * 20 + ["yes"] * 45 + ["no"] * 15, "g": ["x"] * 40 + ["y"] * 60})
    text = as_text(crosstab(SurveyDesign(frame), "q", "g"), width=100)
    assert stripped(cells(text, "n (unweighted)")) == ["40", "60"]
    assert stripped(cells(text, "yes")) == ["50.0% ~", "75.0%"]
    assert "Cramér's V = 0.26" in text
    assert "F(1; 99)" in text
    rows = as_text(crosstab(SurveyDesign(frame), "q", "g", percent="row"), width=100)
    assert stripped(cells(rows, "yes")) == ["30.8%", "69.2%", "65"]
    whole = as_text(crosstab(SurveyDesign(frame), "q", "g", percent="total"), width=100)
    assert stripped(cells(whole, "yes")) == ["20.0%", "45.0%"]
    assert "(n = 100)" in whole


@pytest.mark.parametrize(
    ("values", "shown"),
    [((1.0, 2.0), "1.50"), ((100.0, 301.0), "200.5"), ((4000.0, 5000.0), "4,500"), ((0.001, 0.0024), "0.0017")],
)
def test_decimals_of_a_mean_follow_its_size(values, shown):
    text = as_text(mean(SurveyDesign(pd.DataFrame({"v": values * 20})), "v"), width=80)
    assert shown in text.split()


def test_a_total_names_itself():
    assert "total" in as_text(total(SurveyDesign(FRAME), "q"), width=80).splitlines()[2].split()


def test_an_empty_group_is_a_dash_not_nan():
    frame = pd.DataFrame({"q": pd.Categorical(["a", "b"] * 20), "g": pd.Categorical(["x"] * 40, ["x", "nobody"])})
    text = as_text(proportion(SurveyDesign(frame), "q", by="g"), width=80)
    assert "nan" not in text.lower()
    assert "–" in text


@pytest.mark.parametrize("width", [24, 40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_no_cell_is_lost(width):
    design = kzm.weight(kzm.load("surveys/noise/2021"))
    result = kzm.banner(design, ["sensitivity"], ["sex", "age_group"])
    text = as_text(result, width=width, lang="sl")
    if width >= 40:  # narrower than the longest word with its number nothing can be
        assert max(map(len, text.splitlines())) <= width
    together = " ".join(text.split())
    wide = as_text(result, width=400, lang="sl")
    for word in ("18–39", "ženske", "izjemno"):
        assert word in together
    for line in wide.splitlines()[6:14]:
        for cell in line.split("  ")[1:]:
            assert cell.strip() in text


def test_columns_that_do_not_fit_stand_below_with_their_labels():
    text = as_text(made_banner(), width=44)
    assert len([line for line in text.splitlines() if line.startswith("yes ")]) == 2
    assert len([line for line in text.splitlines() if line.startswith("n (unweighted) ")]) == 2


def test_the_width_is_that_of_the_terminal_unless_given(monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    assert as_text(made_banner()) == as_text(made_banner(), width=44)


def test_labels_and_texts_are_in_the_language_asked_for():
    design = kzm.weight(kzm.load("surveys/noise/2021"))
    result = kzm.banner(
        design, ["annoyance_road"], ["sex"], nets={"annoyance_road": {"very_extremely": ["very", "extremely"]}}
    )
    text = as_text(result, width=100, lang="sl")
    assert text.startswith("motečnost hrupa po virih: cestni promet (annoyance_road)\n")
    for words in (
        "Skupaj: zelo ali izjemno",
        "n (neuteženo)",
        "moški",
        "SINTETIČNI PODATKI",
        "spol in starostna skupina hkrati",
    ):
        assert words in " ".join(text.split()), words
    english = as_text(result, width=100, lang="en")
    for words in ("Net: very or extremely", "n (unweighted)", "SYNTHETIC DATA"):
        assert words in english


def test_options_of_a_set_have_the_label_of_the_option_once():
    design = kzm.weight(kzm.load("surveys/noise/2021"))
    text = as_text(kzm.multiple_response(design, "disturbed"), width=100, lang="sl")
    assert text.startswith("kdaj hrup moti\n")
    assert any(line.startswith("ponoči  ") for line in text.splitlines())


def test_an_interval_with_a_negative_end_is_no_row_of_dashes():
    # Means 1 and 2. Variance 80/79 · 80 · (1/40)² = 0.0506, 39 degrees of freedom: -1 ± 2.0227 · 0.2250 = -1 ± 0.4551.
    frame = pd.DataFrame({"v": [0.0, 2.0] * 20 + [1.0, 3.0] * 20, "g": ["x"] * 40 + ["y"] * 40})
    text = as_text(kzm.contrast(mean(SurveyDesign(frame), "v", by="g"), {"x": 1, "y": -1}), width=80)
    assert "−1.46 to −0.54" in text


def test_a_subgroup_is_named():
    design = SurveyDesign(FRAME.assign(adult=True))
    assert "(group: adult)" in as_text(proportion(design, "q", where="adult"), width=200)
    assert "only a part of the respondents" in as_text(proportion(design, "q", where=np.ones(100, bool)), width=200)


def test_what_all_items_of_a_battery_share_stands_in_the_caption():
    design = kzm.weight(kzm.load("surveys/noise/2021"))
    text = as_text(kzm.battery(design, "annoyance", ["very", "extremely"]), width=100)
    assert text.startswith("noise annoyance by source – very + extremely\n")
    assert any(line.startswith("road traffic  ") for line in text.splitlines())


class Structure(HTMLParser):
    """Tags in order, with the attributes of heads and the text of cells."""

    def __init__(self, html):
        super().__init__()
        self.open, self.heads, self.captions, self.data = [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "th":
            self.heads.append(dict(attrs))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.captions if self.open[-1] == "caption" else self.data).append(data)


def test_html_has_a_caption_and_a_scope_for_every_head():
    found = Structure(as_html(made_banner()))
    assert found.captions == ["q"]
    assert [head["scope"] for head in found.heads if head["scope"].startswith("col")] == [
        "colgroup", "col", "col", "col", "col", "col", "col", "col",
    ]  # fmt: skip
    assert [head["scope"] for head in found.heads].count("row") == 2 + len(LINES)
    assert {"61.7% (B)", "z"} <= set(found.data)


def test_every_text_is_escaped_in_html():
    nasty = "<script>alert(1)</script>"
    frame = pd.DataFrame({nasty: [nasty, "b"] * 30, "g<i>": ["x&y", "x&y", "<b>"] * 20})
    design = SurveyDesign(frame)
    for result in (
        proportion(design, nasty, by="g<i>"),
        crosstab(design, nasty, "g<i>"),
        kzm.banner(design, [nasty], ["g<i>"]),
    ):
        html = as_html(result)
        assert "<script" not in html
        assert "<i>" not in html
        assert "<b>" not in html
        assert "&lt;script&gt;" in html


def test_every_row_of_an_html_table_has_the_same_number_of_columns():
    html = as_html(made_banner())
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    counts = {row.count("<td>") + row.count("<th ") for row in body.split("<tr>")[1:]}
    assert counts == {5}


def noise():
    return kzm.weight(kzm.load("surveys/noise/2021"))


def plain(text):
    return " ".join(text.replace(NBSP, " ").split())


@pytest.mark.parametrize("show", [as_text, as_html])
def test_contrasts_of_several_variables_are_named_after_their_battery_or_set(show):
    design = noise()
    items = kzm.battery(design, "annoyance", ["very", "extremely"])
    shown = show(kzm.contrast(items, {"annoyance_road": 1, "annoyance_port": -1}))
    assert "noise annoyance by source – very + extremely" in shown
    assert "SYNTHETIC DATA" in shown
    options = kzm.multiple_response(design, "disturbed")
    weights = np.eye(len(options))[0] - np.eye(len(options))[1]
    assert "when noise disturbs" in show(kzm.contrast(options, weights))


def test_contrasts_of_shares_are_in_percentage_points_also_of_contrasts_and_in_another_order():
    # 20 of 40 and 45 of 60 said yes: 25 points less.
    frame = pd.DataFrame({"q": ["yes"] * 20 + ["no"] * 20 + ["yes"] * 45 + ["no"] * 15, "g": ["x"] * 40 + ["y"] * 60})
    shares = proportion(SurveyDesign(frame), "q", by="g", categories=["yes"])
    found = kzm.contrast(shares, {"less": {"x": 1, "y": -1}, "more": {"x": -1, "y": 1}})
    for result in (found, found.take([1, 0]), kzm.contrast(found, {"less": 1})):
        text = as_text(result, width=80)
        assert "−25.0" in text
        assert "(pp)" in text
        assert "%" not in next(line for line in text.splitlines() if "−25.0" in line)
    assert "kontrast (o. t.)" in plain(as_text(found, width=80, lang="sl"))
    assert found.frame["statistic"].unique().tolist() == ["contrast"]
    means = kzm.contrast(mean(SurveyDesign(FRAME), "v", by="g"), {"y": 1, "x": -1})
    assert "(pp)" not in as_text(means, width=80)


#: By hand: means 2 and 7, variances 1 and 4, se = √(6/5 · (2/9 + 8/9)) = 1.1547, t = 4.3301; t quantile with 4 degrees
#: of freedom 2.7764: 5 ± 3.206. P(|t| > 4.3301) = 0.0123.
SIX = pd.DataFrame({"y": [1.0, 2, 3, 5, 7, 9], "g": list("aaabbb"), "all": True})


def test_a_test_prints_what_was_compared_and_what_came_out():
    design = SurveyDesign(SIX)
    expected = "Design-based t test of two means, y by g: t(4) = 4.33, p = 0.012; difference 5.00 (1.79 to 8.21)"
    assert repr(kzm.ttest(design, "y", by="g")) == str(kzm.ttest(design, "y", by="g")) == expected
    assert kzm.ttest(design, "y", by="g")._repr_html_() == f"<p>{expected}</p>"
    assert "y by g (group: all): t(4)" in repr(kzm.ttest(design, "y", by="g", where="all"))
    # One mean of 27/6, with R's degrees of freedom: one less.
    assert "of one mean, y: t(4)" in repr(kzm.ttest(design, "y"))
    assert "; mean 4.50 (" in repr(kzm.ttest(design, "y"))


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (TestResult(14.281, 1.88, 905.2, 0.00001, "Rao (F)"), "Rao (F): F(1.88; 905.20) = 14.28, p < 0.001"),
        (TestResult(3.0, 1.0, 40.0, 0.091, "Wald (F)"), "Wald (F): F(1; 40) = 3.00, p = 0.091"),
        (TestResult(7.0, 3.0, np.inf, 0.0719, "Log-rank"), "Log-rank: chi-square(3) = 7.00, p = 0.072"),
        (TestResult(-2.0, 1.0, 9.0, np.nan, "t"), "t: t(9) = −2.00, p = –"),
        (TestResult(np.nan, 1.0, np.nan, np.nan, "t"), "t: t(–) = –, p = –"),
    ],
)
def test_the_statistic_of_a_test_is_named_with_its_degrees_of_freedom(test, words):
    assert repr(test) == words


def test_every_test_of_a_design_names_its_variables_and_carries_the_notes():
    design = noise()
    found = [
        (kzm.ttest(design, "age", by="sex"), "age by sex"),
        (kzm.ranktest(design, "age", by="sensitivity"), "age by sensitivity"),
        (kzm.goodness_of_fit(design, "sensitivity", [0.2] * 5), "sensitivity"),
        (kzm.goodness_of_fit(design, "sensitivity", [0.2] * 5, test="F"), "sensitivity"),
        (kzm.select_all_test(design, "disturbed", by="sex"), "disturbed by sex"),
        (kzm.crosstab(design, "sensitivity", "sex").test, "sensitivity by sex"),
        (kzm.glm(design, "age ~ sex").term_test("sex"), "sex in age ~ sex"),
    ]
    for test, words in found:
        assert test.of == words
        assert f", {words}: " in repr(test)
        assert "SYNTHETIC DATA" in str(test)
        assert "SYNTHETIC DATA" in test._repr_html_()


def test_a_test_of_an_opt_in_sample_shows_its_justification_and_is_equal_to_one_without():
    opt_in = SurveyDesign(SIX, sampling="opt_in", justification="as <we> argue")
    found = kzm.ttest(opt_in, "y", by="g")
    assert "assumption: as <we> argue" in str(found)
    assert "as &lt;we&gt; argue" in found._repr_html_()
    assert found == kzm.ttest(SurveyDesign(SIX), "y", by="g")


def test_a_model_prints_as_a_table_with_base_weighting_and_notes():
    # Slope 15/10, intercept 3.6 - 1.5 · 3.
    frame = pd.DataFrame({"y": [1.0, 2, 4, 3, 8], "x": [1.0, 2, 3, 4, 5]})
    model = kzm.glm(SurveyDesign(frame), "y ~ x")
    text = repr(model)
    assert cells(text, "x")[0].strip().startswith("1.5")
    assert cells(text, "(Intercept)")[0].strip().startswith("−0.9")
    assert "(n = 5); degrees of freedom: 3; unweighted data" in text
    assert "nan" not in text.lower()
    model = kzm.glm(noise(), "age ~ sex")
    for text in (repr(model), plain(as_text(model, width=60)), model._repr_html_()):
        for words in (
            "gaussian model (identity) of age: age ~ sex",
            "sex: women",
            "weighted data (adjusted",
            "SYNTHETIC",
        ):
            assert words in text, words
    text = plain(as_text(model, width=100, lang="sl"))
    for words in ("spol: ženske", "prostostne stopnje", "SINTETIČNI PODATKI", "uteženi podatki"):
        assert words in text, words


@pytest.mark.parametrize(("size", "shown"), [(1e-6, "0.000012346"), (1.0, "12.346"), (1e4, "123,457")])
def test_coefficients_have_three_digits_of_their_standard_error(size, shown):
    # The mean of y is 12.3457, its standard error √(19.304/4/5) = 0.982.
    values = np.array([10.0, 11, 12, 13, 15.7285]) * size
    text = repr(kzm.glm(SurveyDesign(pd.DataFrame({"y": values})), "y ~ 1"))
    assert cells(text, "(Intercept)")[0].strip() == shown


def made_survival(**design):
    months = [4, 8, 12, 16] * 10 + [5, 10, 15, 20] * 5 + [12, 12]
    frame = pd.DataFrame({"m": months, "e": 1, "g": ["a"] * 40 + ["b"] * 20 + ["c"] * 2})
    return kzm.kaplan_meier(SurveyDesign(frame, **design), "m", "e", by="g")


@pytest.mark.parametrize("show", [repr, as_html, lambda result: result._repr_html_()])
def test_medians_of_too_few_people_are_withheld_and_those_of_a_small_base_marked(show):
    curves = made_survival()
    shown = show(curves).replace(NBSP, " ")
    # Half of group a had it by 8, of b by 10; both of group c at 12.
    assert "8.00" in shown
    assert "10.00 M" in shown
    assert "12.00" not in show(kzm.kaplan_meier(curves.design, "m", "e", where=curves.design.frame["g"] == "c"))
    assert shown.count("z = withheld") == shown.count("M = less") == 1
    assert curves.quantile(0.5)["time"].tolist() == [8, 10, 12]
    assert curves.frame.query("by_category == 'c'")["events"].tolist() == [2]
    assert "unweighted data" in shown


def test_survival_curves_print_a_row_per_group_and_why_there_are_no_bands():
    text = repr(made_survival())
    assert stripped(cells(text, "c")) == ["2", "z", "z"]
    assert stripped(cells(text, "b"))[:3] == ["20", "20", "10.00 M"]
    text = repr(made_survival(sampling="opt_in"))
    assert "There are no bands: the sample is opt-in" in text
    assert "interval" not in text
    assert "»m« do »e«" in as_text(made_survival(), lang="sl")


@pytest.mark.parametrize(
    ("ends", "lang", "shown"),
    [
        (["55.00", "–"], "en", "55.00 to ?"), (["–", "3.10"], "en", "? to 3.10"), (["–", "–"], "en", "–"),
        (["55,00", "–"], "sl", "od 55,00 do ?"), (["1.00", "2.00"], "en", "1.00–2.00"),
    ],
)  # fmt: skip
def test_an_interval_without_an_end_says_so(ends, lang, shown):
    assert interval_cell(ends, False, lang) == shown


def test_changes_are_captioned_by_what_their_rows_share():
    first, second = noise(), noise()

    def text(verb, *names, **options):
        return as_text(kzm.change(verb(first, *names, **options), verb(second, *names, **options)), width=120)

    options = text(kzm.multiple_response, "disturbed")
    assert options.startswith("when noise disturbs\n")
    assert any(line.startswith("at night  ") for line in options.splitlines())
    items = text(kzm.battery, "annoyance", ["very", "extremely"], by="sex")
    assert items.startswith("noise annoyance by source – sex – very + extremely\n")
    assert any(line.startswith("men · port  ") for line in items.splitlines())
    assert text(proportion, "sensitivity", by="sex").startswith("noise sensitivity (sensitivity) – sex\n")
    assert "weighted data (adjusted to the population" in options
    assert "nan" not in options.lower()


@pytest.mark.parametrize(
    ("design", "once"),
    [
        ({}, "the sample before and after is opt-in (AAPOR)"),
        ({"justification": "quotas"}, "inference before and after rests on: quotas"),
    ],
)
def test_what_two_opt_in_waves_have_in_common_is_said_once(design, once):
    waves = [SurveyDesign(FRAME.copy(), sampling="opt_in", **design) for _ in range(2)]
    text = plain(as_text(kzm.change(*(mean(wave, "v") for wave in waves)), width=200))
    assert text.count(once) == 1
    assert text.count("opt-in") == ("opt-in" in once)
    assert text.count("quotas") == ("quotas" in once)
    assert "chose to take part" not in text


def test_a_chi_square_below_a_cross_table_is_named_in_the_language():
    table = crosstab(SurveyDesign(FRAME), "q", "g", test="chisq")
    assert "first-order Rao-Scott correction: chi-square(1) = " in as_text(table, width=200)
    assert "Preizkus neodvisnosti: hi-kvadrat(1) = " in as_text(table, width=200, lang="sl")


@pytest.mark.parametrize(
    ("percent", "base", "words", "slovenian"),
    [
        ("column", "answered", "Column percentages, adding up to one hundred",
         "Deleži v stolpcu, skupaj sto odstotkov"),
        ("column", "asked", "Column percentages", "Deleži v stolpcu"),
        ("row", "asked", "Row percentages", "Deleži v vrstici"),
        ("total", "answered", "Percent of all who answered both questions (n = 503)",
         "Deleži vseh, ki so odgovorili na obe vprašanji (n = 503)"),
        ("total", "asked", "Percent of all who were asked both questions (n = 508)",
         "Deleži vseh, ki so dobili obe vprašanji (n = 508)"),
    ],
)  # fmt: skip
def test_the_sentence_below_a_cross_table_fits_its_base(percent, base, words, slovenian):
    table = crosstab(noise(), "sensitivity", "sex", percent=percent, base=base)
    assert words in as_text(table, width=200).splitlines()
    assert slovenian in as_text(table, width=200, lang="sl").splitlines()


@pytest.mark.parametrize(("weight", "told"), [(1.0, True), (20.0, False)])
def test_totals_with_relative_weights_say_that_they_are_of_the_sample(weight, told):
    design = SurveyDesign(pd.DataFrame({"y": [1.0, 2.0, 3.0], "w": weight}), "w")
    text = as_text(kzm.total(design, "y"), width=120)
    assert ("totals are those of the sample" in text) == told
    assert "totals are" not in as_text(kzm.mean(design, "y"), width=120)


def test_a_model_withholds_in_print_what_rests_on_a_handful_of_rows():
    place = ["a"] * 40 + ["b"] * 40 + ["c"] * 4
    frame = pd.DataFrame({"y": np.arange(84.0) % 7, "place": place, "x": np.arange(84) % 5})
    model = kzm.glm(SurveyDesign(frame), "y ~ place + x")
    lines = {line.split()[0]: line.split()[1:] for line in as_text(model, width=100).splitlines() if line}
    assert lines["place[c]"] == ["z", "z", "z", "z"]
    assert "z" not in lines["place[b]"]
    assert "z" not in lines["x"]
    assert "z = withheld" in as_text(model, width=100).replace("\u00a0", " ")
    assert np.isfinite(model.frame["estimate"]).all()
