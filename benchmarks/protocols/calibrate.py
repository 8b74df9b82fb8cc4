"""How often the BLRM ends without a dose where all doses are too toxic, by the cap that stops it.

    python -m benchmarks.protocols.calibrate [MIL97 ...]

Prints, for each protocol, the probability for its own design and for the BLRM after the same single-patient
levels with each cap. A protocol's `calibrated_stop_cap` is the one that comes closest to its own design.
"""

import argparse

import attrs
import numpy as np

import bayesdose as bd
from bayesdose.protocols.footing import on_one_footing, stopping_at

CAPS = (0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65)


def no_dose(protocol: bd.Protocol, caps: tuple[float, ...] = CAPS) -> dict[str, float]:
    """Probability of ending without a dose in the too toxic scenario: the own design's, then each cap's."""
    rule = protocol.mtd_rule.value
    own, blrm = bd.protocol_designs(protocol, ["own", "BLRM"]).values()
    designs = {"own": own} | {f"{cap:.2f}": stopping_at(cap, blrm) for cap in caps}
    toxic = [one for one in bd.scenarios.builtin_scenarios(own.grid, rule) if one.name == "too toxic"]
    footing = on_one_footing(attrs.evolve(protocol, calibrated_stop_cap=None), designs)
    found = bd.operating_characteristics(footing, toxic, mtd_rule=rule)
    return {str(name): float(found["correct_selection"].sel(design=name)[0]) for name in designs}


def closest(found: dict[str, float]) -> str:
    """The cap with which the BLRM comes closest to the own design; the lowest of several."""
    caps = [name for name in found if name != "own"]
    return caps[int(np.argmin([abs(found[cap] - found["own"]) for cap in caps]))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*", default=bd.protocols.protocol_names())
    for name in parser.parse_args().protocols:
        found = no_dose(bd.load_protocol(name))
        row = ", ".join(f"{cap} {100 * share:.1f}" for cap, share in found.items())
        print(f"{name}: {row} %; closest {closest(found)}", flush=True)


if __name__ == "__main__":
    main()
