"""Each protocol's means over priors and families of curves, exactly, as `bayesdose compare` reads them.

    python -m benchmarks.protocols.robustness [MIL97 ...]

Writes `bayesdose/protocols/data/<protocol>-robustness.csv`; takes one to three minutes a protocol.
"""

import argparse
from pathlib import Path

import bayesdose as bd
from bayesdose.protocols.designs import design_names
from bayesdose.report.robustness import robustness, write_means

FOLDER = Path(bd.__file__).parent / "protocols" / "data"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocols", nargs="*", default=bd.protocols.protocol_names())
    for name in parser.parse_args().protocols:
        protocol = bd.load_protocol(name)
        designs = bd.protocols.on_one_footing(protocol, bd.protocol_designs(protocol))
        means = robustness(protocol, designs, design_names(protocol))
        write_means(protocol, means, FOLDER / f"{protocol.name}-robustness.csv")


if __name__ == "__main__":
    main()
