"""What the commands share: the application that they are registered with, and kinds of option."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

from cyclopts import App, Parameter, Token


def _whole(_: object, tokens: Sequence[Token]) -> int:
    """A whole number as it is written: 1.5 is none, and is not cut to 1."""
    return int(tokens[0].value)


def _number(_: object, tokens: Sequence[Token]) -> float:
    """A number as it is written: None is none."""
    return float(tokens[0].value)


Whole = Annotated[int, Parameter(converter=_whole)]
Number = Annotated[float, Parameter(converter=_number)]
Flag = Annotated[bool, Parameter(negative="")]

app = App(
    name="bayesdose",
    help="Dose-finding designs: exact operating characteristics, next dose, posterior.",
    help_format="plaintext",
    version=lambda: version("bayesdose"),
    # No word can be this one, so that "--" is a word that no command knows.
    end_of_options_delimiter="\0",
    # A word is one of a list, never a list in JSON.
    default_parameter=Parameter(json_list=False, json_dict=False),
)
