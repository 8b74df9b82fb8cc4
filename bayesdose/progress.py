"""Progress of long work, shown by rich once it has taken two seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

__all__ = ["Progress", "Share", "counted", "no_progress", "progress_bar", "span"]

Progress = Callable[[float], None]

_SECONDS_BEFORE_SHOWN = 2.0


class Share(float):
    """A share of some work, from 0 to 1, that also says how much was done, and of what.

    Parameters
    ----------
    share : float
        Share of the work that is done.
    done : int
        How much that is.
    unit : str
        Of what, e.g. ``"trials"``.
    """

    done: int
    unit: str

    def __new__(cls, share: float, done: int, unit: str) -> Self:
        """Make the number that it is."""
        made = super().__new__(cls, share)
        made.done, made.unit = done, unit
        return made


def no_progress(share: float) -> None:
    """Take note of nothing."""


def span(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part of some work, told as progress of the whole from one share to another.

    Examples
    --------
    >>> span(print, 0.5, 1.0)(0.5)
    0.75
    """

    def part(share: float) -> None:
        whole = start * (1 - share) + end * share
        progress(Share(whole, share.done, share.unit) if isinstance(share, Share) else whole)

    return part


def counted(progress: Progress, start: Share, end: Share) -> Progress:
    """Progress of a part that takes the whole from one share to another, with what is done by then.

    Examples
    --------
    >>> tell = counted(lambda share: print(share, share.done, share.unit), Share(0.5, 10, "trials"),
    ...                Share(1.0, 30, "trials"))
    >>> tell(0.5)
    0.75 20 trials
    """

    def part(share: float) -> None:
        done = round(start.done * (1 - share) + end.done * share)
        progress(Share(start * (1 - share) + end * share, done, end.unit))

    return part


class _Rate:
    """Units a second since the first time that a count was told."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None
        self._last = (0.0, 0)
        self._unit = ""

    def text(self, share: float) -> str:
        if not isinstance(share, Share):
            return ""
        now = (time.monotonic(), share.done)
        # A smaller count, or one of something else, is that of new work, which began at the last one.
        if self._first is None:
            self._first = now
        elif share.done < self._last[1] or share.unit != self._unit:
            self._first = (self._last[0], 0)
        self._last, self._unit = now, share.unit
        seconds, done = now[0] - self._first[0], now[1] - self._first[1]
        return f"{done / seconds:,.0f} {share.unit}/s" if seconds > 0 and done else ""


@contextmanager
def progress_bar(description: str) -> Iterator[Progress]:
    """A progress bar on standard error that appears only if the work takes over two seconds.

    It shows the share done, the time since the beginning, the time left and, where the work counts, the
    rate, such as trials or states a second.

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
    from rich.progress import (
        BarColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # The time left follows from the whole run: a part of it may take longer than rich's window of 30 seconds.
    bar = Bar(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=float("inf"))
    # Without a total the bar only shows that work goes on, until the first share is known.
    task = bar.add_task(description, total=None, rate="")
    rate = _Rate()
    timer = threading.Timer(_SECONDS_BEFORE_SHOWN, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda share: bar.update(task, total=1.0, completed=min(share, 1.0), rate=rate.text(share))
    finally:
        timer.cancel()
        timer.join()
        if bar.live.is_started:
            bar.stop()
