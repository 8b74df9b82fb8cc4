"""The history of a trial: every patient stands at its number, dose and outcome."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.plots.trial import plot_trial
from bayesdose.protocols.load import load_protocol
from tests.plots.legible import check_legible, check_nothing_cut, shown_texts

MIL97, IMM01 = (load_protocol(name) for name in ("MIL97", "IMM01"))
GRID = MIL97.grid.value
WIDE = DoseGrid(tuple(np.round(12.5 * 1.4 ** np.arange(15), 1)), unit="mg/m²/day")
WORDS = DoseGrid((1, 2, 3), "mg", labels=("low, every three weeks with $ramp-up$", "middle", "high $"))
TEXT = "1N 2N 3NNT 3NMN"


def marks(panel):
    """Patients and levels of each shape."""
    return {line.get_marker(): line.get_xydata().tolist() for line in panel.lines[1:]}


def cohort_numbers(panel):
    return [text.get_text() for text in panel.texts if text.get_text() != "cohort"]


def test_marks_are_the_patients():
    figure = plot_trial(TEXT, GRID)
    (panel,) = figure.axes
    assert marks(panel) == {
        "o": [[1, 0], [2, 1], [3, 2], [4, 2], [6, 2], [8, 2]],
        "^": [[7, 2]],
        "s": [[5, 2]],
    }
    # The line is level within a cohort and steps between patients.
    expected = [[0.5, 0], [1.5, 0], [1.5, 1], [2.5, 1], [2.5, 2], [5.5, 2], [5.5, 2], [8.5, 2]]
    assert panel.lines[0].get_xydata().tolist() == expected
    assert cohort_numbers(panel) == ["1", "2", "3", "4"]
    bands = [(patch.get_bbox().x0, patch.get_bbox().x1) for patch in panel.patches]
    assert bands == [(0.5, 1.5), (2.5, 5.5)]
    check_nothing_cut(figure)


def test_outcomes_and_their_text_are_the_same():
    first, second = plot_trial(TEXT, GRID).axes[0], plot_trial(parse_outcomes(TEXT), GRID).axes[0]
    assert marks(first) == marks(second)


def test_axes_show_every_dose_with_its_unit():
    (panel,) = plot_trial("1N", GRID).axes
    assert [label.get_text() for label in panel.get_yticklabels()] == list(GRID.labels)
    assert panel.get_ylabel() == "dose (mg/kg)"
    assert panel.get_xlabel() == "patient, in order of treatment"


def test_the_legend_names_what_occurs():
    labels = [text.get_text() for text in plot_trial("1NNT", GRID).legends[0].get_texts()]
    assert labels == ["no toxicity that matters", "DLT", "dose decided on"]


def test_many_patients_go_on_below():
    text = "1NNN 2NNNNN " + "3NNT " * 20
    figure = plot_trial(text, GRID)
    upper, lower = figure.axes
    assert [upper.get_xlim(), lower.get_xlim()] == [(0.5, 34.5), (34.5, 68.5)]
    assert marks(upper) == marks(lower)
    # Cohort 11 has patients 33 to 35, so both panels number it.
    assert cohort_numbers(upper)[-1] == cohort_numbers(lower)[0] == "11"
    check_legible(figure)


@pytest.mark.parametrize("grid", [GRID, IMM01.grid.value, WIDE, WORDS, DoseGrid((1,), "mg")])
@pytest.mark.parametrize("text", ["1T", "1N " * 30, "1NNM " * 20 + "1T", "1NNM " * 60, "1" + "N" * 99])
@pytest.mark.parametrize("note", ["", IMM01.note])
def test_legible(grid, text, note):
    figure = plot_trial(text, grid, note=note)
    check_legible(figure)
    shown = " ".join(text.get_text() for text in shown_texts(figure))
    assert ("ASSUMED DOSE GRID" in shown) == bool(note)


def test_a_patient_who_is_not_evaluable_has_a_mark_of_its_own():
    figure = plot_trial("1NNX 2NXT", GRID)
    marks = {line.get_marker(): line for line in figure.axes[0].lines}
    assert marks["x"].get_xdata().tolist() == [3, 5]
    assert "not evaluable" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="at least one cohort"):
        plot_trial("", GRID)
    with pytest.raises(InputError, match="dose levels from 1 to 6"):
        plot_trial("7N", GRID)
    with pytest.raises(InputError, match="one letter a patient"):
        plot_trial("1Q", GRID)
