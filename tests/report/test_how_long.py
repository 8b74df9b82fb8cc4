"""How long a comparison will take: from a try by a clock that the test sets."""

import attrs
import pytest

import bayesdose as bd
from bayesdose.report import how_long
from bayesdose.report.run import run_and_show

GRID = bd.DoseGrid.of_levels(3)


@pytest.fixture
def study():
    return bd.Study(
        name="two",
        designs={
            "BOIN": bd.boin(GRID, 0.3, max_patients=9),
            "3+3": bd.three_plus_three(GRID, "deescalation"),
        },
        scenarios=[bd.scenarios.Scenario(name, GRID, (0.1, 0.2, 0.3)) for name in "abcd"],
        mtd_rule=bd.rules.ClosestTo(0.3),
    )


@pytest.fixture
def clock(monkeypatch):
    """Seconds that only move when the test's functions say so."""
    now = [0.0]
    monkeypatch.setattr(how_long.time, "perf_counter", lambda: now[0])
    return now


def test_a_graph_of_which_a_quarter_grew_in_a_second(study, clock, monkeypatch):
    def slow(design, progress, **settings):
        for share in (0.1, 0.25, 1.0):
            clock[0] += 0.4
            progress(share)
        raise AssertionError("the try goes on after it has lasted long enough")

    monkeypatch.setattr(how_long, "trial_graph", slow)
    # 0.8 seconds for a quarter of each graph; four scenarios take four thousandths of a graph more.
    assert how_long.estimated_seconds(study) == pytest.approx(2 * 3.2 * 1.004)


def test_a_graph_that_is_done_at_once_takes_what_it_took(study, clock, monkeypatch):
    def quick(design, progress, **settings):
        clock[0] += 0.1
        progress(0.3)

    monkeypatch.setattr(how_long, "trial_graph", quick)
    assert how_long.estimated_seconds(study) == pytest.approx(2 * 0.1 * 1.004)


@pytest.mark.parametrize(
    ("settings", "trials"), [({"trials": 10_000}, 10_000), ({"target_mcse": 0.005}, 10_000)]
)
def test_trials_without_what_is_done_once(study, clock, monkeypatch, settings, trials):
    def simulate(designs, scenarios, *, mtd_rule, method):
        assert len(scenarios) == 1
        clock[0] += 3.0 + 0.001 * method.trials

    monkeypatch.setattr(how_long, "operating_characteristics", simulate)
    study = attrs.evolve(study, method=bd.MonteCarlo(rng=1, **settings))
    assert how_long.estimated_seconds(study) == pytest.approx(0.001 * trials * 4)
    assert how_long.estimated_seconds(study, workers=2) == pytest.approx(0.001 * trials * 4 / 2)


def test_a_command_says_it_first(study, tmp_path, capsys):
    run_and_show(study, tmp_path / "results")
    assert capsys.readouterr().err.startswith("This takes a few seconds.\n")


def test_with_a_bound_on_rare_trials_too(study):
    study = attrs.evolve(study, method=bd.Exact(max_unresolved=1e-3))
    assert 0 < how_long.estimated_seconds(study) < 60
