"""The curve of a one-parameter model as a function of its parameter, in numpy alone.

A plug-in estimate is the curve at the posterior mean of the parameter, which lies between nodes. So
the curve that PyMC gives at many values is interpolated, and the model stays written once.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

__all__ = ["PLUG_IN_SITES", "PlugInCurve"]

# Splines of degree 7 on steps of some 0.02 standard deviations are good to about 1e-12.
_DEGREE = 7
PLUG_IN_SITES = 1601


@dataclass(frozen=True, eq=False)
class PlugInCurve:
    """``log(-log P(DLT))`` at each dose as a spline in the parameter.

    On that scale the power model is a straight line in theta and the logistic one nearly so, and
    both ends of (0, 1) are resolved.

    Parameters
    ----------
    knots : ndarray, shape (T,)
    coefficients : ndarray, shape (T - 8, K)
    """

    knots: np.ndarray
    coefficients: np.ndarray

    @classmethod
    def through(cls, parameter: np.ndarray, log_prob_dlt: np.ndarray) -> Self:
        """The curve through values at S different parameters: (S,) and log P(DLT) of shape (S, K)."""
        from scipy.interpolate import make_interp_spline

        # Where P(DLT) rounds to one its log is zero: the curve is flat there.
        values = np.log(np.maximum(-log_prob_dlt, np.finfo(float).tiny))
        order = np.argsort(parameter)
        spline = make_interp_spline(parameter[order], values[order], k=_DEGREE)
        return cls(spline.t, spline.c)

    def __call__(self, parameter: np.ndarray) -> np.ndarray:
        """P(DLT) at every dose for given values of the parameter; shape (B, K) from (B,)."""
        # Here, because few designs have plug-in estimates, and scipy's splines take long to import.
        from scipy.interpolate import BSpline

        return np.exp(-np.exp(BSpline(self.knots, self.coefficients, _DEGREE)(parameter)))
