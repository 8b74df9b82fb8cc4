"""The designs whose checks stand in the documentation."""

from collections.abc import Callable, Iterator

import bayesdose as bd
from bayesdose.designs.base import Design
from bayesdose.protocols.designs import design_names
from bayesdose.protocols.load import protocol_names
from bayesdose.rules.mtd import MTDRule

__all__ = ["SHIPPED", "Case", "cases"]

# Name, how the design is made, and the MTD rule; None for what the design's own numbers say.
Case = tuple[str, Callable[[], Design], MTDRule | None]

FOUR = bd.DoseGrid.of_levels(4)
DOSES = bd.DoseGrid((1, 2.5, 5, 10), unit="mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0, correlation=-0.2)
SKELETON = bd.models.PowerCurve((0.05, 0.15, 0.3, 0.5))
THREE = bd.three_plus_three(FOUR, "deescalation")

SHIPPED: dict[str, Callable[[], Design]] = {
    "3+3 without de-escalation": lambda: bd.three_plus_three(FOUR, "no-deescalation"),
    "3+3 with de-escalation": lambda: THREE,
    "rolling six": lambda: bd.rolling_six(FOUR, 4, complete_highest=True),
    "accelerated titration": lambda: bd.accelerated_titration(THREE, 2),
    "3+3 with an expansion": lambda: bd.plan(THREE, (bd.ExpansionCohort(6, escalation_patients=False),)),
    "BOIN": lambda: bd.boin(FOUR, 0.3, max_patients=24),
    "mTPI": lambda: bd.mtpi(FOUR, 0.3, max_patients=24),
    "mTPI-2": lambda: bd.mtpi2(FOUR, 0.3, max_patients=24),
    "Keyboard": lambda: bd.keyboard(FOUR, 0.3, max_patients=24),
    "TPI": lambda: bd.tpi(FOUR, 0.3, max_patients=24),
    "i3+3": lambda: bd.i3_plus_3(FOUR, 0.3, max_patients=24),
    "BLRM": lambda: bd.blrm(DOSES, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=24),
    "CRM, plug-in": lambda: bd.crm(
        DOSES, SKELETON, target=0.3, prior_sd=1.34**0.5, estimate="plug-in", max_patients=24
    ),
    "CRM, posterior mean": lambda: bd.crm(
        DOSES, SKELETON, target=0.3, prior_sd=1.34**0.5, estimate="mean", max_patients=24
    ),
    "CRM, likelihood": lambda: bd.crm_mle(DOSES, SKELETON, target=0.3, max_patients=24),
}


def cases() -> Iterator[Case]:
    """The designs of the five protocols, and one of each shipped kind."""
    for name in protocol_names():
        protocol = bd.load_protocol(name)
        for label in design_names(protocol):
            yield f"{name}, {label}", lambda p=protocol, n=label: _made(p, n), protocol.mtd_rule.value
    for name, make in SHIPPED.items():
        yield name, make, None


def _made(protocol: bd.Protocol, name: str) -> Design:
    return next(iter(bd.protocol_designs(protocol, [name]).values()))
