"""Errors say what came, what was wanted and how to fix it, and survive a worker process."""

import pickle

import pytest

from bayesdose.errors import BayesdoseError, ConvergenceWarning, InputError, UnsupportedModelError


@pytest.mark.parametrize("kind", [InputError, UnsupportedModelError])
def test_error_pickles(kind):
    error = kind("dose grid", got=(2, 1), wanted="increasing doses", fix="Sort them.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert (copy.subject, copy.got, copy.wanted, copy.fix) == (
        "dose grid",
        (2, 1),
        "increasing doses",
        "Sort them.",
    )


def test_message_has_all_parts():
    assert (
        str(InputError("dose", got=-1, wanted="a positive dose")) == "dose: got -1; wanted a positive dose."
    )
    assert str(InputError("dose", got=-1, wanted="a positive dose", fix="Drop it.")).endswith(
        "dose. Drop it."
    )


def test_error_family():
    assert issubclass(UnsupportedModelError, InputError)
    assert issubclass(InputError, BayesdoseError)
    assert issubclass(InputError, ValueError)
    assert issubclass(ConvergenceWarning, UserWarning)
