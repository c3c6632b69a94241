"""What is wrong with the layout of a drawn figure: words cut off, or over each other."""

import itertools

from matplotlib.text import Text

from kzm_surveys.plots.style import house_style

#: Pixels at 100 dpi by which two extents may touch.
ALLOWED = 0.75


def boxes(figure):
    """Text and extent in pixels of all words that are drawn."""
    figure.set_dpi(100)
    with house_style():
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        drawn = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        return [(text, text.get_window_extent(renderer)) for text in drawn]


def faults(figure):
    """What is cut off or overlaps, in words."""
    found = []
    drawn = boxes(figure)
    width, height = figure.get_size_inches() * 100
    for text, box in drawn:
        if box.x0 < -ALLOWED or box.y0 < -ALLOWED or box.x1 > width + ALLOWED or box.y1 > height + ALLOWED:
            found.append(f"cut off: {text.get_text()!r}")
    for (a, first), (b, second) in itertools.combinations(drawn, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        down = min(first.y1, second.y1) - max(first.y0, second.y0)
        if across > ALLOWED and down > ALLOWED and not (_lines(a, b) and down < 2.5):
            found.append(f"overlap: {a.get_text()!r} and {b.get_text()!r}")
    return found


def _lines(a, b):
    """Neighbouring lines of one text: their extents count the room of letters that they may not have."""
    return a.get_gid() == b.get_gid() and a.get_gid() in {"title", "subtitle", "foot", "mark", "label", "heading"}


def words(figure, name):
    """Texts of one name (gid) in the order of drawing."""
    return [text.get_text() for text in figure.texts if text.get_gid() == name]


def artist(figure, name):
    """The one collection or line of a name (gid), in any axes."""
    found = [each for axes in figure.axes for each in axes.get_children() if each.get_gid() == name]
    assert len(found) == 1, (name, len(found))
    return found[0]
