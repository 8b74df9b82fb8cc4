"""Progress of long work, shown by rich once it has taken two seconds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress", "no_progress", "progress_bar"]

Progress = Callable[[float], None]

_SECONDS_BEFORE_SHOWN = 2.0


def no_progress(share: float) -> None:
    """Take note of nothing."""


@contextmanager
def progress_bar(description: str) -> Iterator[Progress]:
    """A progress bar on standard error that appears only if the work takes over two seconds.

    Parameters
    ----------
    description : str
        What is being done.

    Yields
    ------
    callable
        To be called with the share done, from 0 to 1.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    # Without a total the bar only shows that work goes on, until the first share is known.
    task = bar.add_task(description, total=None)
    timer = threading.Timer(_SECONDS_BEFORE_SHOWN, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda share: bar.update(task, total=1.0, completed=min(share, 1.0))
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()
