"""How sure the numbers of a result are: the ends of their bars, and words on how they were computed."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

__all__ = ["NORMAL_95", "method_of", "value_and_ends"]

NORMAL_95 = 1.96


def method_of(characteristics: xr.Dataset, name: str) -> tuple[str, str]:
    """What the bars of a characteristic are, empty without bars, and how the numbers were computed."""
    attrs = characteristics.attrs
    rule = f" MTD: {attrs['mtd_rule']}." if "mtd_rule" in attrs else ""
    if f"{name}_mcse" in characteristics:
        trials = attrs.get("trials")
        number = "" if trials is None else f", {int(trials):,} simulated trials of each design and scenario"
        return "95 % Monte Carlo interval", f"Monte Carlo{number}.{rule}"
    if f"{name}_lower" in characteristics:
        lost = float(attrs.get("unresolved_probability", np.nan))
        return "certain bounds", f"Exact but for trials of probability {lost:.1g} at most.{rule}"
    return "", f"Exact, no Monte Carlo error.{rule}"


def value_and_ends(
    characteristics: xr.Dataset,
    name: str,
    dimensions: Sequence[str],
    limits: tuple[float | None, float | None],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A characteristic and the two ends of its bars, all alike where it has no error.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`.
    name : str
        The characteristic.
    dimensions : sequence of str
        The order of the arrays' axes.
    limits : (float or None, float or None)
        Where Monte Carlo intervals are cut.
    """

    def values(variable: str) -> np.ndarray:
        return characteristics[variable].transpose(*dimensions).values

    value = values(name)
    if f"{name}_mcse" in characteristics:
        spread = NORMAL_95 * values(f"{name}_mcse")
        return value, np.clip(value - spread, *limits), np.clip(value + spread, *limits)
    if f"{name}_lower" in characteristics and f"{name}_upper" in characteristics:
        return value, values(f"{name}_lower"), values(f"{name}_upper")
    return value, value, value
