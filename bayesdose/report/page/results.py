"""A study's scenarios and results as tables."""

from collections.abc import Iterator, Sequence
from typing import Any

import xarray as xr

from bayesdose.report.page.report_table import ERRORS, Column, Table
from bayesdose.scenarios.scenario import Scenario

__all__ = ["result_tables", "scenario_tables"]

_SELECTION = (
    Column("correct_selection", "MTD %", 1, 100),
    Column("lower_dose_selection", "below %", 1, 100),
    Column("no_dose_selection", "none %", 1, 100),
    Column("overdose_selection", "above %", 1, 100),
    Column("accuracy_index", "accuracy index", 3),
    Column("selection_loss", "loss", 3),
    Column("expected_sample_size", "patients", 1),
    Column("expected_duration", "days", 0),
)
_ALLOCATION = (
    Column("proportion_treated_at_mtd", "treated at MTD %", 1, 100),
    Column("proportion_overdosed", "treated above %", 1, 100),
    Column("expected_excess_dlts", "excess DLTs", 2),
    Column("incoherent_probability", "incoherent %", 1, 100),
    Column("dlt_rate", "DLT %", 1, 100),
    Column("mean_trial_dlt_rate", "mean DLT % of trials", 1, 100),
)
_OBD = (
    Column("obd_selection", "OBD %", 1, 100),
    Column("too_toxic_selection", "too toxic %", 1, 100),
    Column("ineffective_selection", "ineffective %", 1, 100),
    Column("nothing_recommended", "none %", 1, 100),
    Column("utility_loss", "utility lost", 2),
    Column("expected_patients_at_recommended", "patients there", 1),
)
_OBD_PATIENTS = (
    Column("expected_patients_below_obd", "below OBD", 1),
    Column("expected_patients_at_obd", "at OBD", 1),
    Column("expected_patients_above_obd", "above OBD", 1),
    Column("expected_total_responses", "responses", 1),
)
_OBD_WORDS = (
    "Where response counts. OBD, too toxic, ineffective, none: % of trials that recommend the optimal "
    "biological dose, a dose that is too toxic, one with too few responses (a dose may be both), none. "
    "Utility lost: mean difference of the recommended dose's expected utility from that of the OBD. Patients "
    "there: mean number at the recommended dose."
)
_OBD_PATIENTS_WORDS = "Patients below, at and above the optimal biological dose (OBD), and responses: means."
_SELECTION_WORDS = (
    "Operating characteristics. MTD, below, none, above: % of trials that recommend the true MTD, a lower "
    "dose, none though there is an MTD, a higher dose. Recommending none is correct where no dose is the MTD "
    "(every dose is above it there). Loss: mean distance in P(DLT) of the recommended dose from the MTD. "
    "Means of patients and days."
)
_ALLOCATION_WORDS = (
    "Allocation and DLTs. % of patients treated at the true MTD and above it, and with a DLT; DLTs beyond "
    "those that the MTD rule's limit would allow; % of trials that go up right after a cohort with DLTs at "
    "the limit or more; mean of the trials' % of patients with a DLT."
)
_PLACE = (Column("scenario", "scenario"), Column("mtd", "MTD"), Column("design", "design"))


def scenario_tables(scenarios: Sequence[Scenario], mtd: Sequence[str]) -> list[Table]:
    """True P(DLT), and P(moderate toxicity) and P(response) where given; the MTD's cells are marked.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The scenarios.
    mtd : sequence of str
        Label of each one's MTD, or none.
    """
    grid = scenarios[0].grid
    columns = (
        Column("scenario", "scenario"),
        Column("mtd", f"MTD ({grid.unit})"),
        *(Column(f"dose {label}", label, 3) for label in grid.labels),
    )
    tables = []
    for name, what, curves in (
        ("scenarios", "DLT", [one.prob_dlt for one in scenarios]),
        ("scenarios-moderate", "moderate toxicity", [one.prob_moderate for one in scenarios]),
        ("scenarios-response", "response", [one.prob_response for one in scenarios]),
    ):
        if any(curve is None for curve in curves):
            continue
        rows = [
            {"scenario": one.name, "mtd": dose}
            | {f"dose {label}": p for label, p in zip(grid.labels, curve or (), strict=True)}
            for one, dose, curve in zip(scenarios, mtd, curves, strict=True)
        ]
        marked = frozenset((number, f"dose {dose}") for number, dose in enumerate(mtd) if dose != "none")
        caption = f"True probability of {what} at each dose ({grid.unit}); the true MTD in bold."
        tables.append(Table(name, caption, columns, rows, marked=marked))
    return tables


def result_tables(result: xr.Dataset) -> list[Table]:
    """Characteristics, selection, patients, DLTs and stops; differences where they were simulated."""
    unit = result["dose"].attrs["units"]
    error = _error_words(result)
    labels = [str(label) for label in result["recommendation"].values]
    tables = [
        _measures(result, "characteristics", _SELECTION_WORDS + error, _SELECTION),
        _measures(result, "allocation", _ALLOCATION_WORDS + error, _ALLOCATION),
    ]
    if "obd_selection" in result:
        words = f"{_OBD_WORDS} OBD: {result.attrs['obd_rule']}.{error}"
        tables.append(_measures(result, "obd", words, _OBD, "obd"))
        words = _OBD_PATIENTS_WORDS + error
        tables.append(_measures(result, "obd-patients", words, _OBD_PATIENTS, "obd"))
    for name, variable, dim, what, decimals, factor in (
        ("selection", "selection_probability", "recommendation", "Probability (%) of recommending", 1, 100),
        ("patients", "expected_patients", "dose", "Expected number of patients at", 2, 1),
        ("dlts", "expected_dlts", "dose", "Expected number of DLTs at", 2, 1),
    ):
        over = labels if dim == "recommendation" else labels[1:]
        caption = f"{what} each dose ({unit}); the true MTD in bold.{error}"
        tables.append(_by_dose(result, variable, dim, over, name, caption, decimals, factor))
    tables.append(_stops(result, error))
    if "correct_selection_difference" in result and result.sizes["design"] > 1:
        tables.append(_differences(result))
    return tables


def _measures(
    result: xr.Dataset, name: str, caption: str, columns: Sequence[Column], right: str = "mtd"
) -> Table:
    """Measures of each design and scenario, beside the dose that is `right` there."""
    shown = [column for column in columns if column.key in result and _known(result[column.key])]
    rows = [
        place | {right: str(one[right].item())} | _cells(one, [column.key for column in shown])
        for place, one in _places(result)
    ]
    scenario, _, design = _PLACE
    places = (scenario, Column(right, right.upper()), design)
    return Table(name, caption, (*places, *shown), rows, grouped=2)


def _error_words(result: xr.Dataset) -> str:
    if "correct_selection_mcse" in result:
        return " ±: one Monte Carlo standard error."
    if "correct_selection_lower" in result:
        return " In brackets: bounds that hold whatever the trials left out were."
    return " Exact."


def _known(variable: xr.DataArray) -> bool:
    """Whether any value is one: the accuracy index is undefined for an MTD rule without a target."""
    return bool(variable.notnull().any())


def _places(result: xr.Dataset) -> Iterator[tuple[dict[str, Any], xr.Dataset]]:
    """Scenario, MTD and design of each row, and the results there."""
    for scenario in range(result.sizes["scenario"]):
        for design in range(result.sizes["design"]):
            one = result.isel(scenario=scenario, design=design)
            yield {key: str(one[key].item()) for key in ("scenario", "mtd", "design")}, one


def _with_errors(result: xr.Dataset, variable: str) -> list[str]:
    return [name for name in (variable, *(variable + error for error in ERRORS)) if name in result]


def _cells(one: xr.Dataset, names: Sequence[str]) -> dict[str, float]:
    return {key: float(one[key]) for name in names for key in _with_errors(one, name)}


def _by_dose(
    result: xr.Dataset,
    variable: str,
    dim: str,
    labels: Sequence[str],
    name: str,
    caption: str,
    decimals: int,
    factor: float,
) -> Table:
    """A variable over doses, a column each."""
    rows, marked = [], set()
    names = _with_errors(result, variable)
    for number, (place, one) in enumerate(_places(result)):
        if place["mtd"] in labels:
            marked.add((number, _key(place["mtd"])))
        rows.append(
            place
            | {
                _key(label) + name.removeprefix(variable): float(one[name][index])
                for name in names
                for index, label in enumerate(labels)
            }
        )
    columns = [Column(_key(label), label, decimals, factor) for label in labels]
    return Table(name, caption, (*_PLACE, *columns), rows, grouped=2, marked=frozenset(marked))


def _key(label: str) -> str:
    return label if label == "none" else f"dose {label}"


def _stops(result: xr.Dataset, error: str) -> Table:
    """Why trials end; reasons that no trial has are left out."""
    ever = (result["stop_reason_probability"] > 0).any(["design", "scenario"])
    names = _with_errors(result, "stop_reason_probability")
    reasons = [str(reason) for reason in result["stop_reason"].values[ever.values]]
    rows = [
        place
        | {
            reason + name.removeprefix(names[0]): float(one[name].sel(stop_reason=reason))
            for name in names
            for reason in reasons
        }
        for place, one in _places(result)
    ]
    columns = [Column(reason, reason, 1, 100) for reason in reasons]
    return Table("stops", f"Why trials end (% of trials).{error}", (*_PLACE, *columns), rows, grouped=2)


def _differences(result: xr.Dataset) -> Table:
    """Each design less the first, on the same patients."""
    reference = str(result["design"].values[0])
    shown = [
        Column(f"{column.key}_difference", column.heading, column.decimals, column.factor)
        for column in (*_SELECTION, *_ALLOCATION)
        if f"{column.key}_difference" in result
    ]
    against = result.isel(design=slice(1, None), other_design=0)
    caption = (
        f"Differences from {reference} on the same simulated patients, in points of % where headings say %. "
        "±: one Monte Carlo standard error, which knows of the pairing."
    )
    rows = [place | _cells(one, [column.key for column in shown]) for place, one in _places(against)]
    return Table("differences", caption, (*_PLACE, *shown), rows, grouped=2)
