"""One number of a design: a characteristic over scenarios, written as ``"mean correct_selection"``."""

import re
from collections.abc import Sequence
from typing import Any, Literal, Self

import attrs
import numpy as np
import xarray as xr

from bayesdose.errors import InputError

__all__ = ["CHARACTERISTICS", "Measure"]

# What `operating_characteristics` gives for each design and scenario as one number, and as one for each dose
# or reason.
CHARACTERISTICS = (
    "correct_selection",
    "overdose_selection",
    "underdose_selection",
    "lower_dose_selection",
    "no_dose_selection",
    "selection_loss",
    "expected_sample_size",
    "expected_excess_dlts",
    "proportion_treated_at_mtd",
    "proportion_overdosed",
    "dlt_rate",
    "mean_trial_dlt_rate",
    "accuracy_index",
    "incoherent_probability",
    "unresolved_probability",
    "expected_duration",
)
_PARTS = {
    "selection_probability": "recommendation",
    "expected_patients": "dose",
    "expected_dlts": "dose",
    "stop_reason_probability": "stop_reason",
}
Statistic = Literal["mean", "worst", "geometric mean", ""]
_TEXT = re.compile(
    r"(?:(?P<statistic>mean|worst|geometric mean) +)?(?P<name>\w+)"
    r"(?: *\[(?P<part>[^\]]+)\])?(?: +in +(?P<scenarios>.+))?"
)


@attrs.frozen
class Measure:
    """A characteristic over scenarios as one number.

    Parameters
    ----------
    name : str
        A characteristic of `operating_characteristics`.
    statistic : {"mean", "worst", "geometric mean", ""}
        What is made of several scenarios; "" is for one.
    part : str
        Which recommendation, dose or stop reason, for a characteristic that has one number for each.
    scenarios : tuple of str
        Names of scenarios; all if empty.
    """

    name: str
    statistic: Statistic = ""
    part: str = ""
    scenarios: tuple[str, ...] = ()

    def __str__(self) -> str:
        part = f"[{self.part}]" if self.part else ""
        where = f" in {', '.join(self.scenarios)}" if self.scenarios else ""
        return f"{self.statistic} {self.name}{part}{where}".strip()

    @classmethod
    def parse(cls, text: str, subject: str, names: Sequence[str]) -> Self:
        """Read a measure for scenarios of these names.

        Raises
        ------
        InputError
            If it is none, or names an unknown characteristic or scenario.

        Examples
        --------
        >>> str(Measure.parse("worst  overdose_selection", "objective", ["one", "two"]))
        'worst overdose_selection'
        """
        found = _TEXT.fullmatch(text.strip())
        if found is None:
            raise InputError(subject, got=text, wanted='a measure such as "mean correct_selection"')
        name, part = found["name"], found["part"] or ""
        known = [*CHARACTERISTICS, *(f"{one}[{dim}]" for one, dim in _PARTS.items())]
        if name not in CHARACTERISTICS and name not in _PARTS:
            raise InputError.unknown_name(f"{subject}, characteristic", name, known)
        if (name in _PARTS) != bool(part):
            wanted = f"{name}[a {_PARTS[name]}]" if name in _PARTS else f"{name} without brackets"
            raise InputError(subject, got=text, wanted=wanted)
        scenarios = _scenarios(found["scenarios"] or "", subject, names)
        if not found["statistic"] and len(scenarios or names) > 1:
            raise InputError(
                subject,
                got=text,
                wanted="mean, worst or geometric mean before it, because there are several scenarios",
                fix="Or name one: ... in SCENARIO.",
            )
        statistic: Any = found["statistic"] or ""
        return cls(name, statistic, part, scenarios)

    def of(self, tried: xr.Dataset, worst_is_lowest: bool) -> np.ndarray:
        """The number of each design, shape (D,).

        Scenarios in which a characteristic is not defined, such as the accuracy index without an MTD, are
        left out.

        Raises
        ------
        InputError
            If the results lack it.
        """
        if self.name not in tried:
            fix = "Pass dlt_window." if self.name == "expected_duration" else ""
            raise InputError("measure", got=self.name, wanted="a characteristic of the results", fix=fix)
        variable = tried[self.name]
        if self.part:
            variable = variable.sel({_PARTS[self.name]: self._label(tried)})
        if self.scenarios:
            variable = variable.sel(scenario=list(self.scenarios))
        values = variable.transpose("design", "scenario")
        if self.statistic == "geometric mean":
            with np.errstate(divide="ignore"):
                logs = xr.DataArray(np.log(values))
                return np.exp(logs.mean("scenario").values)
        if self.statistic == "worst":
            return (values.min("scenario") if worst_is_lowest else values.max("scenario")).values
        return values.mean("scenario").values

    def _label(self, tried: xr.Dataset) -> object:
        dim = _PARTS[self.name]
        labels = {
            f"{one:g}" if isinstance(one, float) else str(one): one for one in tried[dim].values.tolist()
        }
        if self.part not in labels:
            raise InputError.unknown_name(f"measure {self}, {dim}", self.part, labels)
        return labels[self.part]


def _scenarios(text: str, subject: str, names: Sequence[str]) -> tuple[str, ...]:
    """Names of scenarios from a text; a name may have a comma."""
    if not text or text in names:
        return (text,) if text else ()
    parts = tuple(re.split(r" *, *", text))
    for part in parts:
        if part not in names:
            raise InputError.unknown_name(f"{subject}, scenario", part, names)
    return parts
