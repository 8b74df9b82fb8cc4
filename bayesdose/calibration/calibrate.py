"""Parameters of a design over values, judged by exact characteristics over scenarios."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Annotated, Any

import annotated_types as at

from bayesdose.calibration.by_path import varied_design
from bayesdose.calibration.judge import judged
from bayesdose.calibration.result import Calibration
from bayesdose.calibration.settings import Setting, settings_of
from bayesdose.calibration.shared_posteriors import SharedTables
from bayesdose.calibration.wishes import Constraint, Objective
from bayesdose.checks.arguments import checked
from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Count, Positive, Rng
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress, span
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import Exact

__all__ = ["calibrate"]

# Making a design takes about so much of the time that its characteristics take.
_MAKING = 0.1


@checked
def calibrate(
    design: Any,
    over: Annotated[Mapping[str, Any], at.MinLen(1)],
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)],
    *,
    mtd_rule: MTDRule,
    objective: str | Annotated[Sequence[str], at.MinLen(1)] = "maximise mean correct_selection",
    constraints: str | Sequence[str] = (),
    sample: Count | None = None,
    rng: Rng = None,
    method: Exact = Exact(),
    dlt_window: Positive | None = None,
    executor: Executor | None = None,
    checkpoint: Path | str | None = None,
    progress: Progress = no_progress,
) -> Calibration:
    """Try a design's parameters over values and choose by exact operating characteristics.

    Nothing is simulated, so the best of a thousand designs is not the luckiest one. Posteriors are computed
    once for all designs that leave the model and the bounds that it is asked for alone.

    Parameters
    ----------
    design : callable or Design
        Makes a design from the parameters, such as ``lambda cap: bd.blrm(..., ewoc_cap=cap)``; or a design
        of the package, whose parameters are then paths in its saved form, such as ``"max_patients"`` or
        ``"stopping.any_of.1.number"``.
    over : mapping of str to values
        For each parameter a list of values, a mapping of names to values (priors, rules), or a range
        ``{"from": 0.2, "to": 0.4, "number": 5}``. Every combination is tried.
    scenarios : sequence of Scenario
        True curves, on the designs' grid.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    objective : str or sequence of str
        ``"maximise ..."``, ``"minimise ..."`` or ``"bring ... to NUMBER"`` with a measure: ``mean``,
        ``worst`` or ``geometric mean``, a characteristic of `operating_characteristics`, and ``in`` with
        names of scenarios if not all are meant; one scenario needs no mean. A characteristic with a number
        for each dose or reason takes it in brackets: ``selection_probability[none] in too toxic``. Of
        several, the first chooses, the next decide between equal ones, and all make the Pareto front.
    constraints : str or sequence of str
        A measure, ``<=`` or ``>=``, and a number, such as ``"worst overdose_selection <= 0.3"``. The worst
        scenario is the one furthest towards the limit.
    sample : int, optional
        How many combinations to try, drawn without replacement; all by default.
    rng : numpy.random.Generator or int, optional
        Draws them.
    method : Exact, optional
        Whether rare trials may be left out, and what memory may be used.
    dlt_window : float, optional
        Days that a cohort is followed, for ``expected_duration``.
    executor : concurrent.futures.Executor, optional
        Who computes, such as `worker_processes`; by default this process. The result is the same.
    checkpoint : path, optional
        Folder for finished parts. A run that was killed is resumed by the same call.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    Calibration
        ``tried`` is a dataset with all designs; ``chosen`` the best one that meets the constraints.

    Raises
    ------
    InputError
        If a parameter, characteristic or scenario is unknown, a parameter has no values, no setting makes a
        design, or an argument is of another type.
    GraphTooLargeError
        If a graph does not fit in its memory.
    SimulationError
        If a part of the work fails twice.

    References
    ----------
    Cheung YK (2011). Dose Finding by the Continual Reassessment Method. Chapman and Hall, chapter 7: a
    design's parameters by its average correct selection over scenarios.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 3, 10), "mg")
    >>> rule = bd.rules.HighestBelow(0.33)
    >>> found = calibrate(
    ...     lambda target: bd.boin(grid, target=target, max_patients=12),
    ...     {"target": (0.2, 0.25, 0.3)},
    ...     bd.scenarios.builtin_scenarios(grid, rule),
    ...     mtd_rule=rule,
    ...     constraints="mean overdose_selection <= 0.2",
    ... )
    >>> found.parameters
    {'target': 0.3}
    """
    names = [scenario.name for scenario in scenarios]
    objectives = tuple(Objective.parse(one, names) for one in _texts(objective))
    limits = tuple(Constraint.parse(one, names) for one in _texts(constraints))
    settings = settings_of(over, sample, rng)
    designs, refused = _designs(_maker(design, over), settings, span(progress, 0.0, _MAKING))
    kept = {str(setting): setting for setting in settings if str(setting) in designs}
    tried = judged(
        designs,
        kept,
        scenarios,
        mtd_rule=mtd_rule,
        objectives=objectives,
        constraints=limits,
        method=method,
        dlt_window=dlt_window,
        executor=executor,
        checkpoint=None if checkpoint is None else Path(checkpoint),
        progress=span(progress, _MAKING, 1.0),
    )
    return Calibration(
        tried,
        designs,
        kept,
        objectives,
        limits,
        tuple(scenarios),
        mtd_rule,
        refused,
        method,
        dlt_window,
    )


def _texts(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _maker(design: Any, over: Mapping[str, Any]) -> Callable[..., Any]:
    given = conform(design, Callable | Design, "calibrate, design")
    return given if callable(given) else varied_design(given, over)


def _designs(
    make: Callable[..., Any], settings: Sequence[Setting], progress: Progress
) -> tuple[dict[str, Design], dict[str, str]]:
    """The design of each setting, and why the others make none.

    Raises
    ------
    InputError
        If none makes one, or what is made is no design.
    """
    designs: dict[str, Design] = {}
    refused: dict[str, InputError] = {}
    tables = SharedTables(remember=False)
    for number, setting in enumerate(settings, start=1):
        try:
            made = make(**setting.values)
        except InputError as error:
            refused[str(setting)] = error
        except TypeError as error:
            raise InputError(
                "calibrate, design",
                got=f"{error}, called with {', '.join(setting.values)}",
                wanted="a function whose parameters are those of `over`",
            ) from error
        else:
            design = conform(made, Design, f"calibrate, design made from {setting}")
            designs[str(setting)] = tables.give(design)
        progress(number / len(settings))
    if not designs:
        raise next(iter(refused.values()))
    return designs, {name: str(error) for name, error in refused.items()}
