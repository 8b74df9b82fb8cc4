"""Panels placed in inches, and figures written as PNG."""

import numpy as np
import pytest
from matplotlib.image import imread

from bayesdose.plots.panel_rows import panel_width, panels_in_rows, rows_with_lowest
from bayesdose.plots.save import save_png
from bayesdose.plots.style import PAGE_WIDTH, legend_height, note_height


@pytest.mark.parametrize(
    ("number", "columns", "lowest"),
    [
        # 1 2 3 / 4 5 6 / 7 8: the lowest of the third column stands in the second row.
        (8, 3, [False, True, True]),
        (9, 3, [False, False, True]),
        (10, 3, [False, False, True, True]),
        (2, 3, [True]),
        (4, 1, [False, False, False, True]),
    ],
)
def test_rows_in_which_a_column_ends(number, columns, lowest):
    assert rows_with_lowest(number, columns) == lowest


def test_panels_have_the_places_and_sizes_that_were_asked_for():
    labels, note = ["one", "two"], ["A note."]
    titles = ["one line", "two\nlines", *"34567"]
    figure, panels = panels_in_rows(
        titles, 3, left=0.6, height=1.2, axis=0.5, no_axis=0.1, legend=labels, note=note
    )
    page = figure.get_figheight()
    assert page == pytest.approx(
        legend_height(labels) + 3 * (0.4 + 1.2) + 0.1 + 0.5 + 0.5 + note_height(note)
    )
    assert len(panels) == len(figure.axes) == 7
    assert [panel.get_title() for panel in panels] == titles
    inches = np.array([panel.get_position().bounds for panel in panels]) * ([PAGE_WIDTH, page] * 2)
    np.testing.assert_allclose(inches[:, 2], panel_width(3, 0.6))
    np.testing.assert_allclose(inches[:, 3], 1.2)
    np.testing.assert_allclose(inches[[0, 3], 0], 0.6)
    # Three panels and three gaps fill the page beside the room at the left.
    np.testing.assert_allclose(np.diff(inches[:3, 0]), (PAGE_WIDTH - 0.6) / 3)
    tops = page - inches[:, 1] - inches[:, 3] - legend_height(labels)
    np.testing.assert_allclose(tops, [0.4] * 3 + [0.4 + 1.7] * 3 + [0.4 + 1.7 + 2.1])
    assert all(panel.get_shared_y_axes().joined(panels[0], panel) for panel in panels)


def test_a_png_file_is_that_of_matplotlib(tmp_path):
    figure, (panel,) = panels_in_rows(
        ["title"], 1, left=0.6, height=1.2, axis=0.5, no_axis=0.1, legend=[], note=[]
    )
    panel.plot([0, 1, 2], [1, 0, 2], marker="o")
    save_png(figure, tmp_path / "once.png")
    figure.savefig(tmp_path / "twice.png", dpi=150)
    once, twice = imread(tmp_path / "once.png"), imread(tmp_path / "twice.png")
    assert once.shape[1] == round(150 * PAGE_WIDTH)
    assert np.array_equal(once, twice)
    assert (tmp_path / "once.png").read_bytes() == (tmp_path / "twice.png").read_bytes()
