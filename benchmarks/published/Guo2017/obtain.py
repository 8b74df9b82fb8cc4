"""Decision tables of mTPI-2 (Guo et al. 2017), which are those of the keyboard design (Yan et al. 2017)."""

from pathlib import Path

import bayesdose as bd

WHAT = {"E": "most DLTs to escalate", "D": "fewest DLTs to de-escalate", "U": "fewest DLTs to exclude"}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for name, make in (("mTPI-2", bd.mtpi2), ("keyboard", bd.keyboard)):
        for target in (0.25, 0.30):
            table = make(bd.DoseGrid.of_levels(5), target, max_patients=18).table
            for letter, what in WHAT.items():
                for patients, dlts in zip(table.patients, table.boundaries(letter), strict=True):
                    # "Never" is one more DLT than there are patients, or one less than none.
                    never = -1 if letter == "E" else patients + 1
                    case = f"{name}, target {target:.2f}, {patients} patients"
                    numbers[case, what] = never if dlts is None else dlts
    return numbers
