"""One family of errors; every message says what came, what was wanted and how to fix it."""

import difflib
import re
from collections.abc import Iterable
from typing import Self

__all__ = [
    "BayesdoseError",
    "ConvergenceWarning",
    "DesignWarning",
    "GraphTooLargeError",
    "InputError",
    "PriorWarning",
    "SimulationError",
    "UnsupportedModelError",
]

# Characters of a value in a message.
_LONGEST = 400


class BayesdoseError(Exception):
    """Base class of all errors that this package raises on purpose."""


class InputError(BayesdoseError, ValueError):
    """Input that cannot be used, found before any work is done.

    Parameters
    ----------
    subject : str
        What was being read or built, e.g. ``"dose grid"``.
    got : object
        The offending value.
    wanted : str
        What would have been accepted.
    fix : str, optional
        How to put it right, when that is not obvious from ``wanted``.
    """

    def __init__(self, subject: str, *, got: object, wanted: str, fix: str = "") -> None:
        self.subject = subject
        self.got = got
        self.wanted = wanted
        self.fix = fix
        message = f"{_in_a_line(subject)}: got {_in_a_line(repr(got))}; wanted {wanted}."
        super().__init__(f"{message} {fix}" if fix else message)

    @classmethod
    def unknown_name(cls, subject: str, got: str, known: Iterable[str]) -> Self:
        """The error for a name that is not among the known ones, with the nearest of them."""
        known = list(known)
        lower = {name.lower(): name for name in known}
        near = difflib.get_close_matches(got.lower(), lower, n=1, cutoff=0.5)
        fix = f"Did you mean {lower[near[0]]!r}?" if near else ""
        return cls(subject, got=got, wanted=f"one of {', '.join(known)}", fix=fix)

    def __reduce__(self):
        """Rebuild from the parts, so that an error can leave a worker process."""
        return (_rebuild, (type(self), self.subject, self.got, self.wanted, self.fix))


class UnsupportedModelError(InputError):
    """A PyMC model that the exact engine cannot tabulate; NUTS (`fit`) may still take it."""


class GraphTooLargeError(BayesdoseError, MemoryError):
    """A trial graph that would not fit in the memory that it may use."""


class SimulationError(BayesdoseError, RuntimeError):
    """A part of a simulation that failed twice."""


class ConvergenceWarning(UserWarning):
    """The sampler's own diagnostics say that its draws should not be trusted yet."""


class DesignWarning(UserWarning):
    """A design cannot do what a reader would expect of it, such as leave a dose upwards."""


class PriorWarning(UserWarning):
    """A prior is only the nearest to what was asked, or says more than its name suggests."""


def _in_a_line(text: str) -> str:
    """A text on one line, with its middle left out where it is long."""
    text = re.sub(r"\s*\n\s*", " ", text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 60]} ... {text[-55:]}"


def _rebuild(cls, subject, got, wanted, fix):
    return cls(subject, got=got, wanted=wanted, fix=fix)
