"""Exact posteriors with patients who are still followed, for batches of trials.

A pending patient without a DLT so far has the likelihood ``1 - w P(DLT)``, where the weight w depends on the
steps for which it was followed. There are K doses and W steps, so log(1 - w P(DLT)) at the nodes is a table
like that of known outcomes, and the log posterior of any number of trials is one matrix product.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bayesdose.alike import distinct_rows
from bayesdose.inference.posterior import (
    BatchPosterior,
    PosteriorTable,
    posterior,
    summaries,
    sums_of_weights,
)
from bayesdose.models.densities import log_pending

__all__ = ["FollowUpTable"]


@dataclass(frozen=True, eq=False)
class FollowUpTable:
    """A table of a model, and what pending patients add to it.

    Parameters
    ----------
    table : PosteriorTable
        The tabulated model.
    log_pending : ndarray, shape (K * S, M)
        Log-likelihood of one pending patient at the nodes, by dose and step; S of the steps have a weight.
    steps : ndarray of int, shape (S,)
        Those steps, from 0 to W - 1. A patient of weight 0 is not in the table: it says nothing.
    """

    table: PosteriorTable
    log_pending: np.ndarray
    steps: np.ndarray

    @classmethod
    def of(cls, table: PosteriorTable, weights: np.ndarray) -> Self:
        """The table for weights of patients who were followed for 0, 1, ..., W - 1 steps; shape (W,)."""
        steps = np.flatnonzero(weights)
        prob_dlt = table.features[:, 1 : 1 + table.num_doses].T
        cells = log_pending(prob_dlt[:, None], weights[steps, None].astype(prob_dlt.dtype))
        return cls(table, cells.reshape(-1, len(table.log_prior)), steps)

    def posterior(self, known: np.ndarray, dlts: np.ndarray, pending: np.ndarray) -> BatchPosterior:
        """Posterior summaries of B trials.

        Parameters
        ----------
        known, dlts : ndarray of int, shape (B, K)
            Patients whose outcome is known, and DLTs among them.
        pending : ndarray of int, shape (B, K, W)
            Patients without a DLT so far, by the steps for which they were followed.

        Returns
        -------
        BatchPosterior
            Of a trial without pending patients it is bit for bit that of `posterior`. Pending patients count
            as patients.
        """
        patients = known.sum(axis=1) + pending.sum(axis=(1, 2))
        weighted = pending[..., self.steps].reshape(len(pending), len(self.log_pending))
        with_weight = np.flatnonzero(weighted.any(axis=1))
        found = posterior(self.table, known, dlts)
        if len(with_weight):
            rows = self._with_pending(known[with_weight], dlts[with_weight], weighted[with_weight])
            found = found.with_rows(with_weight, replace(rows, num_patients=patients[with_weight]))
        return replace(found, num_patients=patients)

    def _with_pending(self, known: np.ndarray, dlts: np.ndarray, weighted: np.ndarray) -> BatchPosterior:
        used = np.flatnonzero(weighted.any(axis=0))
        data = np.concatenate([dlts, known - dlts, weighted[:, used]], axis=1)
        first, kind = distinct_rows(data)
        cells = np.concatenate([self.table.log_cells, self.log_pending[used]])
        return summaries(sums_of_weights(self.table, data[first], cells)[0], self.table).take(kind)
