"""Skeletons of a declaration, read back."""

from pathlib import Path
from typing import Any

import yaml

from connectors.onboarding import Node, Operation, inspect_contract
from connectors.onboarding.skeleton import Skeleton, Surroundings, write_skeleton

ABROAD = Path(__file__).parent / "abroad"
CONTRACTS = {
    "consultaSoggetto": "anpr.yaml",
    "unite_legale": "quotient.yaml",
    "GET /v3/dss/quotient_familial/identite": "quotient.yaml",
    "Auskunft": "firma.wsdl",
    "RR434": "rr.wsdl",
    "peticionSincrona": "scsp.wsdl",
    "npsLv01": "npslv01.wsdl",
}
NOTHING = Surroundings()


def skeleton(name: str, surroundings: Surroundings = NOTHING) -> Skeleton:
    contract = inspect_contract(ABROAD / CONTRACTS[name], folder=ABROAD)
    operation = next(one for one in contract.operations if one.name == name)
    return write_skeleton(
        contract, operation, source_id="it", location=CONTRACTS[name], surroundings=surroundings
    )


def declared(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["sources"]["it"]
    return found


def attributes(name: str) -> dict[str, Any]:
    found: dict[str, Any] = declared(skeleton(name).text)["attributes"]
    return found


REPLY = Node("", None, "object", children=(Node("cognome", None, "string"),))


def operation(**parts: Any) -> Operation:
    whole: dict[str, Any] = {"name": "get", "protocol": "rest", "method": "GET", "path": "/x", "reply": REPLY}
    return Operation(**(whole | parts))
