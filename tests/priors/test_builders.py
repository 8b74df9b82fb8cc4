"""Every public builder of a prior: described, shown by an example, and usable from a file.

The builders are found by the registry, so a new one is tested as soon as it stands in
bayesdose/priors/__init__.pyi; its own docstring says by which arguments.
"""

import doctest
import importlib
import inspect
import re
from importlib import resources
from pathlib import Path

import pytest

from bayesdose.checks.kinds import kind_of
from bayesdose.described import Described
from bayesdose.grammar.registry import members
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_value
from bayesdose.grid import DoseGrid
from bayesdose.models.prior import Prior
from tests.in_words import code_in

BUILDERS = dict(members(Prior))


def sections(builder):
    return set(re.findall(r"^(\w+)\n-{3,}$", inspect.getdoc(builder) or "", re.MULTILINE))


def example_call(builder):
    """The arguments, by name, and the result of the builder's first call in its docstring's examples."""
    module = importlib.import_module(builder.__module__)
    signature, calls = inspect.signature(builder), []

    def recorded(*args, **kwargs):
        result = builder(*args, **kwargs)
        calls.append((signature.bind(*args, **kwargs).arguments, result))
        return result

    names = {**vars(module), builder.__name__: recorded}
    for example in doctest.DocTestParser().get_examples(inspect.getdoc(builder)):
        exec(compile(example.source, builder.__name__, "single"), names)
    return calls[0]


def test_there_are_builders():
    assert {"NormalPrior", "NormalMixture", "prior_from_quantiles", "robustify"} <= set(BUILDERS)


def test_every_builder_of_the_folder_is_public():
    for path in sorted(resources.files("bayesdose.priors").iterdir(), key=str):
        if not path.name.endswith(".py"):
            continue
        module = importlib.import_module(f"bayesdose.priors.{path.name.removesuffix('.py')}")
        for name, function in vars(module).items():
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            # What is checked at the border is meant for users.
            if own and hasattr(function, "__wrapped__") and kind_of(function) is Prior:
                assert name in BUILDERS, f"step forgotten: add {name} to bayesdose/priors/__init__.pyi"


@pytest.mark.parametrize("name", BUILDERS)
def test_a_builder_is_described(name):
    wanted = {"Parameters", "Raises", "Examples"} | (
        {"Returns"} if inspect.isfunction(BUILDERS[name]) else set()
    )
    missing = wanted - sections(BUILDERS[name])
    assert not missing, (
        f"step forgotten: the docstring of bayesdose.priors.{name} needs the numpydoc sections "
        f"{', '.join(sorted(missing))}; its examples must call {name}"
    )


@pytest.mark.filterwarnings("ignore::bayesdose.errors.PriorWarning")
@pytest.mark.parametrize("name", BUILDERS)
def test_a_builder_can_stand_in_a_file(name):
    arguments, made = example_call(BUILDERS[name])
    grid = arguments.pop("grid", DoseGrid((1, 3, 10), unit="mg"))
    table = {"prior": name, **{key: plain_value(as_tuple(value)) for key, value in arguments.items()}}
    read = structured(table, Prior, Context(Path(), {"grid": grid}), "a file")
    assert read == made, f"step forgotten: the types of {name}'s parameters must be those of values in a file"


@pytest.mark.parametrize("name", BUILDERS)
def test_a_prior_says_where_it_comes_from(name):
    _, made = example_call(BUILDERS[name])
    assert isinstance(made, Prior)
    assert made.origin.strip(), f"step forgotten: {name} must give its prior an origin in words"
    if inspect.isfunction(BUILDERS[name]):
        assert made.origin != "given", f"step forgotten: {name} must say in `origin` how the prior was built"


@pytest.mark.parametrize("name", BUILDERS)
def test_a_prior_is_printed_in_words(name):
    _, made = example_call(BUILDERS[name])
    assert isinstance(made, Described), (
        f"step forgotten: make it class {type(made).__name__}(Described, Prior), with `words`"
    )
    assert made.words["Origin"] == made.origin
    assert not code_in(str(made)), f"the words of {name}'s prior show code: {code_in(str(made))}"


def as_tuple(value):
    return tuple(value) if isinstance(value, list) else value
