"""Portals that may read people's lines on their behalf: known by their client certificates, each of them pinned.

No authority vouches for a portal: a folder holds the certificates, one file each, `NAME.pem`. A certificate counts while it is valid; a new one
is put beside the old one for a while (`NAME.2027.pem`).
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_FILE = re.compile(r"([a-z][a-z0-9-]{0,63})(?:\.[a-z0-9-]{1,32})?\.pem")


class PortalsInvalid(Exception):
    """The folder is no folder of portals' certificates. The message names the file."""


class Portals:
    """The pinned certificates.

    Args:
        pinned: the name of the portal, by the SHA-256 of its certificate in DER.
        clock: says whether a certificate is valid.
    """

    def __init__(self, pinned: Mapping[bytes, str], clock: Callable[[], datetime]) -> None:
        self._pinned, self._clock = MappingProxyType(dict(pinned)), clock

    @classmethod
    def read(cls, folder: Path, clock: Callable[[], datetime]) -> "Portals":
        """Read a folder.

        Raises:
            PortalsInvalid: a file is not one certificate in PEM, is not named like one, or there is none.
        """
        pinned: dict[bytes, str] = {}
        for file in sorted(folder.iterdir()):
            named = _FILE.fullmatch(file.name)
            if named is None:
                raise PortalsInvalid(f"{file.name}: is not named NAME.pem or NAME.WHICH.pem")
            try:
                (certificate,) = x509.load_pem_x509_certificates(file.read_bytes())
            except (ValueError, OSError):
                raise PortalsInvalid(f"{file.name}: is not one certificate in PEM") from None
            pinned[hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()] = named[1]
        if not pinned:
            raise PortalsInvalid("there is no certificate")
        return cls(pinned, clock)

    def named(self, certificate: bytes) -> str | None:
        """The portal that has this certificate (DER), if it is pinned and valid now."""
        name = self._pinned.get(hashlib.sha256(certificate).digest())
        if name is None:
            return None
        read = x509.load_der_x509_certificate(certificate)
        return name if read.not_valid_before_utc <= self._clock() <= read.not_valid_after_utc else None
