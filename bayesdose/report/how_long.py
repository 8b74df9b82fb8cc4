"""How long a comparison will take, from a short try of each design."""

import time

import numpy as np
from rich.console import Console

from bayesdose.designs.base import Design
from bayesdose.errors import BayesdoseError
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.method import Exact, Method, MonteCarlo
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.truncation import Truncation
from bayesdose.studies.study import Study

__all__ = ["estimated_seconds", "in_words", "say_how_long"]

# Seconds for which a design's graph is tried, and trials that are simulated: the second number less the
# first tells what a trial takes without what is done once.
_TRY = 0.5
_FEW, _MORE = 500, 2_500
_SCENARIOS_OF_A_GRAPH = 1_000  # follow probabilities about as long as it takes to build a graph


class _Enough(Exception):
    """A try has lasted long enough."""


def say_how_long(study: Study, workers: int = 1) -> None:
    """Print on standard error how long the study's comparison will take."""
    try:
        seconds = estimated_seconds(study, workers)
    except BayesdoseError:
        return  # what is wrong is said by the comparison itself
    if seconds is not None:
        Console(stderr=True, markup=False, highlight=False).print(f"This takes {in_words(seconds)}.")


def estimated_seconds(study: Study, workers: int = 1) -> float | None:
    """Seconds that the comparison will take, within a factor of about three; None for an unknown method."""
    method = study.method
    if isinstance(method, Exact):
        share = 1 + len(study.scenarios) / _SCENARIOS_OF_A_GRAPH
        return share * sum(_of_graph(design, study, method) for design in study.designs.values())
    if not isinstance(method, MonteCarlo):
        return None
    trials = 0.25 / (method.target_mcse or 1) ** 2 if method.trials is None else method.trials
    a_trial = (_of_trials(study, _MORE) - _of_trials(study, _FEW)) / (_MORE - _FEW)
    return max(a_trial, 0.0) * trials * len(study.scenarios) / workers


def in_words(seconds: float) -> str:
    """A time as people say it.

    Examples
    --------
    >>> [in_words(seconds) for seconds in (2, 47, 100, 5000, 20_000)]
    ['a few seconds', 'about 50 seconds', 'about 2 minutes', 'about 83 minutes', \
'about 6 hours']
    """
    if seconds < 5:
        return "a few seconds"
    if seconds < 95:
        return f"about {max(1, round(seconds / 10))}0 seconds"
    if seconds < 100 * 60:
        return f"about {round(seconds / 60)} minutes"
    return f"about {seconds / 3600:,.0f} hours"


def _of_graph(design: Design, study: Study, method: Exact) -> float:
    """Seconds for a design's graph, from the share of it that grows in the first moment."""
    start, told = time.perf_counter(), [0.0]

    def watch(share: float) -> None:
        told[0] = float(share)
        if time.perf_counter() - start > _TRY:
            raise _Enough

    truncation = None
    if method.max_unresolved:
        categories = design.outcome_categories
        prob_outcome = np.array([one.prob_outcome(categories) for one in study.scenarios])
        truncation = Truncation(prob_outcome, method.max_unresolved)
    try:
        trial_graph(design, watch, truncation=truncation, memory_budget=method.memory_budget)
        told[0] = 1.0
    except _Enough:
        pass
    return (time.perf_counter() - start) / max(told[0], 1e-6)


def _of_trials(study: Study, trials: int) -> float:
    """Seconds for so many trials of each design in the scenario in the middle."""
    method: Method = MonteCarlo(trials=trials, rng=1)
    scenario = study.scenarios[len(study.scenarios) // 2]
    start = time.perf_counter()
    operating_characteristics(study.designs, [scenario], mtd_rule=study.mtd_rule, method=method)
    return time.perf_counter() - start
