"""One BLAS thread: on the small blocks of this package two are several times slower than one.

The last digits of a product depend on how many threads share it; with one they do not depend on the number
of processors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


class _State:
    """How many are inside, and the limit that knows what was set before the first of them."""

    def __init__(self) -> None:
        self.lock, self.inside, self.first = Lock(), 0, None


_STATE: Any = _State()


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which numpy's matrix products run on one thread.

    The setting is the process's, and only the thread that made it can undo it: whoever leaves sets again what
    was set before the first entered. Another thread that is still inside then works on, with more threads.
    """
    with _STATE.lock:
        limit = _controller().limit(limits=1)
        if _STATE.inside == 0:
            _STATE.first = limit
        _STATE.inside += 1
    try:
        yield
    finally:
        with _STATE.lock:
            _STATE.inside -= 1
            _STATE.first.restore_original_limits()


@cache
def _controller() -> ThreadpoolController:
    # It searches all loaded libraries, which takes longer than a small trial graph.
    return ThreadpoolController()
