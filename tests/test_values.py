"""Values that hold arrays, wherever they are in the package."""

import importlib
import inspect
import pkgutil
from dataclasses import fields, is_dataclass

import bayesdose


def test_what_holds_an_array_is_compared_by_identity():
    # Arrays compare cell by cell, so that == between such values would have no answer.
    names = [found.name for found in pkgutil.walk_packages(bayesdose.__path__, "bayesdose.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    classes = {one for module in modules for one in vars(module).values() if inspect.isclass(one)}
    holding = {
        one for one in classes if is_dataclass(one) and any("ndarray" in str(f.type) for f in fields(one))
    }
    assert len(holding) > 10
    # Only an equality that is written by hand knows what to do.
    equalities = {one.__qualname__: one.__eq__ for one in holding if one.__eq__ is not object.__eq__}
    generated = [name for name, equal in equalities.items() if equal.__code__.co_filename == "<string>"]
    assert not generated, "write @dataclass(..., eq=False)"
