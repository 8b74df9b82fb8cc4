"""What a calibration found, in sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from bayesdose.calibration.wishes import Constraint

__all__ = ["answer", "unmet"]


def answer(tried: xr.Dataset, constraints: Sequence[Constraint], refused: Mapping[str, str]) -> str:
    """The chosen design with its numbers, or why there is none."""
    number = tried.sizes["design"]
    lines = [f"{number:,} designs tried{_constrained(tried)}, {int(tried['on_front'].sum()):,} on the front."]
    if refused:
        setting, reason = next(iter(refused.items()))
        lines.append(f"{len(refused):,} settings make no design, such as {setting}: {reason}")
    if not tried["chosen"].any():
        return "\n".join([*lines, f"No design meets all constraints: {unmet(tried, constraints)}."])
    chosen = tried.isel(design=int(np.flatnonzero(tried["chosen"].values)[0]))
    lines.append(f"Chosen: {chosen['design'].item()}.")
    for kind in ("objective", "constraint"):
        if kind in tried.dims:
            pairs = zip(tried[kind].values, chosen[f"{kind}_value"].values, strict=True)
            lines += [f"  {text}: {value:.4g}" for text, value in pairs]
    return "\n".join(lines)


def unmet(tried: xr.Dataset, constraints: Sequence[Constraint]) -> str:
    """For each constraint, how many designs meet it and how near the nearest one comes."""
    parts = []
    for number, constraint in enumerate(constraints):
        values = tried["constraint_value"].values[:, number]
        excess = constraint.excess(values)
        met = int((excess == 0).sum())
        if met:
            parts.append(f"{met:,} meet {constraint}")
            continue
        if np.isinf(excess).all():
            parts.append(f"{constraint}, which is not defined for any")
            continue
        nearest = int(excess.argmin())
        parts.append(
            f"none meets {constraint}: the nearest, {tried['design'].values[nearest]}, has "
            f"{values[nearest]:.4g}, {excess[nearest]:.2g} beyond the limit"
        )
    return "; ".join(parts)


def _constrained(tried: xr.Dataset) -> str:
    if "constraint" not in tried.dims:
        return ""
    return f", {int(tried['meets_constraints'].sum()):,} of them within all constraints"
