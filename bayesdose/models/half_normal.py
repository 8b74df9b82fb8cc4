"""A half-normal variable as a smooth function of a standard normal one, for quadrature and for NUTS."""

import math
from typing import Any

import numpy as np
from scipy.special import erfc, erfcinv

__all__ = ["half_normal", "half_normal_tensor"]

# On its own scale the density ends at zero, and on the log scale it has a long tail: both ask for many more
# nodes than the density of a standard normal.


def half_normal(deviate: np.ndarray, scale: float) -> np.ndarray:
    """Half-normal with this scale at the same quantile as each standard normal deviate."""
    return scale * math.sqrt(2) * erfcinv(erfc(deviate / math.sqrt(2)) / 2)


def half_normal_tensor(deviate: Any, scale: float) -> Any:
    """`half_normal` of a PyTensor variable."""
    import pytensor.tensor as pt

    above: Any = pt.erfc(deviate / math.sqrt(2))
    value: Any = pt.erfcinv(above / 2)
    return scale * math.sqrt(2) * value
