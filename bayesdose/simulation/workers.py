"""Worker processes that simulate chunks of trials and end with the process that started them."""

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Annotated

import annotated_types as at

from bayesdose.checks.arguments import checked

__all__ = ["Workers", "worker_processes"]

# More processes than any one machine has a use for.
Workers = Annotated[int, at.Ge(1), at.Le(1_000)]


@checked
def worker_processes(number: Workers) -> ProcessPoolExecutor:
    """Worker processes for ``MonteCarlo(executor=...)``.

    They end with the ``with`` block, and also when this process is gone without having said so, such as after
    SIGKILL or for want of memory.

    Parameters
    ----------
    number : int
        How many, from 1 to 1,000; as many as there are cores is a good number.

    Returns
    -------
    concurrent.futures.ProcessPoolExecutor
        Workers that start with the first chunks. They import the calling script, which must therefore start
        its work under ``if __name__ == "__main__":``.

    Raises
    ------
    InputError
        If the number is not whole or out of range.

    Examples
    --------
    >>> with worker_processes(2) as pool:
    ...     type(pool).__name__
    'ProcessPoolExecutor'
    """
    # Forked copies of a process with threads can hang, so workers start afresh.
    return ProcessPoolExecutor(number, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Watch the process that started this one; a worker that waits for work would not notice its end."""
    threading.Thread(target=_wait_for_its_end, daemon=True).start()


def _wait_for_its_end() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    # Nobody is left to whom a result could go, or an error.
    os._exit(1)
