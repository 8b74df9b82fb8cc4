"""Comparison with a published table of pathways, in dtpcrm's layout; see `check_published`.

>>> from bayesdose.designs.three_plus_three import ThreePlusThree
>>> from bayesdose.grid import DoseGrid
>>> from bayesdose.simulation.pathways import pathways
>>> result = pathways(ThreePlusThree(DoseGrid.of_levels(2), "no-deescalation"), cohorts=1)
>>> rows = [{"dose_1": "1", "dlts_1": str(dlts)} for dlts in range(4)]
>>> check_published(result, [row | {"dose_2": dose} for row, dose in zip(rows, ["2", "1", "STOP", "STOP"])])
4
"""

import xarray as xr

__all__ = ["check_published"]


def check_published(result: xr.Dataset, rows: list[dict[str, str]]) -> int:
    """Check that pathways are exactly those of a published table; return how many differ from each other.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways` for D cohorts.
    rows : list of dict
        ``dose_1``, ``dlts_1``, ..., ``dose_D``, ``dlts_D``, ``dose_<D + 1>``: the labels of the doses,
        STOP from where the trial stops, and the numbers of DLTs. dtpcrm repeats a pathway that stops
        early for all that might have been seen afterwards, with NA for the DLTs; here it is one.

    Raises
    ------
    AssertionError
        If a pathway of one is not one of the other; the message names all of them.
    """
    number = result.sizes["cohort"]
    names = [f"{name}_{cohort + 1}" for cohort in range(number) for name in ("dose", "dlts")]
    published = {tuple(row[name] for name in [*names, f"dose_{number + 1}"]) for row in rows}
    ours = set()
    for pathway in range(result.sizes["pathway"]):
        one = result.isel(pathway=pathway)
        steps = []
        for cohort in range(number):
            treated = one["patients"].values[cohort] > 0
            dlts = str(one["patients_with"].sel(outcome="DLT").values[cohort]) if treated else "NA"
            steps += [str(one["dose_given"].values[cohort]), dlts]
        ours.add((*steps, str(one["next_dose"].item())))
    assert ours == published, f"only here: {sorted(ours - published)}; only there: {sorted(published - ours)}"
    return len(ours)
