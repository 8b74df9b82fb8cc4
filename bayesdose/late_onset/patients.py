"""Patients of a running trial with their follow-up, and their notation.

``3N@14/28`` is a patient at level 3 without a DLT who was followed for 14 of 28 days; ``3T@9/28`` one whose
DLT came on day 9. Without ``@`` a patient was followed to the end. Words without follow-up may hold several
patients, as in `bayesdose.Outcomes`: ``3NNT``. E and B are N and T with a response seen so far; ``+2E@5/28``
is a patient beside the escalation, at level 2.
"""

import re
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Levels, Whole
from bayesdose.errors import InputError
from bayesdose.late_onset.trials import Backfill
from bayesdose.outcomes import parse_outcomes

__all__ = ["FollowedPatient", "FollowedPatients", "Window", "parse_follow_up"]

_WORD = re.compile(r"([1-9][0-9]{0,3})([NMTEB])@([0-9]+)/([0-9]+)", re.IGNORECASE)
# By DLT and response.
_LETTERS = {(False, False): "N", (False, True): "E", (True, True): "B", (True, False): "T"}
_EXAMPLE = (
    "Write for example '3NNN 3N@14/28 3T': a level, N or T, and after @ the days followed of the window."
)
# Ten years of days.
Window = Annotated[int, at.Ge(1), at.Le(3650)]


@checked_value
class FollowedPatient:
    """A patient of a running trial.

    Parameters
    ----------
    level : int
        Dose level, 1 is the lowest.
    dlt : bool
        Whether a DLT was seen.
    days : int or None
        Days from enrolment for which the patient was followed, or to the DLT; None to the end of the window.
    together : int, default 0
        How many of the next patients stand in one word with this one, a cohort or a part of it.
    response : bool, default False
        Whether a response was seen so far.
    beside : bool, default False
        Whether the patient was enrolled beside the escalation.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    level: Count
    dlt: bool
    days: Whole | None = None
    together: Whole = 0
    response: bool = False
    beside: bool = False


def _inside_the_window(
    patients: "FollowedPatients", field: attrs.Attribute, listed: tuple[FollowedPatient, ...]
) -> None:
    for number, one in enumerate(listed, start=1):
        if one.days is not None and one.days > patients.window:
            what = "a DLT on day" if one.dlt else "a follow-up of"
            fix = (
                "A DLT after the window is none of this trial's: write N."
                if one.dlt
                else "A patient followed to the end of the window or longer is written N alone."
            )
            raise InputError(
                f"patient {number}",
                got=f"{what} {one.days}{'' if one.dlt else ' days'}",
                wanted=f"at most the DLT window of {patients.window} days",
                fix=fix,
            )


@checked_value
class FollowedPatients:
    """The patients of a running trial in the order of their enrolment.

    Parameters
    ----------
    patients : tuple of FollowedPatient
        Patients of the escalation, or beside it; evaluable ones alone.
    window : int
        Days of the DLT window.

    Raises
    ------
    InputError
        If a patient was followed, or had a DLT, after the window.

    Examples
    --------
    >>> patients = parse_follow_up("1NN 1N@14/28")
    >>> patients.window, patients.patients[-1].days
    (28, 14)
    >>> str(patients)
    '1NN 1N@14/28'
    """

    patients: tuple[FollowedPatient, ...] = attrs.field(validator=_inside_the_window)
    window: Window = 28

    def __str__(self) -> str:
        text, goes_on = "", False
        for one in self.patients:
            text += f"{self._word(one)[-1]}" if goes_on else f" {self._word(one)}"
            goes_on = one.together > 0
        return text.strip()

    def _word(self, one: FollowedPatient) -> str:
        followed = "" if one.days is None else f"@{one.days}/{self.window}"
        return f"{'+' * one.beside}{one.level}{_LETTERS[one.dlt, one.response]}{followed}"

    @checked
    def counts(self, num_doses: Levels, until: Whole | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Known outcomes (K, 2), and pending patients by days followed (K, window).

        Parameters
        ----------
        num_doses : int
            Number K of doses on the grid.
        until : int, optional
            Only so many of the first patients.

        Raises
        ------
        InputError
            If a patient was given a level above the grid.
        """
        counts = np.zeros((num_doses, 2), dtype=int)
        pending = np.zeros((num_doses, self.window), dtype=int)
        for number, one in enumerate(self.patients[:until], start=1):
            if one.level > num_doses:
                raise InputError(
                    f"patient {number}",
                    got=self._word(one),
                    wanted=f"dose levels from 1 to {num_doses}, the number of doses on the grid",
                )
            if one.dlt or one.days is None or one.days >= self.window:
                counts[one.level - 1, int(one.dlt)] += 1
            else:
                pending[one.level - 1, one.days] += 1
        return counts, pending

    def beside(self, num_doses: int, until: int | None = None) -> Backfill:
        """Patients beside the escalation, and all responses; of one trial, as by `counts`."""
        patients, responses = np.zeros((2, 1, num_doses), dtype=int)
        pending = np.zeros((1, num_doses, self.window), dtype=int)
        for one in self.patients[:until]:
            responses[0, one.level - 1] += one.response
            patients[0, one.level - 1] += one.beside
            if one.beside and not one.dlt and one.days is not None and one.days < self.window:
                pending[0, one.level - 1, one.days] += 1
        return Backfill(patients, pending, responses)


@checked
def parse_follow_up(text: str, window: Window | None = None) -> FollowedPatients:
    """Read patients written as ``3NNN 3N@14/28 3T``.

    Parameters
    ----------
    text : str
        Patients in the order of their enrolment, white space between them: a level and a letter, and after
        ``@`` the days followed of the window. N and M are without a DLT; X is not evaluable and left out. E
        and B are without and with a DLT and have shown a response. A word that begins with ``+`` is of
        patients beside the escalation.
    window : int, optional
        Days of the DLT window, where no word says it; 28 if nothing does.

    Returns
    -------
    FollowedPatients
        The patients.

    Raises
    ------
    InputError
        If a word cannot be read, a patient was followed, or had a DLT, after the window, or windows differ.

    Examples
    --------
    >>> parse_follow_up("3N 3N@14/28 3T@9/28").patients[2]
    FollowedPatient(level=3, dlt=True, days=9, together=0, response=False, beside=False)
    """
    patients, windows = [], [] if window is None else [window]
    for written in text.split():
        word = written.removeprefix("+")
        aside = word != written
        if "@" in word:
            match = _WORD.fullmatch(word)
            if match is None:
                raise InputError("outcomes", got=written, wanted="one patient with follow-up", fix=_EXAMPLE)
            letter, days = match[2].upper(), int(match[3])
            patients.append(_patient(int(match[1]), letter, days=days, beside=aside))
            windows.append(int(match[4]))
            continue
        cohort = parse_outcomes(word)
        if cohort.outside or any(cohort.regimens):
            raise InputError(
                "outcomes", got=written, wanted="patients of the escalation, of one regimen", fix=_EXAMPLE
            )
        ((level, letters),) = cohort.cohorts
        letters = letters.replace("X", "")
        patients += [
            _patient(level, letter, together=len(letters) - position, beside=aside)
            for position, letter in enumerate(letters, start=1)
        ]
    if len(set(windows)) > 1:
        raise InputError(
            "DLT window",
            got=f"{', '.join(map(str, sorted(set(windows))))} days",
            wanted="one for all patients",
        )
    return FollowedPatients(tuple(patients), *windows[:1])


def _patient(
    level: int, letter: str, *, beside: bool, days: int | None = None, together: int = 0
) -> FollowedPatient:
    return FollowedPatient(level, letter in "TB", days, together, response=letter in "EB", beside=beside)
