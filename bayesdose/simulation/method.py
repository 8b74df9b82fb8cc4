"""How operating characteristics are computed: exactly, or from simulated trials."""

import math
from concurrent.futures import Executor
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Protocol

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Count, Positive, Rng
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress, span
from bayesdose.seeds import root_seed
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.characteristics import characteristics, of_designs
from bayesdose.simulation.checkpoint import Checkpoint
from bayesdose.simulation.chunks import SimulationTask, simulate_study
from bayesdose.simulation.comparison import Asked, Comparison
from bayesdose.simulation.exact import exact_characteristics
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.graph_size import MEMORY_BUDGET
from bayesdose.simulation.paired_differences import paired_differences
from bayesdose.simulation.truncation import Truncation

__all__ = ["Exact", "Method", "MonteCarlo", "Trials"]

# Building a graph takes about as long as following its probabilities in so many scenarios.
_SCENARIOS_OF_A_GRAPH = 1_000
# More than any question needs: at a billion trials the standard error of a probability is below 2e-5.
Trials = Annotated[int, at.Ge(2), at.Le(1_000_000_000)]
_MOST_CHUNKS = 1_000_000


@kind("method")
class Method(Protocol):
    """A way to compute operating characteristics, with its settings."""

    @property
    def name(self) -> str:
        """What results say of how they were computed."""
        ...

    def run(self, comparison: Comparison, progress: Progress) -> tuple[Variables, dict[str, Any]]:
        """Operating characteristics of the designs, and attributes that say how they were computed."""
        ...


@checked_value
class Exact(Method):
    """Enumerate every trial that can happen: results have no Monte Carlo error.

    Parameters
    ----------
    max_unresolved : float, default 0
        Probability of the rarest trials that may be left out in any scenario, for designs whose trial
        graphs are too large otherwise. Each result then has ``<name>_lower`` and ``<name>_upper``.
    memory_budget : float, default 8 GiB
        Bytes that a graph may take; a larger one is refused with an estimate.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> Exact(max_unresolved=1e-3).name
    'exact'
    """

    max_unresolved: Annotated[float, at.Ge(0), at.Lt(1)] = 0.0
    memory_budget: Positive = float(MEMORY_BUDGET)

    @property
    def name(self) -> str:
        """What results say of how they were computed."""
        return "exact"

    def run(self, comparison: Comparison, progress: Progress) -> tuple[Variables, dict[str, Any]]:
        """Operating characteristics by the trial graph of each design."""
        asked, number_of_designs = comparison.asked, len(comparison.designs)
        found = [
            self.of_design(
                design, asked, span(progress, number / number_of_designs, (number + 1) / number_of_designs)
            )
            for number, design in enumerate(comparison.designs.values())
        ]
        variables = of_designs([one for one, _ in found])
        columns = np.array(list(zip_longest(*(refined for _, refined in found), fillvalue=0)))
        variables["refined_states"] = (("refinement", "design"), columns)
        unresolved = float(variables["unresolved_probability"][1].max())
        return variables, {"unresolved_probability": unresolved}

    def of_design(
        self, design: Design, asked: Asked, progress: Progress = no_progress
    ) -> tuple[Variables, tuple[int, ...]]:
        """Operating characteristics of one design of a comparison, and its graph's `refined`."""
        prob_outcome = asked.prob_outcome(design)
        # Share of the time that building the graph takes, as measured for a BLRM.
        border = _SCENARIOS_OF_A_GRAPH / (_SCENARIOS_OF_A_GRAPH + len(prob_outcome))
        truncation = Truncation(prob_outcome, self.max_unresolved) if self.max_unresolved else None
        graph = trial_graph(
            design,
            span(progress, 0.0, border),
            truncation=truncation,
            memory_budget=self.memory_budget,
            closes=True,
        )
        variables = exact_characteristics(
            graph,
            prob_outcome,
            asked.truth,
            max_patients=asked.max_patients,
            duration=asked.duration,
            stages=asked.stage_columns(design),
            progress=span(progress, border, 1.0),
        )
        variables["unsettled_states"] = ((), np.array(graph.unsettled))
        return variables, graph.refined


def _one_of_both(method: Any, attribute: Any, value: float | None) -> None:
    if (method.trials is None) == (value is None):
        raise InputError(
            "MonteCarlo",
            got=f"trials={method.trials}, target_mcse={value}",
            wanted="a number of trials, or a target_mcse in its place",
            fix="Pass trials=10_000.",
        )


def _not_too_many(method: Any, attribute: Any, value: int | None) -> None:
    # A proportion of 0.5 needs the most trials for a target precision.
    trials = method.trials or math.ceil(0.3 / (method.target_mcse or 1) ** 2)
    if value is not None and trials > _MOST_CHUNKS * value:
        least = math.ceil(trials / _MOST_CHUNKS)
        wanted = f"at least {least:,} for up to {trials:,} trials"
        raise InputError("MonteCarlo, chunk_size", got=value, wanted=wanted)


@checked_value
class MonteCarlo(Method):
    """Simulate trials: the independent check of the exact method, for designs of any size.

    Parameters
    ----------
    trials : int, optional
        Number of simulated trials for each design and scenario, from 2 to 1e9.
    target_mcse : float, optional
        In place of `trials`: simulate until the standard error of the correct selection is at most this
        in every scenario, for every design; from 0.0001, below 1.
    rng : numpy.random.Generator or int, optional
        Source of the patients; by default another one in each run. Results record the seed in
        ``attrs["seed"]``; given as `rng` it makes the same patients.
    executor : concurrent.futures.Executor, optional
        Who simulates chunks of trials, such as `worker_processes` or dask's ``client.get_executor()``; by
        default this process. The result is the same bit for bit.
    chunk_size : int, optional
        Trials in a chunk, 10,000 by default (fewer in more than 50 scenarios). The result does not depend
        on it.
    checkpoint : path, optional
        Folder for finished chunks. A run that was killed is resumed by the same call.

    Raises
    ------
    InputError
        If a number is out of range, or not exactly one of `trials` and `target_mcse` is given.

    Examples
    --------
    >>> MonteCarlo(trials=10_000, rng=1).name
    'monte-carlo'
    """

    trials: Trials | None = None
    target_mcse: Annotated[float, at.Ge(1e-4), at.Lt(1)] | None = attrs.field(
        default=None, validator=_one_of_both
    )
    rng: Rng = None
    executor: Executor | None = None
    chunk_size: Count | None = attrs.field(default=None, validator=_not_too_many)
    checkpoint: Path | str | None = None

    @property
    def name(self) -> str:
        """What results say of how they were computed."""
        return "monte-carlo"

    def run(self, comparison: Comparison, progress: Progress) -> tuple[Variables, dict[str, Any]]:
        """Operating characteristics by trials that treat the same patients under each design."""
        task = SimulationTask(
            tuple(comparison.designs.values()),
            comparison.prob_outcomes(),
            comparison.truth,
            root_seed(self.rng),
        )
        kept = None
        if self.checkpoint is not None:
            settings = task.settings(list(comparison.designs), comparison.hashes())
            kept = Checkpoint(Path(self.checkpoint), settings)
        chunk, number = simulate_study(
            task,
            trials=self.trials,
            target_mcse=self.target_mcse,
            chunk_size=self.chunk_size,
            executor=self.executor,
            checkpoint=kept,
            progress=progress,
        )
        asked = comparison.asked
        per_design = [
            characteristics(
                tally.final,
                tally.frequency / number,
                comparison.truth,
                max_patients=asked.max_patients,
                duration=comparison.duration,
                trials=number,
                stages=asked.stage_columns(design),
            )
            for design, tally in zip(comparison.designs.values(), chunk.tallies, strict=True)
        ]
        found = of_designs(per_design) | paired_differences(chunk.products, number)
        return found, {"trials": number, "seed": task.seed, "unresolved_probability": 0.0}
