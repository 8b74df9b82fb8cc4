"""Results of a study in the terminal."""

import xarray as xr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bayesdose.protocols.protocol import Protocol
from bayesdose.report.page.groups import groups_table
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import (
    OBD_CAPTION,
    TABLE_CAPTION,
    characteristics_table,
    obd_table,
    print_assumptions,
)
from bayesdose.studies.study import Study

__all__ = ["computed_in_words", "show_groups", "show_results"]


def show_results(study: Study, result: xr.Dataset) -> None:
    """Print a study's table and what it rests on.

    Parameters
    ----------
    study : Study
        The study.
    result : xarray.Dataset
        Its result.
    """
    console, protocol = terminal(), study.protocol
    how = computed_in_words(result)
    assumed = "; ASSUMED DOSE GRID" if protocol is not None and protocol.grid_is_assumed else ""
    regimen = "" if protocol is None else f", {result.attrs['regimen']}"
    console.print(f"{study.name}{regimen} ({how}{assumed})", style="bold")
    console.print(characteristics_table(result))
    console.print(TABLE_CAPTION)
    if "obd_selection" in result:
        console.print()
        console.print(obd_table(result))
        console.print(OBD_CAPTION)
        console.print(f"OBD: {result.attrs['obd_rule']}.")
    _show_refinement(console, result)
    if protocol is not None:
        console.print(f"Own design: {protocol.escalation.value}")
    days = result.attrs.get("duration_assumption")
    console.print(f"MTD: {result.attrs['mtd_rule']}." + (f" Days: {days}." if days else ""))
    if protocol is not None:
        _show_regimens(console, protocol, result.attrs["regimen"])
        print_assumptions(console, protocol)


def show_groups(groups: xr.Dataset) -> None:
    """Print what becomes of a study's groups.

    Parameters
    ----------
    groups : xarray.Dataset
        Result of `group_characteristics`.
    """
    console, found = terminal(), groups_table(groups)
    scenario, *columns = found.columns
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("scenario, group", no_wrap=True)
    for column in columns[1:]:
        table.add_column(column.heading, justify="right")
    for rows in found.groups():
        table.add_row(Text(scenario.shown(rows[0][1]), style="bold"))
        for _, row in rows:
            group, *cells = (column.shown(row) for column in columns)
            table.add_row(Text(f"  {group}"), *cells)
    console.print()
    console.print(table)
    console.print(found.caption)


def computed_in_words(result: xr.Dataset) -> str:
    """How a result was computed, and with what error."""
    how = (
        "exact, no Monte Carlo error"
        if result.attrs["method"] == "exact"
        else f"{result.attrs['trials']} simulated trials a row, ± one standard error"
    )
    if result.attrs["unresolved_probability"]:
        how += f"; trials of probability {result.attrs['unresolved_probability']:.2g} left out"
    return how


def _show_regimens(console: Console, protocol: Protocol, shown: str) -> None:
    """Whose DLT window the days are; said only where there is a choice."""
    if len(protocol.regimens) == 1:
        return
    for regimen in protocol.regimens:
        where = "The days are of" if regimen.name == shown else "Not shown:"
        days = f"DLT window {regimen.dlt_window_days.value:g} days"
        console.print(
            f"{where} regimen {regimen.name}, {regimen.schedule.value}, {days}: {regimen.role.value}."
        )


def _show_refinement(console: Console, result: xr.Dataset) -> None:
    """How many decisions of a model-based design were too close to call on its first table."""
    if "refined_states" not in result:
        return
    for design, states in result["refined_states"].to_series().unstack("refinement").iterrows():
        if again := states.iloc[1:].sum():
            console.print(f"{design}: {states.sum()} states decided, {again} of them at higher accuracy.")
    for design, states in result["unsettled_states"].to_series().items():
        if states:
            console.print(f"{design}: {states} further states are too close to call at any accuracy it has.")
