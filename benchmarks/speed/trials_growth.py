"""How simulation grows with the number of trials, and what memory each engine takes.

    python benchmarks/speed/trials_growth.py docs

writes trials_growth.csv, trials_growth.png (see trials_growth_figure.py) and memory.csv to the folder. The
study is that of trials.py: six scenarios on MIL97. Each size runs in a process of its own, on one thread.
Seconds are processor time; memory is the peak of the process, and what it had before the work began.
"""

import csv
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

TRIALS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
BATCHES = (1_000, 10_000, 100_000)
TRACED = (1_000, 10_000, 100_000)
SEED = 1
Row = dict[str, float | str]


def simulate(trials: int, num_designs: int) -> Row:
    """Monte Carlo with the last so many of 3+3, titration, BOIN and BLRM."""
    from trials import mil97_study

    import bayesdose as bd

    designs, scenarios, rule = mil97_study()
    names = ["3+3", "own (assumed)", "BOIN", "BLRM"][-num_designs:]
    chosen = {name: designs[name] for name in names}
    before, begun = peak_mib(), time.process_time()
    bd.operating_characteristics(
        chosen, scenarios, mtd_rule=rule, method=bd.MonteCarlo(trials=trials, rng=SEED)
    )
    return {"work": "monte-carlo", "size": trials, "designs": num_designs, **taken(begun, before)}


def trace(trials: int, num_designs: int) -> Row:
    """Traces of single trials."""
    from trials import mil97_study

    import bayesdose as bd

    designs, scenarios, _ = mil97_study()
    before, begun = peak_mib(), time.process_time()
    bd.trial_traces(designs, scenarios, trials=trials, rng=SEED)
    return {"work": "traces", "size": trials, "designs": num_designs, **taken(begun, before)}


def posteriors(batch: int, num_designs: int) -> Row:
    """Decisions of the BLRM for so many data sets, in blocks as both engines take them."""
    import numpy as np
    from trials import mil97_study

    import bayesdose as bd
    from bayesdose.simulation.graph import conclusions

    design = mil97_study()[0]["BLRM"]
    rng = np.random.default_rng(SEED)
    patients = rng.multinomial(11, np.full(len(design.grid), 1 / len(design.grid)), size=batch) * 3
    dlts = rng.binomial(patients, 0.2)
    counts = np.stack([patients - dlts, dlts], axis=-1).astype(np.int16)
    level = (patients > 0).cumsum(axis=1).argmax(axis=1)
    before, begun = peak_mib(), time.process_time()
    conclusions(design, bd.TrialState(counts, level, np.zeros(batch, dtype=int)))
    return {"work": "posteriors", "size": batch, "designs": num_designs, **taken(begun, before)}


def peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def taken(begun: float, before: float) -> Row:
    return {
        "seconds": round(time.process_time() - begun, 3),
        "mib_before": before,
        "peak_mib": peak_mib(),
    }


WORK = {work.__name__: work for work in (simulate, trace, posteriors)}


def run(work, size: int, designs: int) -> Row:
    """One size in a process of its own."""
    command = [sys.executable, __file__, work.__name__, str(size), str(designs)]
    row = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    print(row, flush=True)
    return row


def write(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    memory = [run(simulate, 100_000, designs) for designs in (1, 2)]
    memory += [run(posteriors, batch, 1) for batch in BATCHES]
    memory += [run(trace, trials, 4) for trials in TRACED]
    growth = [run(simulate, trials, 4) for trials in TRIALS]
    write(folder / "memory.csv", memory)
    write(folder / "trials_growth.csv", growth)
    subprocess.run([sys.executable, Path(__file__).with_name("trials_growth_figure.py"), folder], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(WORK[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))))
    else:
        main(Path(sys.argv[1]))
