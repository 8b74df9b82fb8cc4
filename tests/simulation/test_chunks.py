"""Chunks, workers and checkpoints: the same bits however the work is shared out, killed or resumed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError, SimulationError
from bayesdose.grid import DoseGrid
from bayesdose.progress import no_progress
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation import chunks, jobs
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.workers import worker_processes

GRID = DoseGrid((1.0, 2.0, 4.0, 8.0), "mg")
DESIGNS = {
    "3+3": ThreePlusThree(GRID, "deescalation"),
    "titration": AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), single_patient_levels=2),
}
SCENARIOS = [
    Scenario("rising", GRID, (0.05, 0.1, 0.2, 0.4)),
    Scenario("steep", GRID, (0.02, 0.3, 0.5, 0.7)),
]


def simulate(**options):
    options = {"trials": 1000, "rng": 7, "chunk_size": 130} | options
    progress = options.pop("progress", no_progress)
    return operating_characteristics(
        DESIGNS, SCENARIOS, mtd_rule=HighestBelow(0.3), method=MonteCarlo(**options), progress=progress
    )


@pytest.fixture(scope="module")
def whole():
    return simulate(chunk_size=1000)


@pytest.mark.parametrize("chunk_size", [None, 1, 7, 999])
def test_chunk_size_does_not_matter(whole, chunk_size):
    trials = 40 if chunk_size == 1 else 1000
    expected = whole if trials == 1000 else simulate(trials=trials, chunk_size=trials)
    assert simulate(trials=trials, chunk_size=chunk_size).identical(expected)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_threads_do_not_matter(whole, workers):
    with ThreadPoolExecutor(workers) as pool:
        assert simulate(executor=pool).identical(whole)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_processes_do_not_matter(whole, workers):
    with worker_processes(workers) as pool:
        assert simulate(executor=pool).identical(whole)


class Backwards(Executor):
    """Runs what is submitted when the first result is asked for, the last submitted first."""

    def __init__(self, failures=0):
        self.waiting, self.failures = [], failures

    def submit(self, work, /, *args, **options):
        future = Future()
        if self.failures:
            self.failures -= 1
            future.set_exception(OSError("a worker was lost"))
        else:
            future.set_result(work(*args, **options))
        self.waiting.insert(0, future)
        return future


def test_order_does_not_matter(whole, monkeypatch):
    monkeypatch.setattr(jobs, "as_completed", lambda futures: list(futures)[::-1])
    assert simulate(executor=Backwards()).identical(whole)


def test_a_failed_chunk_is_tried_once_more(whole):
    assert simulate(executor=Backwards(failures=1)).identical(whole)


def test_a_chunk_that_fails_twice_is_named():
    with pytest.raises(SimulationError, match=r"Trials \d+ to \d+ failed twice: OSError: a worker was lost"):
        simulate(executor=Backwards(failures=9))


class OneFailsTheOthersWait(Executor):
    """The first work and its second try fail; what else is submitted does not come to its turn."""

    def __init__(self):
        self.submitted = []

    def submit(self, work, /, *args, **options):
        future = Future()
        if len(self.submitted) in (0, 8):
            future.set_exception(OSError("a worker was lost"))
        self.submitted.append(future)
        return future


def test_after_a_failure_nothing_is_left_to_do():
    executor = OneFailsTheOthersWait()
    with pytest.raises(SimulationError, match="Trials 0 to 129 failed twice"):
        simulate(executor=executor)
    # 1000 trials are eight chunks of 130, one of which was tried twice.
    assert [future.cancelled() for future in executor.submitted] == [False, *[True] * 7, False]


def test_progress_ends_at_one():
    shares = []
    simulate(progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) == 8


def test_a_target_precision_is_reached(whole):
    found = simulate(trials=None, target_mcse=0.006)
    assert float(found["correct_selection_mcse"].max()) <= 0.006
    # The worst case of a proportion needs 0.25 / 0.006^2 trials, and no more than a tenth above it.
    assert 1000 < found.attrs["trials"] <= 1.1 * 0.25 / 0.006**2 + 1
    assert simulate(trials=None, target_mcse=0.006, chunk_size=333).identical(found)
    assert simulate(trials=found.attrs["trials"]).identical(found)


def test_a_checkpoint_is_used_and_gives_the_same(whole, tmp_path, monkeypatch):
    assert simulate(checkpoint=tmp_path / "run").identical(whole)
    files = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert len(files) == 1 + 8  # settings, and a file for each chunk

    def refuse(*_):
        raise AssertionError("simulated again")

    monkeypatch.setattr(chunks.SimulationTask, "simulate", refuse)
    assert simulate(checkpoint=tmp_path / "run").identical(whole)


def test_a_checkpoint_may_be_extended(whole, tmp_path):
    simulate(checkpoint=tmp_path, trials=260)
    assert simulate(checkpoint=tmp_path).identical(whole)


def test_a_checkpoint_of_another_study_is_refused(tmp_path):
    simulate(checkpoint=tmp_path, trials=100)
    with pytest.raises(InputError, match="another seed"):
        simulate(checkpoint=tmp_path, trials=100, rng=8)
    method = MonteCarlo(trials=100, rng=7, checkpoint=tmp_path)
    options = {"mtd_rule": HighestBelow(0.3), "method": method}
    with pytest.raises(InputError, match="another designs"):
        operating_characteristics({"3+3": DESIGNS["3+3"]}, SCENARIOS, **options)
    with pytest.raises(InputError, match="another scenarios"):
        operating_characteristics(DESIGNS, SCENARIOS[:1], **options)
    with pytest.raises(InputError, match="another mtd_rule"):
        operating_characteristics(DESIGNS, SCENARIOS, **options | {"mtd_rule": HighestBelow(0.2)})


def test_a_checkpoint_with_patients_of_another_generator_is_refused(tmp_path):
    simulate(checkpoint=tmp_path, trials=100)
    settings = json.loads((tmp_path / "settings.json").read_text())
    (tmp_path / "settings.json").write_text(json.dumps(settings | {"generator": "PCG64"}))
    with pytest.raises(InputError, match="another generator"):
        simulate(checkpoint=tmp_path, trials=100)


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_chunk_is_refused(tmp_path, damage):
    simulate(checkpoint=tmp_path)
    path = sorted(tmp_path.glob("trials-*"))[3]
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flip":
        content[len(content) // 3] ^= 0xFF
    else:
        content = b""
    path.write_bytes(content)
    with pytest.raises(InputError, match="Delete the file to redo its part"):
        simulate(checkpoint=tmp_path)
    path.unlink()
    assert simulate(checkpoint=tmp_path).attrs["trials"] == 1000


def test_a_folder_with_other_files_is_no_checkpoint(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="The folder holds other files"):
        simulate(checkpoint=tmp_path)
    (tmp_path / "settings.json").write_text("{not json")
    with pytest.raises(InputError, match="unreadable"):
        simulate(checkpoint=tmp_path)


RUN = """
import sys
from tests.simulation.test_chunks import simulate
simulate(trials=6000, chunk_size=60, checkpoint=sys.argv[1]).to_netcdf(sys.argv[2], engine="h5netcdf")
"""


def test_a_run_killed_at_random_moments_resumes_to_the_same_bits(tmp_path):
    """Ten kills without notice (SIGKILL where there is one), then the rest of the run."""
    command = [sys.executable, "-c", RUN, str(tmp_path / "run"), str(tmp_path / "result.nc")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    delays = random.Random(11)  # the moments are random, the list of them is fixed
    killed = 0
    for _ in range(10):
        process = subprocess.Popen(command, env=environment)
        # The package needs about a second to load; a chunk takes some hundredths of one.
        time.sleep(0.6 + 0.8 * delays.random())
        if process.poll() is None:
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            killed += 1
        process.wait()
    subprocess.run(command, env=environment, check=True)
    assert killed >= 5, "the run was over before it could be killed: raise its number of trials"
    with xr.open_dataset(tmp_path / "result.nc", engine="h5netcdf") as resumed:
        uninterrupted = simulate(trials=6000, chunk_size=6000)
        for name, variable in uninterrupted.variables.items():
            found = resumed[name]
            if variable.dtype.kind == "f":
                assert np.array_equal(found.values, variable.values, equal_nan=True), name
            else:
                assert found.values.tolist() == variable.values.tolist(), name
