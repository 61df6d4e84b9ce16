"""Services on Apache CXF, a SOAP stack of other people's, in a process of its own."""

import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from tests.support.certificates import Pair
from tests.support.machine import find_cxf, free_port, missing

PASSWORD = "pass<&>wörd"
_STORES = b"changeit"


@contextmanager
def running_cxf(folder: Path, *, own: Pair, trusted: Pair) -> Iterator[str]:
    """Start `CxfPeer`, which signs with `own` and believes `trusted`; gives the address that its services are below."""
    cxf = find_cxf()
    if cxf is None:
        missing("Apache CXF")
    assert cxf is not None
    (folder / "password").write_text(PASSWORD, "utf8")
    encryption = BestAvailableEncryption(_STORES)
    (folder / "source.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"source", own.private, own.certificate, None, encryption)
    )
    entry = pkcs12.PKCS12Certificate(trusted.certificate, b"hub")
    (folder / "trusted.p12").write_bytes(pkcs12.serialize_java_truststore([entry], encryption))
    port = free_port()
    process = subprocess.Popen(
        ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", f"-Djava.io.tmpdir={folder}",
         "-cp", f"{cxf}/classes:{cxf}/lib/*", "CxfPeer", str(port), str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "cxf.log").open("wb"),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 60)
        assert ready, "Apache CXF did not get ready"
        assert process.stdout.readline() == b"ready\n", (folder / "cxf.log").read_text("utf8")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()
