"""The protocol's facts with where each comes from."""

from bayesdose.protocols.facts import protocol_facts
from bayesdose.protocols.protocol import Protocol
from bayesdose.report.page.report_table import Column, Table
from bayesdose.sourced import Source

__all__ = ["facts_table"]


def facts_table(protocol: Protocol) -> Table:
    """Every value of a protocol with its source; the sources of assumptions are marked."""
    rows, marked = [], set()
    both = zip(protocol_facts(protocol), protocol.sourced(), strict=True)
    for number, (fact, (_, sourced)) in enumerate(both):
        why = [sourced.place, sourced.citation, sourced.reason]
        assumed = fact.source == Source.ASSUMPTION
        if assumed:
            marked.add((number, "source"))
        rows.append(
            {
                "fact": fact.name,
                "value": fact.words,
                "source": "ASSUMPTION" if assumed else str(fact.source),
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
