"""What becomes of a study's groups, such as indications, as a table."""

import xarray as xr

from bayesdose.report.page.report_table import Column, Table

__all__ = ["groups_table"]

_COLUMNS = (
    Column("scenario", "scenario"),
    Column("group", "group"),
    Column("true_rate", "true rate %", 1, 100),
    Column("stop_probability", "stops %", 1, 100),
    Column("expected_patients", "patients", 1),
    Column("expected_events", "events", 1),
)


def groups_table(groups: xr.Dataset) -> Table:
    """One row for each scenario and group, and in its rows what is of all groups together.

    Parameters
    ----------
    groups : xarray.Dataset
        Result of `group_characteristics`.
    """
    rows = []
    for scenario in groups["scenario"].values:
        one = groups.sel(scenario=scenario)
        for group in one["group"].values:
            values = {column.key: float(one[column.key].sel(group=group)) for column in _COLUMNS[2:]}
            rows.append({"scenario": str(scenario), "group": str(group)} | values)
        together = {
            "stop_probability": "any_stop_probability",
            "expected_patients": "expected_sample_size",
            "expected_events": "expected_total_events",
        }
        values = {key: float(one[name]) for key, name in together.items()}
        rows.append({"scenario": str(scenario), "group": "any, all"} | values)
    assumed = groups.attrs.get("assumptions")
    note = f" Assumed: {assumed}." if assumed else ""
    caption = (
        f"Groups expanded at the chosen dose, exactly, up to {groups.attrs['patients']} patients each: how "
        "often a group stops (a stop at the last patient counts as one), means of its patients and of those "
        "with the event. Last row: how often any group stops, and the sums. "
        f"Stopped: {groups.attrs['monitoring']}.{note}"
    )
    return Table("groups", caption, _COLUMNS, rows, grouped=1)
