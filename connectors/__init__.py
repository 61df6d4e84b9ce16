"""Authentic sources: declare one, call it, read what it says.

The protocols themselves are `connectors.soap.SoapSource` and `connectors.rest.RestSource`; `connectors.memory.MemorySource` is
their peer in memory. This door loads neither zeep nor a network library.
"""

from connectors.attribute_rule import TYPES as VALUE_TYPES
from connectors.blanks import UNFILLED, blanks_in
from connectors.contract import check_against_contract
from connectors.declaration import SourceDeclaration, read_declaration
from connectors.errors import (
    ContractBroken,
    DeclarationInvalid,
    Problem,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from connectors.guard.health import Latency, SourceHealth
from connectors.guard.rule import Limits
from connectors.parameters import Table
from connectors.source import Clock, Enquiry, Identifier, Reading, Source, Value

__all__ = [
    "UNFILLED",
    "VALUE_TYPES",
    "Clock",
    "ContractBroken",
    "DeclarationInvalid",
    "Enquiry",
    "Identifier",
    "Latency",
    "Limits",
    "Problem",
    "Reading",
    "Source",
    "SourceBusy",
    "SourceDeclaration",
    "SourceError",
    "SourceHealth",
    "SourceRefused",
    "SourceUnavailable",
    "SubjectUnknown",
    "Table",
    "Value",
    "blanks_in",
    "check_against_contract",
    "read_declaration",
]
