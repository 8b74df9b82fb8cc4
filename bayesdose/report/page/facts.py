"""The protocol's facts with where each comes from."""

from bayesdose.protocols.facts import fact_words
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced import Source
from bayesdose.report.page.report_table import Column, Table

__all__ = ["facts_table"]


def facts_table(protocol: Protocol) -> Table:
    """Every value of a protocol with its source; the sources of assumptions are marked."""
    rows, marked = [], set()
    for number, (path, sourced) in enumerate(protocol.sourced()):
        assumed = sourced.source == Source.ASSUMPTION
        if assumed:
            marked.add((number, "source"))
        why = [sourced.place, sourced.citation, sourced.reason]
        rows.append(
            {
                "fact": _named(path, protocol),
                "value": fact_words(path, sourced, protocol),
                "source": "ASSUMPTION" if assumed else str(sourced.source),
                "citation": " ".join(f"{text.rstrip('.')}." for text in why if text),
            }
        )
    return Table(
        "protocol",
        f"Protocol {protocol.name}: every value with its source. record: the trial's registry record.",
        (
            Column("fact", "fact"),
            Column("value", "value"),
            Column("source", "source"),
            Column("citation", "place in the record, citation or reason"),
        ),
        rows,
        marked=frozenset(marked),
    )


def _named(path: str, protocol: Protocol) -> str:
    """The path, with a regimen's name for its number."""
    for number, regimen in enumerate(protocol.regimens):
        path = path.replace(f"regimens[{number}]", f"regimens[{regimen.name}]")
    return path
