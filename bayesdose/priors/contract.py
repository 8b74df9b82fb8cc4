"""What every prior of the two-parameter logistic model offers."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Prior"]


class Prior(Protocol):
    """A distribution of the dose-toxicity curve ``logit p(d) = log alpha + beta log(d / reference)``."""

    @property
    def reference_dose(self) -> float:
        """Dose at which log alpha is the logit of P(DLT), in the unit of the grid."""
        ...

    @property
    def origin(self) -> str:
        """Where the numbers come from, in words."""
        ...

    def cdf(self, log_ratio: ArrayLike, logit: ArrayLike) -> np.ndarray:
        """Prior probability that logit P(DLT) is below a value, by ``log(dose / reference)``."""
        ...
