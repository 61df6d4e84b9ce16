"""A policy set is tried in a process of its own before the embedded engine decides by it.

That engine cannot be stopped once it has begun: a set that thinks for minutes would hold every prefill, and one that wants all memory would end the
hub. So a set that takes too long over ordinary questions, or over one as large as any, is refused while it is loaded. An OPA server
needs no such trial: the hub ends its call after the deadline, and the server is a process of its own.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from policies.errors import PolicyInvalid, Problem
from policies.policy_set import PolicySet

SECONDS: Final = 2.0
"""Of the processor, for the trial as a whole. The built-in set takes a fiftieth of it."""
MEBIBYTES: Final = 1024
"""Of memory, for the trial."""
_STARTING_S: Final = 28.0
"""What the process may take besides, on a machine that is busy with other things."""
_TRIED: Final = Path(__file__).with_name("tried.py")
_LARGE: Final = 200
_TOO_MUCH: Final = f"takes more than {SECONDS:g} s or {MEBIBYTES} MiB to decide on one question"


def try_out(policy_set: PolicySet, *, seconds: float = SECONDS) -> None:
    """Decide on a few questions by a set, in another process.

    Raises:
        PolicyInvalid: It takes too long, or too much memory.
    """
    asked = {
        "modules": dict(policy_set.modules),
        "data": policy_set.data,
        "questions": [{}, _question(1, 0), _question(_LARGE, _LARGE // 10)],
        "seconds": seconds,
        "bytes": MEBIBYTES * 2**20,
    }
    command = [sys.executable, "-I", str(_TRIED)]
    try:
        done = subprocess.run(  # noqa: S603 - this very Python, and a file beside this one
            command,
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds + _STARTING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refused() from None
    if done.returncode != 0:
        raise _refused()


def _refused() -> PolicyInvalid:
    return PolicyInvalid((Problem("policies", 0, _TOO_MUCH),))


def _question(attributes: int, consents: int) -> dict[str, Any]:
    """A question with all that a rule may look at: about so many attributes, with so many consents."""
    names = [f"person.attribute{number}" for number in range(attributes)]
    sensitivities = ("normal", "special", "criminal")
    return {
        "client": {"id": "c", "controller": "o", "forms": ["f", *names], "channels": ["web"]},
        "actor": {"role": "agent", "proof": "token", "isSubject": False, "assuranceLevel": 500},
        "representation": {
            "basis": "mandate", "established": True, "scopeHolds": True, "validFrom": 1, "validUntil": 9_000_000_000_000,
            "signedByGiver": True, "signedByHolder": True, "revoked": False,
        },
        "subject": {"kind": "person", "age": 18, "sealed": names},
        "form": {
            "id": "f", "activity": "a", "subjectKind": "person", "attributes": names,
            "obligations": {name: ["masked", "yearOnly"] for name in names},
        },
        "activity": {
            "id": "a", "controller": "o", "legalBasis": "6(1)(a)", "specialBasis": "9(2)(a)", "criminalBasis": "a law", "attributes": names,
            "actorProof": "token", "channels": ["web"], "retention": "P10Y", "dpia": True, "nationalNumberBasis": "a law", "ownFromAge": 12,
            "assurance": {"normal": 0, "special": 400, "criminal": 400}, "secondPair": list(sensitivities), "sealedBasis": "a law",
            "breakGlass": True, "notices": ["n"],
        },
        "attributes": {
            name: {"category": "identity", "sensitivity": sensitivities[place % 3]} for place, name in enumerate(names)
        },
        "consents": [
            {
                "id": f"c{number}", "status": "given", "activity": "a", "attributes": names, "validFrom": 1,
                "validUntil": 9_000_000_000_000, "notice": "n",
            }
            for number in range(consents)
        ],
        "approval": {"isActor": False, "isSubject": False, "established": True},
        "emergency": {"isActor": True, "isCase": True, "validUntil": 9_000_000_000_000},
        "channel": "web", "case": {"present": True}, "reason": {"present": True}, "time": 1_764_000_000_000,
    }  # fmt: skip
