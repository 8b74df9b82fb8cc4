"""Which doses a decision table eliminates, also at numbers of patients for which it has no row."""

from functools import cache

import numpy as np

__all__ = ["eliminated_by_rows"]


def eliminated_by_rows(
    rows: tuple[str, ...], patients: np.ndarray, dlts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which counts a table's U eliminates, and for which its rows do not say.

    A row says it for its own number of patients. Without a row it follows from the others where it can: at
    least as many DLTs, and no more patients without one, than in an entry with U eliminate too; at most as
    many DLTs, and no fewer patients without one, than in an entry without U do not. A table without any U
    eliminates nothing.

    Parameters
    ----------
    rows : tuple of str
        As in `DecisionTable`; row n-1 has the letters for n patients.
    patients, dlts : ndarray of int, of one shape
        Counts at a dose; without patients nothing is eliminated.

    Returns
    -------
    eliminated, unknown : ndarray of bool
        Same shape as the counts.

    Examples
    --------
    Three of three eliminate, so 13 of 13 do; two of two are neither more nor less toxic than two of three
    (which do not) and three of three (which do).

    >>> eliminated, unknown = eliminated_by_rows(("", "", "ESDU"), np.array([13, 4, 2]), np.array([13, 2, 2]))
    >>> eliminated.tolist(), unknown.tolist()
    ([True, False, False], [False, False, True])
    """
    fewest, most_kept = _limits(rows, int(patients.max(initial=0)))
    eliminated = (patients > 0) & (dlts >= fewest[patients])
    return eliminated, (patients > 0) & ~eliminated & (dlts > most_kept[patients])


@cache
def _limits(rows: tuple[str, ...], most_patients: int) -> tuple[np.ndarray, np.ndarray]:
    """Fewest DLTs that eliminate and most that do not, by number of patients from 0; shape (N + 1,) each."""
    patients = np.arange(most_patients + 1)
    if "U" not in "".join(rows):
        return patients + 1, patients
    having = np.array([number for number, row in enumerate(rows, start=1) if row])
    # Fewest DLTs with U in each row, one more than its patients where it has no U.
    first = np.array([(rows[number - 1] + "U").index("U") for number in having])
    more, less = (np.maximum(sign * (patients[:, None] - having), 0) for sign in (1, -1))
    eliminating = np.where(first <= having, first + more, most_patients + 1)
    fewest, most_kept = eliminating.min(axis=1), (first - 1 - less).max(axis=1)
    own = having[having <= most_patients]
    fewest[own], most_kept[own] = first[: len(own)], first[: len(own)] - 1
    return fewest, most_kept
