"""Seconds of a whole process that imports the package or a part of it, beside an empty one."""

import subprocess
import sys
import time

REPEATS = 10
STATEMENTS = {
    "nothing": "",
    "bayesdose": "import bayesdose",
    "a rule-based design": "import bayesdose as bd; bd.boin(bd.DoseGrid.of_levels(6), 0.25, max_patients=36)",
    "both engines": "from bayesdose import operating_characteristics",
    "the models (PyMC)": "from bayesdose import two_parameter_logistic",
}


def process_seconds(code: str, repeats: int = REPEATS) -> float:
    """Best of some, by the clock, of a process that does this."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        taken.append(time.perf_counter() - begun)
    return min(taken)


class Import:
    timeout = 600
    params = tuple(STATEMENTS)
    param_names = ("what",)

    def track_seconds(self, what):
        return process_seconds(STATEMENTS[what])

    def track_ratio_to_an_empty_process(self, what):
        return process_seconds(STATEMENTS[what]) / process_seconds("")


def main() -> None:
    for what, code in STATEMENTS.items():
        print(f"{what}: {process_seconds(code):.3f} s")


if __name__ == "__main__":
    main()
