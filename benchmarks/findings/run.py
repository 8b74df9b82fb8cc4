"""What the check says of the five protocols' designs and of one design of each shipped kind.

    python -m benchmarks.findings.run docs

writes `design-check.csv` (one row a finding) and `design-check-seconds.csv` (states, and processor seconds of
the trial graph and of the check, on one thread) to the folder.
"""

import argparse
import csv
import time
from pathlib import Path

import bayesdose as bd
from bayesdose.findings.design_check import DesignCheck
from benchmarks.findings.cases import cases

HEADER = ("design", "severity", "finding", "of", "states", "probability_most", "scenario", "witness", "then")
SECONDS = ("design", "states", "errors", "warnings", "notes", "seconds_graph", "seconds_check")


def rows_of(name: str, check: DesignCheck) -> list[list[str]]:
    """The findings of a check, one row each."""
    found = []
    for one in check.found:
        most, scenario = check.most_probable(one)
        words = [name, one.severity.word, one.name, one.subject, str(one.states), f"{most:.4f}", scenario]
        found.append([*words, one.witness, one.then])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Findings of all shipped designs.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rows, seconds = [], []
    for name, make, rule in cases():
        design = make()
        begun = time.process_time()
        bd.trial_graph(design, closes=True)
        middle = time.process_time()
        check = bd.check_design(design, mtd_rule=rule)
        spent = [middle - begun, time.process_time() - middle]
        rows += rows_of(name, check)
        counted = [
            sum(one.severity.word == word for one in check.found) for word in ("error", "warning", "note")
        ]
        seconds.append([name, check.num_states, *counted, *(f"{one:.2f}" for one in spent)])
        print(*seconds[-1], flush=True)
    for file, header, table in (
        ("design-check.csv", HEADER, rows),
        ("design-check-seconds.csv", SECONDS, seconds),
    ):
        with (folder / file).open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, lineterminator="\n").writerows([header, *table])


if __name__ == "__main__":
    main()
