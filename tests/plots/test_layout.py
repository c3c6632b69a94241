"""Nothing that is written in a figure is cut off or covers something else."""

import itertools
import runpy
import textwrap

import pytest
from matplotlib.text import Text

import kzm_surveys as kzm
from kzm_surveys.plots.bars import bars, sample_against_population
from kzm_surveys.plots.dots import DotBlock, DotWords, dots
from kzm_surveys.plots.stacked import stacked_bars
from kzm_surveys.plots.style import DPI, Frame, framed, house_style, wrapped
from tests.plots.made import FRAME, LONG, battery, estimates, row

WORDS = DotWords("delež z intervalom zaupanja", "delež med vsemi", "majhna osnova", "z – zaupno (premalo odgovorov)")
SCALE = ["sploh ne", "nekoliko", "srednje", "zelo", "izjemno"]
ALLOWED = 1.0  # pixel at 100 dpi


def boxes(figure):
    """Texts that are drawn, with their boxes in pixels at 100 dpi."""
    figure.set_dpi(100)
    with house_style():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        hidden = set()
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                low, high = sorted(axis.get_view_interval())
                for tick in axis.get_major_ticks():
                    if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                        hidden |= {tick.label1, tick.label2}
        out = []
        for text in figure.findobj(Text):
            if text.get_visible() and text.get_text().strip() and text not in hidden:
                out.append((text.get_text(), text.get_window_extent(renderer)))
    return out


def faults(figure):
    """What is cut off or overlaps, in words."""
    found = []
    width, height = figure.get_size_inches() * 100
    drawn = boxes(figure)
    for text, box in drawn:
        if box.x0 < -ALLOWED or box.y0 < -ALLOWED or box.x1 > width + ALLOWED or box.y1 > height + ALLOWED:
            found.append(f"cut off: {text!r}")
    for (a, first), (b, second) in itertools.combinations(drawn, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        if across > ALLOWED and down > ALLOWED:
            found.append(f"overlap: {a!r} and {b!r}")
    return found


def shipped():
    for survey, wave in (("noise", "2021"), ("breastfeeding", "2022")):
        design = kzm.weight(kzm.load(f"surveys/{survey}/{wave}"))
        yield from runpy.run_path(f"figures/{survey}.py")["figures"](design)


def test_shipped_figures():
    seen = {figure.id: faults(figure.figure) for figure in shipped()}
    assert len(seen) == 6
    assert seen == {name: [] for name in seen}


def test_the_checks_see_an_overlap_and_a_cut():
    figure, axes = framed(FRAME, plot_height=1, left=1)
    axes.text(0.5, 0.5, "ena")
    axes.text(0.5, 0.52, "dve")
    figure.text(0.95, 0.5, "predolgo besedilo")
    found = faults(figure)
    assert "overlap: 'ena' and 'dve'" in found
    assert "cut off: 'predolgo besedilo'" in found


@pytest.mark.parametrize("rows", range(2, 13))
def test_stacked_bars_of_many_rows(rows):
    items = battery([f"vir hrupa {i}" for i in range(rows)], SCALE, [0.4, 0.3, 0.15, 0.1, 0.05])
    assert faults(stacked_bars(items, FRAME, withheld="z")) == []


@pytest.mark.parametrize("rows", range(2, 13))
def test_bars_of_many_rows(rows):
    part = [row(0.05 + 0.07 * i, 0.03 + 0.06 * i, 0.1 + 0.07 * i) for i in range(rows - 1)]
    part.append(row(0.01, flag="small_cell"))
    labels = [f"možnost {i}" for i in range(rows)]
    assert faults(bars(estimates(part), labels, FRAME, withheld=WORDS.withheld)) == []


@pytest.mark.parametrize("rows", range(2, 13))
def test_dots_of_many_rows(rows):
    part = [row(0.07 * i, 0.04 * i, 0.1 + 0.07 * i, n=20 + 400 * i) for i in range(rows - 1)]
    part.append(row(0.01, flag="small_cell", n=7))
    block = DotBlock("pristanišče", estimates(part), estimates([row(0.3)]), [f"skupina {i}" for i in range(rows)])
    assert faults(dots([block, block], FRAME, WORDS)) == []


def test_dots_at_the_ends_of_the_axis():
    part = [row(0.0, 0.0, 0.01), row(1.0, 0.97, 1.0), row(0.985, 0.97, 0.99), row(0.002, 0.001, 0.004)]
    block = DotBlock("pristanišče", estimates(part), estimates([row(0.5)]), list("abcd"))
    assert faults(dots([block], FRAME, WORDS)) == []


def test_bars_of_almost_everyone():
    part = [row(1.0, 0.99, 1.0), row(0.98, 0.96, 0.99), row(0.001, 0.0005, 0.002)]
    assert faults(bars(estimates(part), ["a", "b", "c"], FRAME, withheld="z")) == []


@pytest.mark.parametrize("rows", [2, 7, 12])
def test_long_labels_of_bars(rows):
    part = [row(0.05 + 0.07 * i, 0.03 + 0.06 * i, 0.1 + 0.07 * i) for i in range(rows)]
    assert faults(bars(estimates(part), [LONG] * rows, FRAME, withheld=WORDS.withheld)) == []


@pytest.mark.parametrize("rows", [2, 7, 12])
def test_long_labels_of_stacked_bars(rows):
    items = battery([LONG] * rows, SCALE, [0.4, 0.3, 0.15, 0.1, 0.05])
    assert faults(stacked_bars(items, FRAME, withheld="z")) == []


@pytest.mark.parametrize("rows", [2, 7, 12])
def test_long_labels_of_dots(rows):
    part = [row(0.05 + 0.07 * i, 0.03 + 0.06 * i, 0.1 + 0.07 * i) for i in range(rows)]
    block = DotBlock("pristanišče", estimates(part), estimates([row(0.3)]), [LONG] * rows)
    assert faults(dots([block], FRAME, WORDS)) == []


def test_long_heading_of_dots():
    block = DotBlock(LONG, estimates([row(0.5), row(0.2)]), estimates([row(0.3)]), ["a", "b"])
    assert faults(dots([block], FRAME, WORDS)) == []


def test_long_labels_of_pairs(noise):
    record = noise.weighting
    labels = [(name, [LONG] * len(part)) for name, part in record.margins.groupby("variable", sort=False)]
    assert faults(sample_against_population(record, labels, ("anketirani", "prebivalci"), FRAME)) == []


def test_legend_of_the_agreement_scale(noise):
    items = [kzm.proportion(noise, "opinion_getting_worse"), kzm.proportion(noise, "opinion_harms_health")]
    assert faults(stacked_bars(items, FRAME, diverging=True, withheld="z")) == []


def test_legend_of_long_categories():
    items = battery(["a", "b"], [LONG] * 5, [0.2] * 5)
    assert faults(stacked_bars(items, FRAME, withheld="z")) == []


def test_long_words_around_the_plot():
    words = "Zelo dolg stavek o tem, kaj je na sliki in kdo je odgovarjal na vprašanje. " * 4
    frame = Frame(words, words, words, words, "SINTETIČNI PODATKI – odgovori so izmišljeni.")
    assert faults(bars(estimates([row(0.3), row(0.2)]), ["a", "b"], frame, withheld="z")) == []


def test_one_word_wider_than_its_place_is_broken():
    word = "Naj" + "pre" * 19
    assert len(word) == 60
    assert wrapped(word, 1.85).replace("\n", "") == word
    assert faults(bars(estimates([row(0.3), row(0.2)]), [word, "b"], FRAME, withheld="z")) == []


def test_words_stand_in_the_figure_once_and_in_order():
    figure, _ = framed(Frame("Naslov", "Podnaslov", "Osnova.", "Vir.", "MARK"), plot_height=1, left=1)
    texts = [t.get_text() for t in figure.texts]
    assert sorted(texts) == sorted(["Naslov", "Podnaslov", "Osnova.", "Vir.", "MARK"])
    by_height = [t.get_text() for t in sorted(figure.texts, key=lambda t: -t.get_position()[1])]
    assert by_height == ["Naslov", "Podnaslov", "MARK", "Osnova.", "Vir."]


def test_real_answers_carry_no_mark():
    figure, _ = framed(Frame("Naslov", "Podnaslov", "Osnova.", "Vir."), plot_height=1, left=1)
    assert [t.get_text() for t in figure.texts] == ["Naslov", "Podnaslov", "Osnova.", "Vir."]


def test_long_titles_are_wrapped_whole():
    title = " ".join(["beseda"] * 40)
    figure, _ = framed(Frame(title, "p", "o", "v"), plot_height=1, left=1)
    bold = [t.get_text() for t in figure.texts if t.get_fontweight() == "bold"]
    assert len(bold) > 1
    assert textwrap.dedent(" ".join(bold)) == title


def test_text_of_the_printed_page_is_at_least_seven_points():
    for figure in shipped():
        with house_style():
            figure.figure.canvas.draw()
        for text in figure.figure.findobj(Text):
            if text.get_visible() and text.get_text().strip():
                assert text.get_fontsize() >= 7, text.get_text()
    assert DPI >= 300
