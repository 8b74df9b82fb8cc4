"""What a design asks of a tabulated model: the posterior of P(DLT) for a batch of counts."""

from typing import Protocol

import numpy as np

from bayesdose.inference.posterior import BatchPosterior, Needs

__all__ = ["TreatmentTable"]


class TreatmentTable(Protocol):
    """A tabulated model of P(DLT) at K doses or treatments.

    `PosteriorTable` is one; models of several regimens have others. All are frozen values in numpy alone.
    """

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) for which ``P(P(DLT) < bound)`` is known."""
        ...

    @property
    def max_patients(self) -> int:
        """Number of patients up to which `error` was checked."""
        ...

    @property
    def error(self) -> float:
        """Largest error of a probability or of a mean on probe data sets of up to `max_patients`."""
        ...

    @property
    def num_doses(self) -> int:
        """Number K of doses or treatments."""
        ...

    def offers(self, needs: Needs) -> bool:
        """Whether posteriors of this table hold all that is needed."""
        ...

    def posterior(self, patients: np.ndarray, dlts: np.ndarray) -> BatchPosterior:
        """Posterior summaries for a batch of data sets: patients and DLTs, each of shape (B, K)."""
        ...
