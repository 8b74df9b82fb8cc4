"""One BLAS thread: on the small blocks of this package two are several times slower than one.

The last digits of a product depend on how many threads share it; with one they do not depend on the number
of processors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock, local
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


class _First:
    """How many threads are inside, and the limit that knows what was set before the first of them."""

    def __init__(self) -> None:
        self.lock, self.inside, self.limit = Lock(), 0, None


# How many contexts each thread is inside, one within the other.
_HERE = local()
_FIRST: Any = _First()


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which numpy's matrix products run on one thread; it may stand within another one.

    The setting is the process's, and only the thread that made it can undo it: whoever leaves its outermost
    context sets again what was set before the first thread entered. Another thread that is still inside then
    works on, with more threads.
    """
    depth = getattr(_HERE, "inside", 0)
    if depth == 0:
        with _FIRST.lock:
            limit = _controller().limit(limits=1)
            if _FIRST.inside == 0:
                _FIRST.limit = limit
            _FIRST.inside += 1
    _HERE.inside = depth + 1
    try:
        yield
    finally:
        _HERE.inside = depth
        if depth == 0:
            with _FIRST.lock:
                _FIRST.inside -= 1
                _FIRST.limit.restore_original_limits()


@cache
def _controller() -> ThreadpoolController:
    # It searches all loaded libraries, which takes longer than a small trial graph.
    return ThreadpoolController()
