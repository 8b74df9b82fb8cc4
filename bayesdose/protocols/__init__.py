"""Phase I protocols as data: five trials, and how to load another from a TOML file."""

from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.prior_rules import (
    GivenPriorRule,
    MinimallyInformativeRule,
    PriorRule,
    QuantilePriorRule,
    StatementsPriorRule,
    WeaklyInformativeRule,
)
from bayesdose.protocols.protocol import Assumption, Escalation, Protocol, Regimen, TitrationTrigger
from bayesdose.protocols.settings import BLRMSettings
from bayesdose.protocols.sourced import Source, Sourced

__all__ = [
    "Assumption",
    "BLRMSettings",
    "Escalation",
    "GivenPriorRule",
    "MinimallyInformativeRule",
    "PriorRule",
    "Protocol",
    "QuantilePriorRule",
    "Regimen",
    "Source",
    "Sourced",
    "StatementsPriorRule",
    "TitrationTrigger",
    "WeaklyInformativeRule",
    "load_protocol",
    "protocol_names",
]
