"""Operating characteristics from the ways in which trials end, the same for both engines.

Both engines give end states with a weight in each scenario: a probability (exact) or a frequency
(Monte Carlo). Every characteristic is a weighted sum over them. Frequencies also give each one's
Monte Carlo standard error, and what a truncated graph leaves out gives each one's bounds.
"""

from collections.abc import Sequence

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.rules.mtd import limit_of
from bayesdose.short_rows import across
from bayesdose.simulation.averages import Averages, Variables, row_sums
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.obd_characteristics import add_obd
from bayesdose.simulation.stage_characteristics import add_stages
from bayesdose.simulation.truth import Truth, accuracy, selection_loss
from bayesdose.trial import StopReason

__all__ = ["characteristics", "of_designs"]


def characteristics(
    final: FinalTrials,
    weights: np.ndarray,
    truth: Truth,
    *,
    max_patients: int,
    duration: Duration | None,
    trials: int | None = None,
    lost: np.ndarray | None = None,
    stages: Sequence[int | None] = (),
    at_closed: np.ndarray | None = None,
) -> Variables:
    """Operating characteristics of one design.

    Parameters
    ----------
    final : FinalTrials
        T ways in which trials end.
    weights : ndarray, shape (S, T)
        Probability or frequency of each in S scenarios.
    truth : Truth
        What the doses truly do.
    max_patients : int
        Length of the ``patients`` coordinate, less one.
    duration : Duration, optional
        How long cohorts take; without it no duration is given, nor where regimens have windows of their own.
    trials : int, optional
        Number of simulated trials behind the frequencies; None for exact probabilities.
    lost : ndarray, shape (S,), optional
        Probability of the trials that a truncated graph leaves out, by which the rows of `weights`
        fall short of 1. Values are then averages over the other trials, and each has bounds
        ``<name>_lower`` and ``<name>_upper``, which hold whatever the trials left out were.
    stages : sequence of int or None, optional
        Later stages of the comparison (see `add_stages`); without any there are no variables of stages.
    at_closed : ndarray, shape (S, K, 2), optional
        Expected patients and DLTs at closed doses, which final counts lack.

    Returns
    -------
    dict of str to (dims, array)
        Variables as xarray takes them.
    """
    patients = across(np.add, final.counts.astype(float))
    dlts = dlts_in(final.counts).astype(float)
    total, total_dlts = final.totals.astype(float).T
    num_doses = patients.shape[1]
    closed = np.zeros((len(weights), num_doses, 2)) if at_closed is None else at_closed
    averages = Averages(weights, trials, lost)
    add = averages.add
    # An unfinished trial is neither right nor wrong: its recommendations are apart from a finished one's.
    unfinished = final.stop == StopReason.UNFINISHED.code
    choices = num_doses + 1
    by_choice = averages.by(final.recommendation + 1 + choices * unfinished, 2 * choices)
    choice = np.arange(2 * choices) % choices
    finished = np.arange(2 * choices) < choices

    by_choice.add("selection_probability", ("scenario", "recommendation"), _one_hot(choice, choices))
    dose = ("scenario", "dose")
    add("expected_patients", dose, patients, highest=max_patients, beside=closed[..., 0])
    add("expected_dlts", dose, dlts, highest=max_patients, beside=closed[..., 1])
    sizes = averages.by(total.astype(int), max_patients + 1)
    sizes.add("sample_size_probability", ("scenario", "patients"), np.eye(max_patients + 1))
    add("expected_sample_size", ("scenario",), total, highest=max_patients)
    reasons = averages.by(final.stop, len(StopReason))
    reasons.add("stop_reason_probability", ("scenario", "stop_reason"), np.eye(len(StopReason))[:, 1:])
    # Ends do not know under which regimen each of their cohorts was.
    if duration is not None and duration.windows is None:
        longest = duration.longest_mean(max_patients)
        add("expected_duration", ("scenario",), duration.mean(final), highest=longest)
        averages.add_quantiles("duration_quantile", duration, final)

    side = truth.side
    chosen, none = side[:, choice], choice == 0
    for name, which in (
        ("correct_selection", finished & (chosen == 0)),
        ("overdose_selection", chosen > 0),
        ("underdose_selection", finished & (chosen < 0)),
        ("lower_dose_selection", ~none & finished & (chosen < 0)),
        ("no_dose_selection", none & finished & (chosen < 0)),
    ):
        by_choice.add(name, ("scenario",), which.astype(float))
    for name, values in (("selection_loss", selection_loss(truth)), ("accuracy_index", accuracy(truth))):
        ends = {"lowest": values.min(axis=1), "highest": values.max(axis=1)}
        by_choice.add(name, ("scenario",), values[:, choice], **ends)
    excess = np.maximum(truth.prob_dlt - limit_of(truth.mtd_rule), 0.0)
    most = max_patients * excess.max(axis=1)
    beyond = row_sums(excess, closed[..., 0])
    averages.add_weighed("expected_excess_dlts", excess, patients, most, beyond)

    for name, which in (
        ("proportion_treated_at_mtd", side[:, 1:] == 0),
        ("proportion_overdosed", side[:, 1:] > 0),
    ):
        lacks = row_sums(which, closed[..., 0])
        averages.add_ratio(name, which.astype(float), patients, total, max_patients, lacks)
    each = np.ones((len(weights), 1))
    averages.add_ratio("dlt_rate", each, total_dlts[:, None], total, max_patients)
    add("mean_trial_dlt_rate", ("scenario",), total_dlts / total)
    if truth.obd is not None:
        add_obd(
            averages, by_choice, choice, finished, final, patients, truth.obd, max_patients, closed[..., 0]
        )
    if stages:
        add_stages(add, final, side, stages, max_patients)
    return averages.variables


def of_designs(parts: Sequence[Variables]) -> Variables:
    """The characteristics of several designs, with ``design`` as the first dimension."""
    return {
        name: (("design", *dims), np.stack([part[name][1] for part in parts]))
        for name, (dims, _) in parts[0].items()
    }


def _one_hot(codes: np.ndarray, number: int) -> np.ndarray:
    return (codes[:, None] == np.arange(number)).astype(float)
