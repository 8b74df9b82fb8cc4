"""How to compute, from a command's options."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from bayesdose.checks.conform import conform
from bayesdose.errors import InputError
from bayesdose.seeds import root_seed
from bayesdose.simulation.method import Exact, Method, MonteCarlo
from bayesdose.simulation.workers import Workers, worker_processes

__all__ = ["check_workers", "chosen_method", "with_workers"]

_DEFAULT_TRIALS = 10_000


def chosen_method(
    method: str, trials: int | None, target_mcse: float | None, seed: int, checkpoint: Path | None
) -> Method:
    """The value for a command's options.

    Raises
    ------
    InputError
        If a number is out of range, or an option is for simulated trials and the method is exact.
    """
    # A seed that cannot be one is refused with either method.
    seed = root_seed(seed)
    if method == "exact":
        options = {"trials": trials, "target-mcse": target_mcse, "checkpoint": checkpoint}
        for name, value in options.items():
            if value is not None:
                raise InputError(name, got=value, wanted="none with --method exact, which simulates nothing")
        return Exact()
    if trials is None and target_mcse is None:
        trials = _DEFAULT_TRIALS
    return MonteCarlo(trials, target_mcse, rng=seed, checkpoint=checkpoint)


def check_workers(method: Method, workers: int, checkpoint: Path | None = None) -> None:
    """Refuse workers, and a folder for finished parts, where nothing is simulated.

    Raises
    ------
    InputError
        If the method is exact and one of them is given, or there are no workers.
    """
    conform(workers, Workers, "workers")
    if not isinstance(method, MonteCarlo):
        for name, value in (("workers", workers if workers > 1 else None), ("checkpoint", checkpoint)):
            if value is not None:
                raise InputError(name, got=value, wanted="none with an exact method, which simulates nothing")


@contextmanager
def with_workers(method: Method, workers: int, checkpoint: Path | None = None) -> Iterator[Method]:
    """The method with worker processes, and with a folder for finished parts."""
    check_workers(method, workers, checkpoint)
    if checkpoint is not None:
        method = attrs.evolve(method, checkpoint=checkpoint)
    if workers == 1:
        yield method
        return
    with worker_processes(workers) as pool:
        yield attrs.evolve(method, executor=pool)
