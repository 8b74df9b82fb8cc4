"""Phase I protocols as data: five trials, and how to load another from a TOML file."""

from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.protocol import Assumption, Escalation, Protocol, Regimen, TitrationTrigger
from bayesdose.protocols.settings import BLRMSettings, QuantilePriorRule
from bayesdose.protocols.sourced import Source, Sourced

__all__ = [
    "Assumption",
    "BLRMSettings",
    "Escalation",
    "Protocol",
    "QuantilePriorRule",
    "Regimen",
    "Source",
    "Sourced",
    "TitrationTrigger",
    "load_protocol",
    "protocol_names",
]
