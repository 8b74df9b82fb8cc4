"""What results were made from, and JSON files that say so."""

import json
from collections.abc import Mapping
from pathlib import Path

from bayesdose.files import write_atomically
from bayesdose.grammar.writing import plain_value
from bayesdose.protocols.designs import protocol_prior
from bayesdose.protocols.protocol import Protocol
from bayesdose.protocols.sourced_table import table_in_words

__all__ = ["protocol_record", "write_json"]


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a mapping as indented JSON."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def protocol_record(protocol: Protocol, regimen: str | None = None) -> dict[str, object]:
    """What a result owes to a protocol: its name, prior and everything that was assumed."""
    prior = {}
    if protocol.prior is not None:
        model = "logit P(DLT) = log alpha + exp(log beta) * log(dose / reference dose)"
        prior = {"prior": {"model": model, **plain_value(protocol_prior(protocol))}}
    return {
        "protocol": protocol.name,
        "regimen": protocol.regimen(regimen).name,
        "doses": list(protocol.grid.value.values),
        "unit": protocol.grid.value.unit,
        "grid_is_assumed": protocol.grid_is_assumed,
        "mtd_rule": str(protocol.mtd_rule.value),
        **prior,
        "assumptions": [
            {"path": item.path, "value": table_in_words(item.value), "reason": item.reason}
            for item in protocol.assumptions()
        ],
    }
