"""One root seed a run, which can be recorded and given again."""

import numpy as np

from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Rng

__all__ = ["root_seed"]


def root_seed(rng: Rng) -> int:
    """The seed that a run is made from.

    Parameters
    ----------
    rng : numpy.random.Generator or int, optional
        A whole number is the seed itself, so a recorded seed gives the same run again; a generator,
        or fresh entropy where nothing is given, draws one.

    Raises
    ------
    InputError
        If a number is negative, not whole, or above what result files can hold (2**63 - 1).

    Examples
    --------
    >>> root_seed(7)
    7
    >>> root_seed(np.random.default_rng(7)) == root_seed(np.random.default_rng(7))
    True
    """
    given = conform(rng, Rng, "rng")
    return given if isinstance(given, int) else int(np.random.default_rng(given).integers(2**32))
