"""Words that people are shown are no code."""

import inspect
import re

from bayesdose import models, priors, rules
from bayesdose.designs.base import Design
from bayesdose.grammar.registry import members


def classes():
    """Names of the package's public classes, and of those that its designs are; none that are words too."""
    spaces = (models, priors, rules)
    public = {name for space in spaces for name in space.__all__ if inspect.isclass(getattr(space, name))}
    made = {inspect.unwrap(make).__annotations__["return"] for make in members(Design).values()}
    every = public | {getattr(one, "__name__", one) for one in made}
    return {name for name in every if re.search("[a-z].*[A-Z]|CRMMLE", name)}


def code_in(text):
    """What of a text is a class's name, or a value as Python prints it."""
    found = [name for name in sorted(classes()) if re.search(rf"\b{name}\b", text)]
    return found + re.findall(r"<[\w.]+ object at|[A-Za-z]{2}\(\w+=", text)
