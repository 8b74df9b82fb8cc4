"""The result of a check: findings and caps, as text, in a notebook, and as a Dataset."""

from collections.abc import Mapping
from html import escape
from textwrap import TextWrapper

import attrs
import numpy as np
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.findings.caps import CapInterval
from bayesdose.findings.finding import Finding, Severity
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario

__all__ = ["DesignCheck"]

_WIDTH = 79


@attrs.frozen
class DesignCheck:
    """What `check_design` found; printed, it is a text for 80 columns.

    Parameters
    ----------
    mtd_rule : MTDRule
        Which dose was held to be the MTD.
    scenarios : tuple of Scenario
        True curves in which probabilities were computed.
    findings : tuple of Finding
        All that was looked for: first what was found, the gravest first; then what was not.
    caps : tuple of CapInterval
        Between which values each cap of a design with a model makes the same design.
    num_states : int
        Different states in which the design was asked.
    max_patients : int
        Patients of the largest trial.
    notes : tuple of str
        What was not looked for, where the design gives doses under several regimens.
    """

    mtd_rule: MTDRule
    scenarios: tuple[Scenario, ...]
    findings: tuple[Finding, ...]
    caps: tuple[CapInterval, ...]
    num_states: int
    max_patients: int
    notes: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that the design shows, the gravest first."""
        return tuple(one for one in self.findings if one.found)

    @property
    def worst(self) -> Severity | None:
        """The gravest severity that was found; None where nothing was."""
        return max((one.severity for one in self.found), default=None)

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """What was found of this severity or a graver one."""
        return tuple(one for one in self.found if one.severity >= severity)

    def named(self, name: str) -> tuple[Finding, ...]:
        """All findings of a name, found or not: one for each dose or rule that it is about.

        Raises
        ------
        InputError
            If nothing of that name was looked for; the message gives the nearest.
        """
        found = tuple(one for one in self.findings if one.name == name)
        if not found:
            raise InputError.unknown_name("finding", name, dict.fromkeys(one.name for one in self.findings))
        return found

    def __getitem__(self, name: str) -> Finding:
        """The first finding of a name, found or not; raises as `named`."""
        return self.named(name)[0]

    def most_probable(self, finding: Finding) -> tuple[float, str]:
        """Largest probability of a finding over the scenarios, and the scenario's name."""
        most = int(np.argmax(finding.probability))
        return finding.probability[most], self.scenarios[most].name

    def __str__(self) -> str:
        return self.text()

    def text(self, verbose: bool = False) -> str:
        """The check in words, for 80 columns.

        Parameters
        ----------
        verbose : bool, default False
            Whether definitions, every scenario's probability and what was not found are said too.
        """
        lines = [self._headline(), *(line for note in self.notes for line in TextWrapper(_WIDTH).wrap(note))]
        for one in self.found:
            lines += ["", *self._lines(one, verbose)]
        for cap in self.caps:
            text = (
                f"The same design with a {cap.field} between {cap.lower:.6g} and {cap.upper:.6g} "
                f"in place of {cap.value:g}: {cap.rule}."
            )
            lines += ["", *TextWrapper(_WIDTH, subsequent_indent="  ").wrap(text)]
        shown = {one.name for one in self.found}
        absent = list(dict.fromkeys(one.name for one in self.findings if one.name not in shown))
        if absent:
            wrapped = TextWrapper(_WIDTH, subsequent_indent="  ").wrap(f"Not found: {', '.join(absent)}.")
            lines += ["", *wrapped]
        return "\n".join(lines)

    def _headline(self) -> str:
        parts = [
            f"{number} {one.word}{'s' * (number > 1)}"
            for one in sorted(Severity, reverse=True)
            if (number := sum(found.severity == one for found in self.found))
        ]
        counted = ", ".join(parts) or "nothing found"
        text = (
            f"{counted}, over {self.num_states:,} states of trials with up to {self.max_patients} patients. "
            f"MTD: {self.mtd_rule}. Probabilities: the least and the largest of {len(self.scenarios)} "
            "scenarios."
        )
        return "\n".join(TextWrapper(_WIDTH).wrap(text))

    def _lines(self, one: Finding, verbose: bool) -> list[str]:
        subject = f": {one.subject}" if one.subject else ""
        details = [self._where(one), f"Why: {one.reason} [{one.source}]"]
        if verbose:
            details.insert(0, f"Definition: {one.definition}.")
            names = (scenario.name for scenario in self.scenarios)
            probabilities = (f"{name} {_percent(p)}" for name, p in zip(names, one.probability, strict=True))
            details.append(f"Probability: {', '.join(probabilities)}.")
        heading = TextWrapper(_WIDTH, subsequent_indent=" " * 9).wrap(
            f"{one.severity.name:<8} {one.name}{subject}"
        )
        indented = TextWrapper(_WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9)
        return [*heading, *(line for text in details if text for line in indented.wrap(text))]

    def _where(self, one: Finding) -> str:
        parts = []
        if one.witness:
            parts.append(f"{one.witness}: {one.then}." if one.then else f"{one.witness}.")
        if one.then:
            parts.append(f"{one.states:,} state{'s' * (one.states > 1)}, {self._range(one)}.")
        elif one.witness:
            parts.append(f"Probability {self._range(one)}.")
        parts += [f"{name[:1].upper()}{name[1:]}: {value:.4g}." for name, value in one.numbers]
        return " ".join(parts)

    def _range(self, one: Finding) -> str:
        least, (most, where) = min(one.probability), self.most_probable(one)
        if len(self.scenarios) == 1 or _percent(least) == _percent(most):
            return _percent(most)
        return f"{_percent(least)} to {_percent(most)} ({where})"

    def _repr_html_(self) -> str:
        cell = ' style="text-align: left; vertical-align: top"'
        headings = ("severity", "finding", "shortest path", "states", "probability", "why")
        head = "".join(f"<th{cell}>{heading}</th>" for heading in headings)
        rows = []
        for one in self.found:
            path = f"{one.witness}: {one.then}" if one.then else one.witness
            name = f"{one.name}: {one.subject}" if one.subject else one.name
            cells = (
                one.severity.word,
                f"{name} ({one.definition})",
                path,
                f"{one.states:,}",
                self._range(one),
                f"{one.reason} [{one.source}]",
            )
            rows.append("".join(f"<td{cell}>{escape(text)}</td>" for text in cells))
        body = "".join(f"<tr>{row}</tr>" for row in (head, *rows))
        caps = "".join(
            f"<li>{escape(cap.rule)}: the same design with a {cap.field} between {cap.lower:.6g} and "
            f"{cap.upper:.6g}</li>"
            for cap in self.caps
        )
        listed = f"<ul>{caps}</ul>" if caps else ""
        said = "".join(f"<p>{escape(note)}</p>" for note in (self._headline(), *self.notes))
        return f"{said}<table>{body}</table>{listed}"

    def to_dataset(self) -> xr.Dataset:
        """The findings as a Dataset: found or not, one for each entry of ``finding``.

        Returns
        -------
        xarray.Dataset
            ``probability (finding, scenario)``, and by finding ``name``, ``subject``, ``severity``,
            ``states``, ``witness``, ``then``, ``definition``, ``reason`` and ``source``. By cap:
            ``cap_rule``, ``cap_field``, ``cap_value``, ``cap_lower`` and ``cap_upper``.
        """
        texts: Mapping[str, list] = {
            field: [getattr(one, field) for one in self.findings]
            for field in ("name", "subject", "states", "witness", "then", "definition", "reason", "source")
        }
        severities = [one.severity.word for one in self.findings]
        return xr.Dataset(
            {field: ("finding", values) for field, values in texts.items()}
            | {
                f"cap_{field}": ("cap", [getattr(one, field) for one in self.caps])
                for field in ("rule", "field", "value", "lower", "upper")
            }
            | {
                "severity": ("finding", severities),
                "probability": (("finding", "scenario"), [one.probability for one in self.findings]),
            },
            {"scenario": [scenario.name for scenario in self.scenarios]},
            {
                "mtd_rule": str(self.mtd_rule),
                "states": self.num_states,
                "max_patients": self.max_patients,
                **({"notes": " ".join(self.notes)} if self.notes else {}),
            },
        )


def _percent(probability: float) -> str:
    """A probability in per cent with two digits; none is said to be 0 that is not."""
    if 0 < probability < 0.0001:
        return "below 0.01 %"
    return f"{100 * probability:.2g} %" if probability < 0.995 else f"{100 * probability:.3g} %"
