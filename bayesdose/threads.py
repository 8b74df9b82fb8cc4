"""One BLAS thread: on the small blocks of this package two are several times slower than one.

The last digits of a product depend on how many threads share it, so one also makes results those of any
machine with the same library.
"""

from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


def one_thread() -> Any:
    """A context in which numpy's matrix products run on one thread."""
    return _controller().limit(limits=1)


@cache
def _controller() -> ThreadpoolController:
    # It searches all loaded libraries, which takes longer than a small trial graph.
    return ThreadpoolController()
