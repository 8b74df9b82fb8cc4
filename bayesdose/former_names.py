"""Names of 0.1.0 that stand elsewhere now, so that older scripts still run and say what to change."""

import importlib
import warnings
from typing import Any

__all__ = ["former"]

_NAMESPACES = ("rules", "priors", "scenarios", "plots", "models", "protocols", "inference", "simulation")
_RENAMED = {
    "APlusB": "a_plus_b",
    "AcceleratedTitration": "accelerated_titration",
    "CRMMLE": "crm_mle",
    "IntervalDesign": "interval_design",
    "RollingSix": "rolling_six",
    "ThreePlusThree": "three_plus_three",
    "read_decision_table": "load_decision_table",
    "read_scenarios": "scenarios.load_scenarios",
    "write_decision_table": "save_decision_table",
    "write_scenarios": "scenarios.save_scenarios",
}


def former(name: str) -> Any:
    """What was called `name` in 0.1.0, with a warning that gives its new name.

    Raises
    ------
    AttributeError
        If there was nothing of that name.
    """
    package = importlib.import_module("bayesdose")
    found = _RENAMED.get(name) or next(
        (f"{space}.{name}" for space in _NAMESPACES if name in getattr(package, space).__all__), None
    )
    if found is None:
        raise AttributeError(f"module 'bayesdose' has no attribute {name!r}")
    warnings.warn(f"bayesdose.{name} is now bayesdose.{found}", FutureWarning, stacklevel=3)
    *space, last = found.split(".")
    return getattr(getattr(package, space[0]) if space else package, last)
