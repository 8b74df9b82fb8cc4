"""The conformance suite finds a design that breaks a promise."""

import numpy as np
import pytest

from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.trial import Cohorts
from tests.conformance import check_design

GRID = DoseGrid.of_levels(4)


class _Broken:
    """A design with one promise broken."""

    def __init__(self, part, change):
        self._design, self._part, self._change = ThreePlusThree(GRID, "deescalation"), part, change

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._design, name)

    def next_cohort(self, state):
        answer = self._design.next_cohort(state)
        return self._change(state, answer) if self._part == "next_cohort" else answer

    def recommend(self, state):
        recommended = self._design.recommend(state)
        return self._change(state, recommended) if self._part == "recommend" else recommended


def _with(answer, **changes):
    return Cohorts(
        **{name: changes.get(name, getattr(answer, name)) for name in ("level", "size", "phase", "stop")}
    )


@pytest.mark.parametrize(
    ("part", "change", "complaint"),
    [
        ("next_cohort", lambda s, a: _with(a, size=np.where(a.stop > 0, 3, a.size)), "treats nobody"),
        ("next_cohort", lambda s, a: _with(a, size=a.size * 0), "treats someone"),
        ("next_cohort", lambda s, a: _with(a, size=np.where(a.stop > 0, 0, 30)), "than promised"),
        ("next_cohort", lambda s, a: _with(a, level=np.where(a.stop > 0, s.level, 3)), "no untried dose"),
        ("next_cohort", lambda s, a: _with(a, level=np.where(a.stop > 0, 0, a.level)), "keeps its level"),
        ("recommend", lambda s, r: np.full_like(r, 3), "only a dose that was given"),
        ("recommend", lambda s, r: np.where(r[0] >= 0, r, -1), "order does not matter|batch of one"),
    ],
)
def test_the_check_finds_broken_promises(monkeypatch, part, change, complaint):
    monkeypatch.setattr("tests.conformance._check_value", lambda design: None)
    monkeypatch.setattr("tests.conformance._check_saved_form", lambda design, saved: None)
    monkeypatch.setattr("tests.conformance.pickle.loads", lambda content: design)
    monkeypatch.setattr("tests.conformance.pickle.dumps", lambda design: b"")
    design = _Broken(part, change)
    with pytest.raises(AssertionError, match=complaint):
        check_design(design)
