"""How many patients a stopping rule lets a dose have."""

import math
from typing import Any

from bayesdose.rules.patients_near import PatientsNearDose
from bayesdose.rules.stopping import AllOf, AnyOf, PatientsAtDose, PatientsInTrial

__all__ = ["enough_at_dose"]


def enough_at_dose(rule: Any) -> float:
    """Patients at a dose from which on it gets no more, by this stopping rule; infinite without such a limit.

    Examples
    --------
    >>> enough_at_dose(PatientsAtDose(9) | PatientsInTrial(30))
    9
    >>> enough_at_dose(PatientsAtDose(9) & PatientsInTrial(15))
    15
    """
    if isinstance(rule, PatientsAtDose | PatientsNearDose | PatientsInTrial):
        return rule.number
    if isinstance(rule, AnyOf):
        return min(map(enough_at_dose, rule.rules))
    if isinstance(rule, AllOf):
        return max(map(enough_at_dose, rule.rules))
    return math.inf
