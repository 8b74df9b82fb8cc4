"""Results of a study: on paper and on disk."""

from pathlib import Path

import xarray as xr
from rich.console import Console

from bayesdose.files import write_atomically
from bayesdose.plots.selection import plot_selection
from bayesdose.report.files import package_versions, protocol_record, write_json
from bayesdose.report.tables import TABLE_CAPTION, characteristics_table, print_assumptions
from bayesdose.report.terminal import terminal
from bayesdose.studies.study import Study

__all__ = ["show_results", "write_results"]


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
    how = (
        "exact, no Monte Carlo error"
        if result.attrs["method"] == "exact"
        else f"{result.attrs['trials']} simulated trials a row, ± one standard error"
    )
    if result.attrs["unresolved_probability"]:
        how += f"; trials of probability {result.attrs['unresolved_probability']:.2g} left out"
    assumed = "; ASSUMED DOSE GRID" if protocol is not None and protocol.grid_is_assumed else ""
    regimen = "" if protocol is None else f", {protocol.regimens[0].name}"
    console.print(f"{study.name}{regimen} ({how}{assumed})", style="bold")
    console.print(characteristics_table(result))
    console.print(TABLE_CAPTION)
    _show_refinement(console, result)
    if protocol is not None:
        console.print(f"Own design: {protocol.design.words.value}")
    days = result.attrs.get("duration_assumption")
    console.print(f"MTD: {result.attrs['mtd_rule']}." + (f" Days: {days}." if days else ""))
    if protocol is not None:
        print_assumptions(console, protocol)


def write_results(study: Study, result: xr.Dataset, folder: Path) -> None:
    """Write a study's outputs and their provenance to a folder.

    Parameters
    ----------
    study : Study
        The study.
    result : xarray.Dataset
        Its result.
    folder : Path
        Folder to write to.
    """
    for output in study.outputs:
        _WRITERS[output](study, result, folder / output)
    write_json(folder / "provenance.json", _provenance(study, result))


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


def _write_netcdf(study: Study, result: xr.Dataset, path: Path) -> None:
    write_atomically(path, lambda temporary: result.to_netcdf(temporary, engine="h5netcdf"))


def _write_characteristics(study: Study, result: xr.Dataset, path: Path) -> None:
    """One row for each design and scenario."""
    names = [name for name, variable in result.items() if variable.dims == ("design", "scenario")]
    _write_csv(path, result[names], _note(study, result))


def _write_selection(study: Study, result: xr.Dataset, path: Path) -> None:
    _write_csv(path, result[["selection_probability"]], _note(study, result))


def _write_figure(study: Study, result: xr.Dataset, path: Path) -> None:
    figure = plot_selection(result, note=_note(study, result))
    write_atomically(path, lambda temporary: figure.savefig(temporary, dpi=150))


_WRITERS = {
    "characteristics.nc": _write_netcdf,
    "characteristics.csv": _write_characteristics,
    "selection.csv": _write_selection,
    "selection.png": _write_figure,
}


def _note(study: Study, result: xr.Dataset) -> str:
    """What stands on every table and figure."""
    assumptions = result.attrs.get("assumptions")
    name = study.name if study.protocol is None else study.protocol.name
    return f"{name}. {assumptions}" if assumptions else f"{name}."


def _provenance(study: Study, result: xr.Dataset) -> dict[str, object]:
    protocol = {} if study.protocol is None else protocol_record(study.protocol)
    stated = {} if not study.content else {"content": study.content}
    return {
        **protocol,
        **{key: value for key, value in result.attrs.items() if key not in ("assumptions", "versions")},
        "designs": dict(
            zip(result["design"].values.tolist(), result["design_hash"].values.tolist(), strict=True)
        ),
        "versions": package_versions(),
        **stated,
    }


def _write_csv(path: Path, table: xr.Dataset, note: str) -> None:
    """A table under a comment line that carries the assumptions (``pandas.read_csv(..., comment="#")``)."""
    text = f"# {note}\n{table.to_dataframe().to_csv()}"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
