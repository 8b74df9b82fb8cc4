"""The usual BLRM, from a grid, a prior and the rules' numbers. Imports PyMC."""

from collections.abc import Sequence

from bayesdose.designs.blrm import BLRM
from bayesdose.grid import DoseGrid
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.priors.mixture import Prior
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.next_dose import MaxTargetProbability
from bayesdose.rules.stopping import StoppingRule

__all__ = ["DECISION_TOLERANCES", "blrm"]

# Most states are decided on the first table; the few near a boundary go on to the next.
DECISION_TOLERANCES = (5e-2, 1e-2, 1e-3, 1e-9)


def blrm(
    grid: DoseGrid,
    prior: Prior,
    *,
    target_interval: tuple[float, float],
    ewoc_cap: float,
    max_patients: int,
    stopping: StoppingRule | None = None,
    cohort_size: int = 3,
    start_level: int = 1,
    tolerances: Sequence[float] = DECISION_TOLERANCES,
) -> BLRM:
    """Two-parameter logistic BLRM with overdose control.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta), its reference dose in the grid's unit.
    target_interval : (float, float)
        Target interval of P(DLT); from its upper end a dose is an overdose.
    ewoc_cap : float
        Posterior probability of an overdose that an admissible dose stays below.
    max_patients : int
        Largest number of patients.
    stopping : StoppingRule, optional
        When to stop earlier, such as ``PatientsAtDose(9)``.
    cohort_size : int, default 3
        Patients in a cohort.
    start_level : int, default 1
        Level number of the first cohort.
    tolerances : sequence of float
        Accuracies of the tables, decreasing.

    Returns
    -------
    BLRM

    Raises
    ------
    InputError
        If a number is out of range.
    """
    next_dose = MaxTargetProbability(*target_interval)
    overdose_control = EWOC(bound=target_interval[1], cap=ewoc_cap)
    tables = tabulate(
        two_parameter_logistic(grid, prior),
        bounds=target_interval,
        max_patients=max_patients,
        tolerances=tolerances,
    )
    return BLRM(
        grid=grid,
        tables=tables,
        overdose_control=overdose_control,
        next_dose=next_dose,
        max_patients=max_patients,
        stopping=stopping,
        cohort_size=cohort_size,
        start_level=start_level,
    )
