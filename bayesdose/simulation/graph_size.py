"""What a growing trial graph takes in memory, and what it would take when it is done."""

import math

from bayesdose.alike import AT_ONCE
from bayesdose.errors import GraphTooLargeError

__all__ = ["MEMORY_BUDGET", "GraphSize"]

MEMORY_BUDGET = 8 * 2**30
# Of more rows than are compared at once, those with the same number of DLTs are, at most this share of a
# layer where layers are large.
_LARGEST_PART = 0.25


class GraphSize:
    """Memory of a graph while it grows, layer by layer.

    Parameters
    ----------
    cells : int
        Counts in a state: doses times outcome categories.
    scenarios : int
        Scenarios whose probabilities are followed to truncate the graph; 0 without truncation.
    """

    def __init__(self, cells: int, scenarios: int) -> None:
        self._cells = cells
        self._scenarios = scenarios
        self._kept = 0.0
        self._states = 0
        self._share_done = 0.0
        self._layer_edges: list[int] = []

    def check(self, edges: int, share: float, budget: float) -> None:
        """Refuse a layer of so many edges if it would not fit.

        Parameters
        ----------
        edges : int
            Edges of the layer that comes next.
        share : float
            Share of the maximum number of patients that was treated before it.
        budget : float
            Bytes that the graph may take.

        Raises
        ------
        GraphTooLargeError
            If the layer would not fit, with an estimate of the whole graph.
        """
        needed = self._kept + self._working(edges)
        if needed <= budget:
            return
        whole = self._whole(edges, share) / 2**30
        amount = f"some {whole:,.0f}" if whole < 1e6 else "more than a million"
        raise GraphTooLargeError(
            f"trial graph: after {share:.0%} of the patients it has {self._states:,} states, and its next "
            f"cohort needs {needed / 2**30:.1f} GiB of the {budget / 2**30:.1f} GiB that it may take; "
            f"all of it would need {amount} GiB. "
            "Leave out rare trials (max_unresolved=1e-3), stop trials earlier (such as PatientsAtDose), "
            "simulate (MonteCarlo) or raise memory_budget."
        )

    def share_done(self, edges: int, share: float) -> float:
        """Share of the work that is done after a layer of so many edges, if later ones grow like it.

        Parameters
        ----------
        edges : int
            Edges of the layer that is being worked on.
        share : float
            Share of the maximum number of patients that is treated after it.
        """
        layers = [*self._layer_edges, edges]
        growth = edges / layers[-2] if len(layers) > 1 else 4.0
        remaining = round(len(layers) * (1 - share) / share)
        rest = sum(edges * _power(growth, step) for step in range(1, remaining + 1))
        # A layer that grew less than those before must not take the bar back.
        self._share_done = max(self._share_done, sum(layers) / (sum(layers) + rest))
        return self._share_done

    def add(self, edges: int, states: int, ended: int) -> None:
        """Count a finished layer."""
        self._states += states
        self._layer_edges.append(edges)
        # Edges keep parent, level and outcome; states where their edges begin; ends their counts.
        self._kept += 8 * edges + 9 * states + ended * (2 * self._cells + 24)

    def _working(self, edges: float) -> float:
        """Bytes of the work on a layer: edges, probabilities, and copies of the states that are compared."""
        at_once = min(edges, max(AT_ONCE, _LARGEST_PART * edges))
        return edges * (100 + 12 * self._scenarios) + at_once * (12 * self._cells + 100)

    def _whole(self, edges: int, share: float) -> float:
        """Bytes of the whole graph if layers went on growing as they did lately."""
        done = len(self._layer_edges)
        growth = edges / self._layer_edges[-1] if done else 4.0
        remaining = round(done * (1 - share) / share) if share else 0
        last = edges * _power(growth, max(remaining - 1, 0))
        return self._kept + self._working(last) + 17 * last * growth / max(growth - 1, 0.1)


def _power(growth: float, steps: int) -> float:
    """`growth` to the power of `steps`; infinite where a float cannot hold it."""
    return growth**steps if steps * math.log(growth) < 700 else math.inf
