"""One check for all figures: whether a dataset is the result that the figure draws."""

from collections.abc import Mapping, Sequence

import xarray as xr

from bayesdose.errors import InputError

__all__ = ["check_characteristics", "check_result"]


def check_result(
    result: xr.Dataset,
    subject: str,
    maker: str,
    *,
    numbers: Mapping[str, Sequence[str]],
    texts: Mapping[str, Sequence[str]],
) -> None:
    """Refuse a dataset that lacks what a figure draws.

    Parameters
    ----------
    result : xarray.Dataset
        What came.
    subject : str
        What it should be, for the error.
    maker : str
        How it is made, for the error.
    numbers, texts : mapping of str to sequence of str
        The variables and coordinates that are needed, with their dimensions in any order.

    Raises
    ------
    InputError
        If one of them is missing, empty, has other dimensions or holds texts in place of numbers.
    """
    missing = [name for name in (*numbers, *texts) if name not in result.variables]
    if missing:
        raise InputError(subject, got=f"no {', '.join(missing)}", wanted=maker)
    for name, dimensions in {**numbers, **texts}.items():
        found = result[name]
        if set(found.dims) != set(dimensions):
            raise InputError(
                subject,
                got=f"{name} by {', '.join(map(str, found.dims)) or 'nothing'}",
                wanted=f"{name} by {', '.join(dimensions)}, as in {maker}",
                fix="Select with a list, as in result.isel(scenario=[0]), to keep the dimension.",
            )
        if not found.size:
            raise InputError(subject, got=f"no values of {name}", wanted=maker)
        if name in numbers and found.dtype.kind not in "biuf":
            raise InputError(subject, got=f"{name} of type {found.dtype}", wanted=f"numbers, as in {maker}")


def check_characteristics(
    result: xr.Dataset,
    names: Sequence[str],
    *,
    by: str = "design",
    subject: str = "characteristics",
    maker: str = "the result of operating_characteristics",
) -> None:
    """Refuse a dataset that is no table of operating characteristics.

    Parameters
    ----------
    result : xarray.Dataset
        What came.
    names : sequence of str
        The characteristics that are drawn.
    by : str, default "design"
        What is compared: designs, or the priors of a sensitivity analysis.
    subject, maker : str
        For the error, see `check_result`.

    Raises
    ------
    InputError
        If it lacks one of them, or recommends other doses than it has.
    """
    shapes = {
        "true_prob_dlt": ("scenario", "dose"),
        "selection_probability": (by, "scenario", "recommendation"),
    }
    check_result(
        result,
        subject,
        maker,
        numbers={"dose": ("dose",)} | {name: shapes.get(name, (by, "scenario")) for name in names},
        texts={
            by: (by,),
            "scenario": ("scenario",),
            "recommendation": ("recommendation",),
            "mtd": ("scenario",),
        },
    )
    doses, recommended = result.sizes["dose"], result.sizes["recommendation"]
    if recommended != doses + 1:
        raise InputError(
            subject,
            got=f"{recommended} recommendations for {doses} doses",
            wanted="every dose and 'none' among the recommendations",
        )
