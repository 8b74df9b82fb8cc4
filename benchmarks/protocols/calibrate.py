"""How often the BLRM ends without a dose where all doses are too toxic, by the cap that stops it.

    python -m benchmarks.protocols.calibrate [MIL97 ...]

Prints, for each protocol, the probability for its own design and for the BLRM after the same single-patient
levels with each cap. A protocol's `calibrated_stop_cap` is the one that comes closest to its own design.
"""

import argparse

import bayesdose as bd
from bayesdose.protocols.calibrated_stop import calibrated_stop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*", default=bd.protocols.protocol_names())
    for name in parser.parse_args().protocols:
        found = calibrated_stop(bd.load_protocol(name))
        own = found.objectives[0].target
        shares = found.tried["objective_value"].isel(objective=0).values
        row = [f"own {100 * own:.1f}"]
        row += [
            f"{cap:.2f} {100 * share:.1f}"
            for cap, share in zip(found.tried["cap"].values, shares, strict=True)
        ]
        print(f"{name}: {', '.join(row)} %; closest {found.parameters['cap']:.2f}", flush=True)


if __name__ == "__main__":
    main()
