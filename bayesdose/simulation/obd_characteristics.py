"""What the recommended dose is worth where response counts: best by utility, too toxic, ineffective."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdose.categories import responses_in
from bayesdose.rules.obd import OBDRule
from bayesdose.simulation.averages import Averages, row_sums
from bayesdose.simulation.final_trials import FinalTrials

__all__ = ["OBDTruth", "add_obd"]


@dataclass(frozen=True, eq=False)
class OBDTruth:
    """True probabilities of outcomes in S scenarios on K doses, and the rule that names the OBD.

    Parameters
    ----------
    prob_outcome : ndarray, shape (S, K, 4)
    rule : OBDRule
    """

    prob_outcome: np.ndarray
    rule: OBDRule

    @property
    def prob_response(self) -> np.ndarray:
        """P(response) at each dose, shape (S, K)."""
        return responses_in(self.prob_outcome)

    @cached_property
    def obds(self) -> np.ndarray:
        """Index of each scenario's OBD, -1 for none; shape (S,)."""
        return self.rule.obd(self.prob_outcome)

    @property
    def side(self) -> np.ndarray:
        """Whether each dose is below the OBD (-1), it (0) or above (1), NaN where there is none; (S, K)."""
        side = np.sign(np.arange(self.prob_outcome.shape[1]) - self.obds[:, None]).astype(float)
        return np.where(self.obds[:, None] < 0, np.nan, side)

    @property
    def loss(self) -> np.ndarray:
        """Utility that recommending no dose, then each dose, loses against the OBD; shape (S, 1 + K).

        No dose is worth a patient with neither a response nor a DLT. Where there is no OBD it loses nothing,
        and a dose loses what it is worth less than that. A dose that is not acceptable may lose less than
        nothing.
        """
        worth = self.rule.worth(self.prob_outcome)
        nothing = np.broadcast_to(self.rule.worth(np.array([1.0, 0.0, 0.0, 0.0])), (len(worth), 1))
        every = np.concatenate([nothing, worth], axis=1)
        return np.take_along_axis(every, self.obds[:, None] + 1, axis=1) - every

    def take(self, scenarios: slice) -> "OBDTruth":
        """Some of the scenarios."""
        return OBDTruth(self.prob_outcome[scenarios], self.rule)


def add_obd(
    averages: Averages,
    by_choice: Averages,
    choice: np.ndarray,
    finished: np.ndarray,
    final: FinalTrials,
    patients: np.ndarray,
    truth: OBDTruth,
    max_patients: int,
    at_closed: np.ndarray,
) -> None:
    """Add what follows from an OBD rule to a design's characteristics.

    Parameters
    ----------
    averages, by_choice : Averages
        Averages over the ends of trials, and over kinds of recommendation.
    choice, finished : ndarray, shape (C,)
        Of each kind, 0 for no dose or the number of the dose, and whether the trial was finished.
    final : FinalTrials
        T ways in which trials end.
    patients : ndarray, shape (T, K)
        Patients of each per dose.
    truth : OBDTruth
        The S scenarios.
    max_patients : int
        Most patients of a trial.
    at_closed : ndarray, shape (S, K)
        Expected patients at closed doses, which final counts lack.
    """
    too_toxic, ineffective = (
        np.concatenate([np.zeros((len(truth.obds), 1)), which(truth.prob_outcome)], axis=1)
        for which in (truth.rule.too_toxic, truth.rule.ineffective)
    )
    right = finished & (choice == truth.obds[:, None] + 1)
    for name, which in (
        ("obd_selection", right),
        ("too_toxic_selection", too_toxic[:, choice]),
        ("ineffective_selection", ineffective[:, choice]),
        ("nothing_recommended", np.broadcast_to(choice == 0, right.shape)),
    ):
        by_choice.add(name, ("scenario",), which.astype(float))
    loss = truth.loss
    ends = {"lowest": loss.min(axis=1), "highest": loss.max(axis=1)}
    by_choice.add("utility_loss", ("scenario",), loss[:, choice], **ends)
    side = truth.side
    for name, where in (("below_obd", side < 0), ("at_obd", side == 0), ("above_obd", side > 0)):
        weigh = np.where(np.isnan(side), np.nan, where)
        most, beyond = max_patients * weigh.max(axis=1), row_sums(weigh, at_closed)
        averages.add_weighed(f"expected_patients_{name}", weigh, patients, most, beyond)
    _add_responses(averages, truth, patients, max_patients, at_closed)
    # Doses that a plan has closed are no longer counted: what was recommended among them is not known.
    there = np.take_along_axis(patients, np.maximum(final.recommendation, 0)[:, None], axis=1)[:, 0]
    known = not np.any((final.recommendation >= 0) & (there == 0))
    at_dose = np.where(final.recommendation >= 0, there, 0.0) if known else np.full(len(there), np.nan)
    averages.add("expected_patients_at_recommended", ("scenario",), at_dose, highest=max_patients)


def _add_responses(
    averages: Averages, truth: OBDTruth, patients: np.ndarray, max_patients: int, at_closed: np.ndarray
) -> None:
    """Expected responses by Wald's identity: P(response) times expected patients, whatever is counted."""
    prob = truth.prob_response
    for kind in ("", "_mcse", "_lower", "_upper"):
        if f"expected_patients{kind}" in averages.variables:
            dims, values = averages.variables[f"expected_patients{kind}"]
            averages.variables[f"expected_responses{kind}"] = (dims, prob * values)
    most, beyond = max_patients * prob.max(axis=1), row_sums(prob, at_closed)
    averages.add_weighed("expected_total_responses", prob, patients, most, beyond)
