import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kzm_surveys import FindingError
from kzm_surveys.plots.lettering import drawable, line_height, text_width, wrapped
from kzm_surveys.plots.style import house_style
from tests.plots.made import LONG

NBSP = "\u00a0"
WORDS = "Zelo dolg stavek o tem, kaj je na sliki, in kdo je odgovarjal na vprašanje o čakalnici žage."


def drawn_width(text, size, bold):
    """Inches that matplotlib says a text takes."""
    with house_style():
        figure = Figure(dpi=600)
        canvas = FigureCanvasAgg(figure)
        found = figure.text(0, 0, text, size=size, weight="bold" if bold else "normal")
        return found.get_window_extent(canvas.get_renderer()).width / 600


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("size", [7.0, 8.0, 10.0])
@pytest.mark.parametrize(
    "text", [WORDS, "čšžćđ ČŠŽĆĐ", f"12,3{NBSP}%", f"n{NBSP}={NBSP}1.508", "–", "62 let ali več", "iIlWmM"]
)
def test_measured_and_drawn_width_are_the_same(text, size, bold):
    # Kerning moves letters by a little, and extents end with the ink of the last letter.
    assert text_width(text, size, bold=bold) == pytest.approx(drawn_width(text, size, bold), rel=0.03, abs=0.015)


def test_nothing_has_no_width():
    assert text_width("", 8) == 0


@pytest.mark.parametrize("sign", ["\u4e2d", "\U0001f9ff", "\ufffe"])
def test_a_sign_that_the_font_lacks_is_refused_with_its_words(sign):
    with pytest.raises(FindingError, match=rf"'hrup {sign}'.*no sign for '{sign}' \(U\+{ord(sign):04X}\)"):
        text_width(f"hrup {sign}", 8)
    with pytest.raises(FindingError, match="no sign"):
        wrapped(f"hrup {sign}", 2, 8)


@pytest.mark.parametrize("inches", [0.4, 0.8, 1.5, 3.0, 20.0])
@pytest.mark.parametrize("text", [WORDS, LONG, "beseda " * 40, "a-b-c-d–e " * 12, "predolga" * 12])
def test_no_line_is_wider_than_its_place_and_no_letter_is_lost(text, inches):
    lines = wrapped(text, inches, 8)
    assert all(text_width(line, 8) <= inches + 1e-9 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line != line.strip() or not line for line in lines)


def test_lines_break_at_blanks():
    assert wrapped("motorji in ulični promet", 0.8, 8) == ["motorji in", "ulični promet"]
    assert wrapped("motorji in ulični promet", 9, 8) == ["motorji in ulični promet"]


def test_bold_lines_are_shorter():
    text = "motorji in ulični promet v mestu"
    inches = text_width(text, 8)
    assert len(wrapped(text, inches, 8)) == 1
    assert len(wrapped(text, inches, 8, bold=True)) == 2


def test_no_line_breaks_at_a_no_break_space():
    text = f"delež je 33,4{NBSP}% vseh"
    for inches in (0.5, 0.7, 0.9, 1.1):
        assert any(f"33,4{NBSP}%" in line for line in wrapped(text, inches, 8))


def test_a_word_of_sixty_letters_is_broken_anywhere():
    word = "Naj" + "pre" * 19
    lines = wrapped(word, 1.0, 8)
    assert len(word) == 60
    assert len(lines) > 2
    assert "".join(lines) == word


def test_one_letter_always_stands_on_a_line():
    assert wrapped("WM", 0.01, 8) == ["W", "M"]


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_no_words_are_no_lines(text):
    assert wrapped(text, 1, 8) == []


def test_blanks_and_line_breaks_are_one_blank():
    assert wrapped("  ena \n\t dve  ", 9, 8) == ["ena dve"]


def test_lines_stand_further_apart_than_their_letters_are_high():
    assert line_height(10) > 10 / 72


def test_a_slanted_letter_is_looked_for_in_the_slanted_font():
    assert drawable("\u0639\u0631\u0628") == "\u0639\u0631\u0628"
    with pytest.raises(FindingError, match=r"DejaVu Sans Oblique has no sign for '\u0639' \(U\+0639\)"):
        drawable("\u0639\u0631\u0628", italic=True)
