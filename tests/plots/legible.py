"""Checks that hold for every figure: texts are apart, on the page and large enough, and no data is cut."""

import itertools

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

PAGE = 6.3  # inches, the width at which figures are printed
LEAST = 7  # points


def shown_texts(figure):
    """Every text that is drawn; ticks outside their axis have a label that is not."""
    hidden = set()
    for panel in figure.axes:
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            room = 1e-9 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not panel.axison or not low - room <= tick.get_loc() <= high + room:
                    hidden |= {tick.label1, tick.label2}
    return [
        text
        for text in figure.findobj(Text)
        if text not in hidden and text.get_visible() and text.get_text().strip()
    ]


def check_legible(figure):
    """No text overlaps another, leaves the page or is too small to be read in print."""
    FigureCanvasAgg(figure).draw()
    renderer = figure.canvas.get_renderer()
    page = figure.bbox
    assert figure.get_figwidth() == PAGE
    placed = [(text, text.get_window_extent(renderer)) for text in shown_texts(figure)]
    for text, box in placed:
        assert box.x0 >= page.x0, f"{text.get_text()!r} leaves the page"
        assert box.x1 <= page.x1, f"{text.get_text()!r} leaves the page"
        assert box.y0 >= page.y0, f"{text.get_text()!r} leaves the page"
        assert box.y1 <= page.y1, f"{text.get_text()!r} leaves the page"
        assert text.get_fontsize() >= LEAST
    for (one, first), (other, second) in itertools.combinations(placed, 2):
        assert not first.overlaps(second), f"{one.get_text()!r} and {other.get_text()!r} overlap"
    for panel in figure.axes:
        if panel.axison:
            box = panel.get_window_extent(renderer)
            assert min(box.width, box.height) > 0.25 * figure.dpi, "a panel has shrunk to nothing"


def check_nothing_cut(figure):
    """All points of lines and marks lie within their axes."""
    seen = 0
    for panel in figure.axes:
        for line in panel.get_lines():
            if line.get_transform() == panel.transData:
                points = np.asarray(line.get_xydata(), dtype=float)
                points = points[np.isfinite(points).all(axis=1)]
                low, high = np.sort([panel.get_xlim(), panel.get_ylim()], axis=1).T
                assert np.all((points >= low) & (points <= high)), "a point lies outside the axes"
                seen += len(points)
    assert seen > 0
