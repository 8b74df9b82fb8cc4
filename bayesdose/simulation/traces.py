"""Single simulated trials: what each cohort was given and showed, and how each trial ended."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.categories import dlts_in
from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Count, Rng
from bayesdose.designs.base import Design, design_hash
from bayesdose.errors import InputError
from bayesdose.files import write_atomically
from bayesdose.progress import Progress, no_progress, span
from bayesdose.scenarios.scenario import Scenario
from bayesdose.seeds import root_seed
from bayesdose.simulation.comparison import check_comparable
from bayesdose.simulation.monte_carlo import latent_uniforms, simulate_trials
from bayesdose.trial import NO_DOSE, StopReason, TrialState
from bayesdose.versions import versions_in_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["trace_table", "trial_traces", "write_traces"]

Rows = Literal["trials", "cohorts"]
_PER_TRIAL = ("design", "scenario", "trial")
# A gigabyte for each million.
_MOST_TRACES = 10_000_000
_INSTALL = "pip install 'bayesdose[parquet]'"


@checked
def trial_traces(
    designs: Annotated[Mapping[str, Design], at.MinLen(1)],
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)],
    *,
    trials: Count,
    rng: Rng = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """Simulated trials one by one, cohort by cohort.

    The patients are those of ``operating_characteristics(method=MonteCarlo(...))`` with the same seed, and
    its results are these trials' means.

    Parameters
    ----------
    designs : mapping of str to Design
        Designs by the name that tables show, all on one grid.
    scenarios : sequence of Scenario
        True curves, on the same grid.
    trials : int
        Number of simulated trials for each design and scenario. All are kept in memory, about 1 kB each at
        the peak.
    rng : numpy.random.Generator or int, optional
        Source of the patients; ``attrs["seed"]`` given as `rng` makes the same ones.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        Over ``design``, ``scenario`` and ``trial`` (numbered from 0, the same patients in all):
        ``recommendation`` (label of a dose, or "none"), ``stop_reason``, ``cohorts``, and over ``dose``
        too ``patients`` and ``dlts``. Over ``cohort`` (numbered from 1) too: ``cohort_dose`` (NaN after a
        trial's end), ``cohort_size`` and ``cohort_dlts`` (0 after it), and ``cohort_moderates`` where
        some design looks at moderate toxicity (NaN for those that do not).

    Raises
    ------
    InputError
        If there is no design or scenario, grids differ, names repeat, an argument is of another type, or
        there would be more than ten million trials in all.

    Examples
    --------
    >>> from bayesdose.designs.three_plus_three import ThreePlusThree
    >>> from bayesdose.grid import DoseGrid
    >>> grid = DoseGrid((1, 2), "mg")
    >>> traces = trial_traces(
    ...     {"3+3": ThreePlusThree(grid, "deescalation")},
    ...     [Scenario("safe", grid, (0.0, 0.0))], trials=1, rng=1,
    ... )
    >>> traces["cohort_dose"].values.ravel().tolist()
    [1.0, 2.0]
    """
    check_comparable(designs, scenarios)
    if trials * len(designs) * len(scenarios) > _MOST_TRACES:
        raise InputError(
            "trial_traces, trials",
            got=f"{trials} for each of {len(designs)} designs in {len(scenarios)} scenarios",
            wanted=f"at most {_MOST_TRACES:,} in all",
            fix="operating_characteristics simulates any number: it keeps no single trials.",
        )
    seed = root_seed(rng)
    uniforms = latent_uniforms(seed, 0, trials, max(design.max_patients for design in designs.values()))
    parts = []
    for number, design in enumerate(designs.values()):
        part = span(progress, number / len(designs), (number + 1) / len(designs))
        parts.append(_traces(design, scenarios, uniforms, part))
    # Shorter designs' trials have ended where longer ones go on.
    ended = {"cohort_dose": np.nan, "cohort_size": 0, "cohort_dlts": 0, "cohort_moderates": np.nan}
    result = xr.concat(parts, dim="design", join="outer", fill_value=ended, data_vars="all")
    grid = scenarios[0].grid
    result = result.assign_coords(
        design=list(designs),
        scenario=[scenario.name for scenario in scenarios],
        trial=np.arange(trials),
        dose=("dose", list(grid.values), {"units": grid.unit}),
        dose_label=("dose", list(grid.labels)),
    )
    result["cohort_dose"].attrs["units"] = grid.unit
    result["design_hash"] = ("design", [design_hash(design) for design in designs.values()])
    if all(design.outcome_categories != 3 for design in designs.values()):
        result = result.drop_vars("cohort_moderates")
    return result.assign_attrs(seed=seed, versions=versions_in_words())


@checked
def trace_table(traces: xr.Dataset, rows: Rows = "trials") -> "pd.DataFrame":
    """Traces as a flat table.

    Parameters
    ----------
    traces : xarray.Dataset
        Result of `trial_traces`.
    rows : {"trials", "cohorts"}
        A row for each trial, with columns ``patients_<dose>`` and ``dlts_<dose>``, or one for each cohort
        that was treated.

    Returns
    -------
    pandas.DataFrame
        Columns ``design``, ``scenario`` and ``trial``, then the variables.

    Raises
    ------
    InputError
        If `rows` is neither, or `traces` is the result of something else.
    """
    _check_traces(traces)
    if rows == "cohorts":
        chosen = traces[[name for name in traces if "cohort" in traces[name].dims]]
        table = chosen.to_dataframe(dim_order=[*_PER_TRIAL, "cohort"]).reset_index()
        return table.query("cohort_size > 0").reset_index(drop=True)
    per_trial = traces[["recommendation", "stop_reason", "cohorts"]]
    for position, label in enumerate(traces["dose_label"].values.tolist()):
        for name in ("patients", "dlts"):
            per_trial[f"{name}_{label}"] = traces[name].isel(dose=position, drop=True)
    return per_trial.to_dataframe(dim_order=_PER_TRIAL).reset_index()


@checked
def write_traces(traces: xr.Dataset, path: Path, rows: Rows = "trials") -> None:
    """Write traces to a Parquet file, which appears whole or not at all.

    Parameters
    ----------
    traces : xarray.Dataset
        Result of `trial_traces`.
    path : path
        File to write, ending in .parquet. The seed and versions are in its metadata
        (``pandas.read_parquet(path).attrs``).
    rows : {"trials", "cohorts"}
        As for `trace_table`.

    Raises
    ------
    InputError
        If the name does not end in .parquet, `rows` is unknown, or pyarrow is not installed.
    """
    if path.suffix != ".parquet":
        raise InputError("traces", got=str(path), wanted="a file name that ends in .parquet")
    if find_spec("pyarrow") is None:
        raise InputError("traces", got="no pyarrow", wanted="the extra 'parquet'", fix=_INSTALL)
    table = trace_table(traces, rows)
    for name in ("design", "scenario", "recommendation", "stop_reason"):
        if name in table:  # as numbers with a dictionary, not as text in each row
            table[name] = table[name].astype("category")
    table.attrs = {name: str(value) for name, value in traces.attrs.items()}
    write_atomically(path, lambda temporary: table.to_parquet(temporary, engine="pyarrow", index=False))


def _check_traces(traces: xr.Dataset) -> None:
    needed = {"recommendation", "stop_reason", "cohorts", "patients", "dlts", "cohort_size"}
    if missing := sorted(needed - set(traces)):
        raise InputError("traces", got=f"no {', '.join(missing)}", wanted="the result of trial_traces")


def _traces(
    design: Design, scenarios: Sequence[Scenario], uniforms: np.ndarray, progress: Progress
) -> xr.Dataset:
    """One design's trials."""
    prob_outcome = np.stack([scenario.prob_outcome(design.outcome_categories) for scenario in scenarios])
    shape = (len(scenarios), len(uniforms))
    seen = _Cohorts(len(scenarios) * len(uniforms), design.outcome_categories)
    final, end = simulate_trials(design, prob_outcome, uniforms, progress, watch=seen)
    level, counts = seen.by_trial()
    level, counts = level.reshape(*shape, -1), counts.reshape(*shape, -1, design.outcome_categories)
    looks = design.outcome_categories == 3
    moderates = counts[..., 1] if looks else np.full(level.shape, np.nan, dtype=np.float32)
    # Index -1 picks the last entry: no dose.
    labels = np.array([*design.grid.labels, "none"], dtype=object)
    doses = np.array([*design.grid.values, np.nan])
    reasons = np.array([reason.value for reason in StopReason], dtype=object)
    cohort = ("scenario", "trial", "cohort")
    return xr.Dataset(
        {
            "recommendation": (cohort[:2], labels[final.recommendation][end]),
            "stop_reason": (cohort[:2], reasons[final.stop][end]),
            "cohorts": (cohort[:2], final.cohorts.astype(np.int16)[end]),
            "patients": (("scenario", "trial", "dose"), final.counts.sum(axis=-1, dtype=np.int16)[end]),
            "dlts": (("scenario", "trial", "dose"), dlts_in(final.counts)[end]),
            "cohort_dose": (cohort, doses[level]),
            "cohort_size": (cohort, counts.sum(axis=-1, dtype=np.int16)),
            "cohort_dlts": (cohort, dlts_in(counts)),
            "cohort_moderates": (cohort, moderates.astype(np.float32)),
        },
        coords={"cohort": np.arange(1, level.shape[-1] + 1)},
    )


class _Cohorts:
    """Watches trials and takes down what each cohort was given and showed."""

    def __init__(self, trials: int, categories: int) -> None:
        self._before = np.zeros((trials, categories), dtype=np.int16)
        self._given: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def __call__(self, walking: np.ndarray, state: TrialState) -> None:
        total = state.counts.sum(axis=1, dtype=np.int16)
        self._given.append((walking, state.level, total - self._before[walking]))
        self._before[walking] = total

    def by_trial(self) -> tuple[np.ndarray, np.ndarray]:
        """Level index, shape (trials, cohorts), and counts (trials, cohorts, C), -1 and 0 after the end."""
        trials, categories = self._before.shape
        levels = np.full((trials, len(self._given)), NO_DOSE, dtype=np.int16)
        counts = np.zeros((trials, len(self._given), categories), dtype=np.int16)
        for number, (walking, level, shown) in enumerate(self._given):
            levels[walking, number] = level
            counts[walking, number] = shown
        return levels, counts
