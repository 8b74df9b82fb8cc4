"""What figures take from a posterior, whether it came from quadrature or from draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.plots.check_result import check_result

__all__ = [
    "Intervals",
    "dose_counts",
    "dose_quantiles",
    "interval_probabilities",
    "interval_starts",
    "origin",
    "overdose_error",
]

_WANTED = "a Dataset from exact_posterior or a DataTree from fit"


@dataclass(frozen=True, eq=False)
class Intervals:
    """Posterior probability that P(DLT) lies in each of I intervals, from 0 to 1.

    Parameters
    ----------
    edges : tuple of float, length I + 1
        Ends of the intervals as they are printed, from 0 to 1.
    probability : ndarray, shape (K, I)
    """

    edges: tuple[float, ...]
    probability: np.ndarray

    def from_edge(self, bound: float) -> np.ndarray:
        """Probability that P(DLT) is at or above an edge, shape (K,); from 1 up it would be none.

        Raises
        ------
        InputError
            If the bound is no edge.
        """
        return self.probability[:, self.number(bound) :].sum(axis=1)

    def number(self, bound: float) -> int:
        """Index of the interval that starts at a bound."""
        starts = [f"{edge:g}" for edge in self.edges[:-1]]
        if f"{bound:g}" not in starts:
            raise InputError(
                "bound on P(DLT)",
                got=bound,
                wanted=f"an end of the posterior's intervals, {', '.join(starts[1:])}",
                fix="Name it in `bounds` when the posterior is computed.",
            )
        return starts.index(f"{bound:g}")


def dose_counts(posterior: xr.Dataset | xr.DataTree, grid: DoseGrid) -> tuple[np.ndarray, np.ndarray]:
    """Patients treated and DLTs seen at each dose, shape (K,) each.

    Raises
    ------
    InputError
        If this is no posterior, or its doses are not the grid's.
    """
    if isinstance(posterior, xr.DataTree):
        absent = [name for name in ("posterior", "constant_data") if name not in posterior.children]
        if absent:
            raise InputError("posterior", got=f"no group {', '.join(absent)}", wanted=_WANTED)
        draws = posterior["posterior"].to_dataset()
        _check(draws, {"prob_dlt": ("chain", "draw", "dose")})
        data = posterior["constant_data"].to_dataset()
    else:
        data = posterior
    _check(data, dict.fromkeys(("dose", "patients", "dlts"), ("dose",)))
    doses = data["dose"].values
    if doses.shape != (len(grid),) or not np.allclose(doses, grid.values, rtol=1e-9, atol=0):
        raise InputError("grid", got=str(grid), wanted=f"the posterior's doses, {doses.tolist()}")
    return data["patients"].values, data["dlts"].values


def dose_quantiles(posterior: xr.Dataset | xr.DataTree, probabilities: Sequence[float]) -> np.ndarray:
    """Posterior quantiles of P(DLT), shape (Q, K).

    Raises
    ------
    InputError
        If an exact posterior was computed without one of them.
    """
    if isinstance(posterior, xr.DataTree):
        return np.quantile(_draws(posterior), probabilities, axis=(0, 1))
    _check(posterior, {"probability": ("probability",), "quantile": ("dose", "probability")})
    known = posterior["probability"].values
    missing = [wanted for wanted in probabilities if not np.isclose(known, wanted).any()]
    if missing:
        raise InputError(
            "posterior",
            got=f"no quantile at {', '.join(f'{wanted:g}' for wanted in missing)}",
            wanted=f"quantiles at {', '.join(f'{wanted:g}' for wanted in probabilities)}",
            fix="Leave `quantiles` of exact_posterior at its default.",
        )
    places = [int(np.isclose(known, wanted).argmax()) for wanted in probabilities]
    return posterior["quantile"].transpose("probability", "dose").values[places]


def interval_probabilities(posterior: xr.Dataset | xr.DataTree, bounds: Sequence[float]) -> Intervals:
    """The intervals of an exact posterior, or the share of draws between bounds.

    Raises
    ------
    InputError
        If a bound is not among those of an exact posterior.
    """
    if isinstance(posterior, xr.DataTree):
        edges = (0.0, *sorted(set(bounds)), 1.0)
        draws = _draws(posterior)
        below = [np.zeros(draws.shape[-1]), *((draws < bound).mean(axis=(0, 1)) for bound in edges[1:-1])]
        return Intervals(edges, np.diff([*below, np.ones(draws.shape[-1])], axis=0).T)
    _check(posterior, {"interval_probability": ("dose", "interval")}, {"interval": ("interval",)})
    starts = interval_starts(posterior)
    probability = posterior["interval_probability"].transpose("dose", "interval").values
    intervals = Intervals((*starts, 1.0), probability)
    for bound in bounds:
        intervals.number(bound)
    return intervals


def interval_starts(result: xr.Dataset) -> list[float]:
    """Lower ends of a result's intervals, which are named such as "[0.16, 0.33)".

    Raises
    ------
    InputError
        If an interval is named in another way.
    """
    names = [str(name) for name in result["interval"].values]
    try:
        return [float(name.strip("[)]").split(",")[0]) for name in names]
    except ValueError:
        wanted = "names such as '[0.16, 0.33)'"
        raise InputError("intervals of P(DLT)", got=", ".join(names), wanted=wanted) from None


def origin(posterior: xr.Dataset | xr.DataTree) -> str:
    """How the posterior was computed, in a sentence for the figure."""
    outcomes = str(posterior.attrs.get("outcomes", ""))
    seen = f" after {outcomes}" if outcomes else ", no patients yet"
    if isinstance(posterior, xr.DataTree):
        draws = _draws(posterior)
        return f"Posterior of P(DLT){seen}: {draws.shape[0] * draws.shape[1]:,} NUTS draws."
    return f"Posterior of P(DLT){seen}: exact, by quadrature."


def overdose_error(posterior: xr.Dataset | xr.DataTree, bound: float) -> str:
    """The largest Monte Carlo standard error of the draws' overdose probabilities, in a sentence."""
    if not isinstance(posterior, xr.DataTree):
        return ""
    import arviz_stats

    over = posterior["posterior"].to_dataset()[["prob_dlt"]] >= bound
    found = arviz_stats.mcse(over.astype(float))  # pyright: ignore[reportPrivateImportUsage]
    error = found["prob_dlt"].max().item()
    return f"Monte Carlo standard error of the probability of {bound:g} or more: at most {error:.2g}."


def _check(
    data: xr.Dataset,
    numbers: Mapping[str, Sequence[str]],
    texts: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> None:
    check_result(data, "posterior", _WANTED, numbers=numbers, texts=texts)


def _draws(posterior: xr.DataTree) -> np.ndarray:
    """Draws of P(DLT), shape (chains, draws, K)."""
    return posterior["posterior"].to_dataset()["prob_dlt"].transpose("chain", "draw", "dose").values
