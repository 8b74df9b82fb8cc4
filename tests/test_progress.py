"""Progress: shares of parts, counts, and what the bar says."""

import itertools
import re
import time
from types import SimpleNamespace

import pytest

from bayesdose import progress as module
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.progress import Share, counted, progress_bar, span
from bayesdose.simulation.graph import trial_graph


def test_parts_end_exactly_at_the_end_of_the_whole():
    told = []
    for number in range(7):
        span(told.append, number / 7, (number + 1) / 7)(Share(1.0, 5, "states"))
    assert told[-1] == 1.0
    assert told == [(number + 1) / 7 for number in range(7)]
    assert {(share.done, share.unit) for share in told} == {(5, "states")}
    counted(told.append, Share(1 / 3, 10, "trials"), Share(1.0, 31, "trials"))(1.0)
    assert (told[-1], told[-1].done, told[-1].unit) == (1.0, 31, "trials")


def test_a_graph_tells_its_states():
    told = []
    graph = trial_graph(ThreePlusThree(DoseGrid.of_levels(6), "deescalation"), told.append)
    assert told == sorted(told)
    assert all(0 < share <= 1 for share in told)
    done = [share.done for share in told]
    assert done == sorted(done)
    assert (done[-1], told[-1].unit) == (graph.num_decisions, "states")


@pytest.mark.parametrize("unit", ["trials", "states"])
def test_the_bar_says_rate_and_time_left(monkeypatch, capsys, unit):
    """A hundred a step of at least 0.05 s: at most 2,000 a second, and on any machine at least 50."""
    # A terminal, as rich sees it.
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "99"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module, "_SECONDS_BEFORE_SHOWN", 0.0)
    with progress_bar("Working") as progress:
        for step in range(1, 16):
            time.sleep(0.05)  # the bar redraws ten times a second
            progress(Share(step / 20, 100 * step, unit))
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    rates = [float(rate.replace(",", "")) for rate in re.findall(rf"% ([0-9,]+) {unit}/s 0:", text)]
    assert rates
    assert all(50 < rate <= 2000 for rate in rates)
    assert re.search(r"left 0:[0-9]{2}:[0-9]{2}", text)
    assert "75%" in text
    assert "100%" not in text


def test_work_that_does_not_count_has_no_rate(monkeypatch):
    clock = itertools.count(0, 0.1)  # a tenth of a second between any two looks at the clock
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    rate = module._Rate()
    assert rate.text(0.3) == ""
    assert rate.text(Share(0.1, 2500, "trials")) == ""  # what was read from a checkpoint is no speed
    speed = float(rate.text(Share(0.2, 5000, "trials")).split()[0].replace(",", ""))
    assert 250 < speed <= 25_000
    assert speed == 25_000
    assert re.fullmatch(r"[0-9]{1,2} states/s", rate.text(Share(0.5, 9, "states")))
