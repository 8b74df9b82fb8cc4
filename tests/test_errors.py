"""Errors say what came, what was wanted and how to fix it, and survive a worker process."""

import pickle

import numpy as np
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


def test_message_is_one_short_line():
    error = InputError("file a\nb", got="x" * 5000 + "\n", wanted="less")
    assert str(error).startswith("file a b: got 'xxx")
    assert "\n" not in str(error)
    assert len(str(error)) < 500
    assert error.got == "x" * 5000 + "\n"
    array = np.arange(40).reshape(20, 2)
    assert "\n" not in str(InputError("x", got=array, wanted="less"))


def test_error_family():
    assert issubclass(UnsupportedModelError, InputError)
    assert issubclass(InputError, BayesdoseError)
    assert issubclass(InputError, ValueError)
    assert issubclass(ConvergenceWarning, UserWarning)
