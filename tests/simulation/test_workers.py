"""Worker processes: none stays when the main process is gone (`test_chunks.py` has their results)."""

import os
import signal
import subprocess
import sys

import pytest

from bayesdose.errors import InputError
from bayesdose.simulation.workers import worker_processes

# One worker is at work and one waits for it, both after a first piece of work.
KILLED = """
import os, time
from bayesdose.simulation.workers import worker_processes

if __name__ == "__main__":
    with worker_processes(2) as pool:
        working = [pool.submit(time.sleep, 1) for _ in range(2)]
        pids = [*pool._processes]
        [future.result() for future in working]
        pool.submit(time.sleep, 600)
        print(*pids, flush=True)
        time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has SIGKILL, and workers that inherit a pipe")
def test_workers_end_when_the_main_process_is_killed(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, script]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        process.kill()
        try:
            # Workers inherit the pipe: it ends when the last process that could write to it does.
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            pytest.fail("workers are still there half a minute after the main process was killed")
    assert len(pids) == 2


@pytest.mark.parametrize("number", [0, 1001, 2.0, "2"])
def test_numbers_that_cannot_be_are_refused(number):
    with pytest.raises(InputError, match="worker_processes, number: got .*; wanted a whole number"):
        worker_processes(number)
