"""Results of a study on disk: tables, a figure and where they come from."""

from pathlib import Path

import pandas as pd
import xarray as xr

from bayesdose.files import write_atomically
from bayesdose.plots.save import save_png
from bayesdose.plots.selection import plot_selection
from bayesdose.studies.findings import check_designs, findings_frame
from bayesdose.studies.provenance import protocol_record, write_json
from bayesdose.studies.study import Study
from bayesdose.versions import package_versions

__all__ = ["write_netcdf", "write_results"]


def write_results(study: Study, result: xr.Dataset, folder: Path, groups: xr.Dataset | None = None) -> None:
    """Write a study's outputs and their provenance to a folder.

    Parameters
    ----------
    study : Study
        The study.
    result : xarray.Dataset
        Its result.
    folder : Path
        Folder to write to.
    groups : xarray.Dataset, optional
        What becomes of its groups, where it has any.
    """
    for output in study.outputs:
        if output in _GROUP_WRITERS:
            if groups is not None:
                _GROUP_WRITERS[output](study, groups, folder / output)
            continue
        if output == "findings.csv" and not study.findings:
            continue
        _WRITERS[output](study, result, folder / output)
    write_json(folder / "provenance.json", _provenance(study, result))


def write_netcdf(result: xr.Dataset, path: Path) -> None:
    """Write a dataset to a netCDF file, whole or not at all."""
    write_atomically(path, lambda temporary: _fill_netcdf(result, temporary))


def _write_netcdf(study: Study, result: xr.Dataset, path: Path) -> None:
    write_netcdf(result, path)


def _fill_netcdf(result: xr.Dataset, path: Path) -> None:
    """As ``to_netcdf`` does, which imports distributed first, where it is installed, to ask for a cluster."""
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    with h5netcdf.File(path, "w") as file:
        result.dump_to_store(H5NetCDFStore(file, mode="w"))


def _write_characteristics(study: Study, result: xr.Dataset, path: Path) -> None:
    """One row for each design and scenario."""
    names = [name for name, variable in result.items() if variable.dims == ("design", "scenario")]
    _write_csv(path, result[names].to_dataframe(), study.note)


def _write_selection(study: Study, result: xr.Dataset, path: Path) -> None:
    _write_csv(path, result[["selection_probability"]].to_dataframe(), study.note)


def _write_figure(study: Study, result: xr.Dataset, path: Path) -> None:
    save_png(plot_selection(result, note=study.note), path)


def _write_findings(study: Study, result: xr.Dataset, path: Path) -> None:
    """One row for each finding of each design."""
    _write_csv(path, findings_frame(study, check_designs(study)), study.note)


def _write_groups(study: Study, groups: xr.Dataset, path: Path) -> None:
    """One row for each scenario and group; what is of all groups together stands in each of its rows."""
    number = "stopped_groups_probability"  # a distribution, which a row does not hold
    assumed = groups.attrs.get("assumptions")
    words = f"Assumed of its groups: {assumed}." if assumed else ""
    note = " ".join(filter(None, (study.note, words)))
    _write_csv(path, groups.drop_vars([number, "stopped"]).to_dataframe(), note)


_GROUP_WRITERS = {"groups.nc": _write_netcdf, "groups.csv": _write_groups}
_WRITERS = {
    "characteristics.nc": _write_netcdf,
    "characteristics.csv": _write_characteristics,
    "selection.csv": _write_selection,
    "selection.png": _write_figure,
    "findings.csv": _write_findings,
}


def _provenance(study: Study, result: xr.Dataset) -> dict[str, object]:
    protocol = {} if study.protocol is None else protocol_record(study.protocol, study.regimen)
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


def _write_csv(path: Path, table: pd.DataFrame, note: str) -> None:
    """A table under a comment line that carries the assumptions (``pandas.read_csv(..., comment="#")``)."""
    text = f"# {note}\n{table.to_csv()}"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
