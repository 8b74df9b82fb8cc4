"""Parts of some work, done here or by an executor's workers, each tried twice."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, as_completed

from bayesdose.errors import SimulationError

__all__ = ["results_of"]


def results_of[K, R](
    jobs: Mapping[K, Callable[[], R]], executor: Executor | None, name: Callable[[K], str]
) -> Iterator[tuple[K, R]]:
    """The result of each job, in the order in which they come; a job that fails is tried once more.

    Parameters
    ----------
    jobs : mapping of key to callable
        What is called; for an executor of other processes it must be one that can be pickled.
    executor : concurrent.futures.Executor, optional
        Who calls; by default this process, one job after the other.
    name : callable
        What an error calls a job.

    Raises
    ------
    SimulationError
        If a job fails twice; the message names it, and the cause is attached.
    """
    return _here(jobs, name) if executor is None else _by_workers(jobs, executor, name)


def _here[K, R](jobs: Mapping[K, Callable[[], R]], name: Callable[[K], str]) -> Iterator[tuple[K, R]]:
    for key, job in jobs.items():
        yield key, _twice(job, job, name(key))


def _by_workers[K, R](
    jobs: Mapping[K, Callable[[], R]], executor: Executor, name: Callable[[K], str]
) -> Iterator[tuple[K, R]]:
    waiting: dict[Future[R], K] = {executor.submit(job): key for key, job in jobs.items()}
    try:
        for future in as_completed(waiting):
            # A future that is kept keeps its result.
            key = waiting.pop(future)

            def again(job: Callable[[], R] = jobs[key]) -> R:
                return executor.submit(job).result()

            yield key, _twice(future.result, again, name(key))
    finally:
        for future in waiting:
            future.cancel()


def _twice[R](first_try: Callable[[], R], second_try: Callable[[], R], name: str) -> R:
    # A worker may fail in any way: an error of the design, a lost process, a lost connection. No failure
    # is hidden: if the second try fails too, an error names the job.
    try:
        return first_try()
    except Exception:  # of any kind, see above: it is done again
        try:
            return second_try()
        except Exception as error:  # of any kind, and named with its job
            raise SimulationError(f"{name} failed twice: {type(error).__name__}: {error}") from error
