"""One root seed a run, which can be recorded and given again."""

import operator

import numpy as np

from bayesdose.errors import InputError

__all__ = ["root_seed"]


def root_seed(rng: np.random.Generator | int | None) -> int:
    """The seed that a run is made from.

    Parameters
    ----------
    rng : numpy.random.Generator or int, optional
        A whole number is the seed itself, so a recorded seed gives the same run again; a generator,
        or fresh entropy where nothing is given, draws one.

    Raises
    ------
    InputError
        If a number is negative or not whole.

    Examples
    --------
    >>> root_seed(7)
    7
    >>> root_seed(np.random.default_rng(7)) == root_seed(np.random.default_rng(7))
    True
    """
    if rng is None or isinstance(rng, np.random.Generator):
        return int(np.random.default_rng(rng).integers(2**32))
    try:
        seed = operator.index(rng)
    except TypeError:
        seed = -1
    if seed < 0:
        raise InputError("rng", got=rng, wanted="a whole number from 0, a numpy.random.Generator, or None")
    return seed
