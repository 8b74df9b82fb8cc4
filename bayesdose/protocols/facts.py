"""A protocol's values in words with units, each with where it comes from."""

from collections.abc import Sequence

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced_table import table_in_words
from bayesdose.sourced import Source, Sourced

__all__ = ["Fact", "protocol_facts"]

_NAMES = {
    "compound": "drug",
    "grid": "doses",
    "mtd_rule": "MTD",
    "design": "own design",
    "comparators": "designs to compare with",
    "endpoints": "endpoint",
    "dlt_window_days": "DLT window",
    "single_patient_levels": "levels given to one patient each",
    "trigger_dlts": "DLTs that end these",
    "following": "following design",
    "group_expansion": "groups at the chosen dose",
    "ends_with": "what the escalation, the last part of the plan, ends with",
    "dose_criteria": "choice of the dose",
    "judged": "criterion",
    "second_regimen_odds": "odds of DLT under the second regimen, as multiples of those under the first",
    "calibrated_stop_cap": "stop cap of the BLRM, calibrated to the own design",
}
# What is counted by a whole number under these keys.
_COUNTED = {
    "single_patient_levels": "level",
    "trigger_dlts": "DLT",
    "total": "patient",
    "patients": "patient",
    "patient_cap": "patient",
}


@checked_value
class Fact:
    """One value of a protocol in words.

    Parameters
    ----------
    path : str
        Its key in the protocol's file, such as ``"regimens[0].dlt_window_days"``.
    name, words : str
        What it is and its value with the unit, such as ``"Q3W, DLT window"`` and ``"21 days"``.
    source : Source
        Whether it was recorded, published or assumed, or is not disclosed.
    origin : str
        The place in the record, the citation, or the reason for an assumption.
    """

    path: str
    name: str
    words: str
    source: Source
    origin: str

    def __str__(self) -> str:
        return f"{self.name}: {self.words} ({self.origin})"


@checked
def protocol_facts(protocol: Protocol, sources: Sequence[Source] = tuple(Source)) -> tuple[Fact, ...]:
    """What a protocol says, in words with units.

    Parameters
    ----------
    protocol : Protocol
        The protocol.
    sources : sequence of {"record", "publication", "assumption", "not-disclosed"}, optional
        Only values from these sources; all by default.

    Returns
    -------
    tuple of Fact
        In the order of the protocol's fields; each prints as name, words and where they come from.

    Raises
    ------
    InputError
        If a source is not one of these.

    Examples
    --------
    >>> from bayesdose.protocols.load import load_protocol
    >>> for fact in protocol_facts(load_protocol("MIL97"), ["record"])[4:9]:
    ...     print(fact)
    Q3W, schedule: every 3 weeks (record: brief summary, sentence 4)
    Q3W, DLT window: 21 days (record: brief summary, sentence 5)
    Q3W, role: escalated (record: brief summary, sentence 4)
    Q2W, schedule: every 2 weeks (record: brief summary, sentence 6)
    Q2W, DLT window: 28 days (record: brief summary, sentence 7)
    """
    return tuple(
        Fact(path, _name(path, protocol), fact_words(path, one, protocol), one.source, one.origin)
        for path, one in protocol.sourced()
        if one.source in sources
    )


def fact_words(path: str, sourced: Sourced, protocol: Protocol) -> str:
    """A value of a protocol in words, with its unit."""
    value = sourced.value
    if value is None:
        return "not disclosed"
    if path == "start_dose":
        return f"{value:.12g} {protocol.grid.value.unit}"
    if path.endswith(".dlt_window_days"):
        return f"{value:.12g} days"
    key = path.rpartition(".")[2]
    if type(value) is int and key == "looks":
        return "after each patient" if value == 1 else f"after every {value} patients"
    if type(value) is int and key in _COUNTED:
        return f"{value} {_COUNTED[key]}{'' if value == 1 else 's'}"
    return table_in_words(value, protocol.grid.value.unit)


def _name(path: str, protocol: Protocol) -> str:
    """What a value is, in words."""
    for number, regimen in enumerate(protocol.regimens):
        path = path.replace(f"regimens[{number}]", regimen.name)
    keys = (
        path.partition("[")[0].split(".") if path.startswith(("conduct[", "endpoints[")) else path.split(".")
    )
    return ", ".join(_NAMES.get(key, key.replace("_", " ")) for key in keys)
