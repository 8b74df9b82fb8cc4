"""Which dose a design looks for, by its own numbers."""

from typing import Any

from bayesdose.rules.mtd import ClosestTo, HighestBelow, MTDRule

__all__ = ["aim_of_rules"]


def aim_of_rules(*rules: Any) -> MTDRule | None:
    """The aim of the first rule that states one: a target, or a P(DLT) from which a dose is an overdose.

    Rules name these numbers ``target``, and ``upper``, ``limit`` or ``bound``. Of joined rules the first that
    states one counts.

    Examples
    --------
    >>> from bayesdose.rules.admissible import EWOC
    >>> from bayesdose.rules.next_dose import HighestAllowed
    >>> aim_of_rules(HighestAllowed(), EWOC(0.33, 0.25))
    HighestBelow(limit=0.33)
    """
    for rule in rules:
        if (target := getattr(rule, "target", None)) is not None:
            return ClosestTo(target)
        for name in ("upper", "limit", "bound"):
            if (limit := getattr(rule, name, None)) is not None:
                return HighestBelow(limit)
        if (found := aim_of_rules(*getattr(rule, "rules", ()))) is not None:
            return found
    return None
