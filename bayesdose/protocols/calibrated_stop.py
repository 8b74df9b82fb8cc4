"""The cap with which a protocol's BLRM ends without a dose about as often as the own design."""

from collections.abc import Sequence

import attrs

from bayesdose.calibration.calibrate import calibrate
from bayesdose.calibration.result import Calibration
from bayesdose.protocols.designs import protocol_designs
from bayesdose.protocols.footing import on_one_footing, stopping_at
from bayesdose.protocols.protocol import Protocol
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.operating_characteristics import operating_characteristics

__all__ = ["CAPS", "calibrated_stop"]

CAPS = (0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65)


def calibrated_stop(protocol: Protocol, caps: Sequence[float] = CAPS) -> Calibration:
    """The BLRM on one footing with a protocol's own design, calibrated to it where all doses are too toxic.

    Parameters
    ----------
    protocol : Protocol
        A protocol whose designs are its own and "BLRM".
    caps : sequence of float
        Caps of `LowestTooToxic` that are tried.

    Returns
    -------
    Calibration
        Its parameter is ``cap``; its objective's target is the own design's probability of ending without a
        dose, and of caps that come equally close the lowest is chosen.
    """
    rule = protocol.mtd_rule.value
    own, blrm = protocol_designs(protocol, ["own", "BLRM"]).values()
    toxic = [one for one in builtin_scenarios(own.grid, rule) if one.name == "too toxic"]
    uncalibrated = attrs.evolve(protocol, calibrated_stop_cap=None)
    (footing,) = on_one_footing(uncalibrated, {"own": own}).values()
    found = operating_characteristics({"own": footing}, toxic, mtd_rule=rule)
    target = float(found["correct_selection"][0, 0])

    def made(cap: float):
        (design,) = on_one_footing(uncalibrated, {"BLRM": stopping_at(cap, blrm)}).values()
        return design

    wish = f"bring correct_selection in too toxic to {target!r}"
    return calibrate(made, {"cap": caps}, toxic, mtd_rule=rule, objective=wish)
