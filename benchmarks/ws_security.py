"""What WS-Security adds to a SOAP call, in CPU: signing the request, verifying the answer.

`python -m benchmarks.ws_security [--json] [--rounds N]`. Microseconds per message of one thread, the median of ten runs; beside them
what OpenSSL takes for one RSA signature of 2048 bits alone, and what plain zeep takes to sign the same request by the same library.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree
from zeep.wsse.signature import BinarySignature

from connectors import xml
from connectors.security import SecretFiles, Security, Signature, UsernameToken, Verify
from connectors.security.message import SecuredMessages
from connectors.template import Template, as_xml
from tests.connectors.security import signing
from tests.support.certificates import pair

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_QUESTION = Template(
    (
        f'<s:Envelope xmlns:s="{_SOAP}"><s:Header/><s:Body><p:GetPerson xmlns:p="urn:test:persons"><p:Number>'.encode(),
        b"</p:Number></p:GetPerson></s:Body></s:Envelope>",
    ),
    ("subject",),
)
_VALUES = {"subject": "85060200123"}


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """All figures, in microseconds."""
    (folder / "key").write_text(pair("hub").key)
    (folder / "certificate").write_text(pair("hub").cert)
    (folder / "theirs").write_text(pair("source").cert)
    (folder / "password").write_text("word")
    time.sleep(2.1)  # a file that was only just written is read at each call
    signature = Signature("key", "certificate", "binarySecurityToken", frozenset())
    signing_only = _messages(folder, Security(300, None, None, signature, None))
    token_only = _messages(
        folder, Security(300, None, UsernameToken("hub", "password", digest=True), None, None)
    )
    verifying = _messages(folder, Security(300, None, None, None, Verify(("theirs",), frozenset(), 300, 60)))
    answer = signing.raw(signing.signed(time=signing.timestamp(datetime.now(UTC), None)))
    zeep = BinarySignature(str(folder / "key"), str(folder / "certificate"))  # type: ignore[no-untyped-call]
    key = pair("hub").private

    def verify() -> None:
        assert verifying.verify is not None
        verifying.verify(xml.parse(answer))

    def sign_by_zeep() -> None:
        envelope = etree.fromstring(_QUESTION.fill(_VALUES, as_xml))
        zeep.apply(envelope, {})  # type: ignore[no-untyped-call]
        etree.tostring(envelope)

    steps: dict[str, Callable[[], object]] = {
        "fillUs": lambda: _QUESTION.fill(_VALUES, as_xml),
        "fillWithUserNameUs": lambda: token_only.fill(_VALUES),
        "fillAndSignUs": lambda: signing_only.fill(_VALUES),
        "rsaAloneUs": lambda: key.sign(b"x" * 700, PKCS1v15(), hashes.SHA256()),
        "zeepSignUs": sign_by_zeep,
        "parseUs": lambda: xml.parse(answer),
        "parseAndVerifyUs": verify,
    }
    return {name: _cost(step, rounds) for name, step in steps.items()}


def _messages(folder: Path, rule: Security) -> SecuredMessages:
    return SecuredMessages(
        "persons", rule, _QUESTION, secrets=SecretFiles(folder), clock=lambda: datetime.now(UTC), random=os.urandom
    )  # fmt: skip


def _cost(step: Callable[[], object], rounds: int) -> float:
    """CPU of one step in microseconds."""
    step()
    runs = []
    for _ in range(10):
        began = time.thread_time()
        for _ in range(rounds // 10):
            step()
        runs.append((time.thread_time() - began) / (rounds // 10) * 1e6)
    return round(statistics.median(runs), 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), arguments.rounds)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:20} {value:8.1f}")


if __name__ == "__main__":
    main()
