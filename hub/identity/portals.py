"""Portals that may read people's lines on their behalf: known by their client certificates, each of them pinned.

No authority vouches for a portal: a folder holds the certificates, one file each, `NAME.pem`. A certificate counts while it is valid; a new one
is put beside the old one for a while (`NAME.2027.pem`).
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.identity.certificates import is_valid, thumbprint

_FILE = re.compile(r"([a-z][a-z0-9-]{0,63})(?:\.[a-z0-9-]{1,32})?\.pem")


class PortalsInvalid(Exception):
    """The folder is no folder of portals' certificates. The message names the file."""


class Portals:
    """The pinned certificates.

    Args:
        pinned: the name of the portal, by the thumbprint of its certificate.
        clock: says whether a certificate is valid.
    """

    def __init__(self, pinned: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        self._pinned, self._clock = MappingProxyType(dict(pinned)), clock

    @classmethod
    def read(cls, folder: Path, clock: Callable[[], datetime]) -> "Portals":
        """Read a folder.

        Raises:
            PortalsInvalid: a file is not one certificate in PEM, is not named like one, or there is none.
        """
        pinned: dict[str, str] = {}
        for file in sorted(folder.iterdir()):
            named = _FILE.fullmatch(file.name)
            if named is None:
                raise PortalsInvalid(f"{file.name}: is not named NAME.pem or NAME.WHICH.pem")
            try:
                (certificate,) = x509.load_pem_x509_certificates(file.read_bytes())
            except (ValueError, OSError):
                raise PortalsInvalid(f"{file.name}: is not one certificate in PEM") from None
            pinned[thumbprint(certificate.public_bytes(Encoding.DER))] = named[1]
        if not pinned:
            raise PortalsInvalid("there is no certificate")
        return cls(pinned, clock)

    def named(self, certificate: bytes) -> str | None:
        """The portal that has this certificate (DER), if it is pinned and valid now."""
        name = self._pinned.get(thumbprint(certificate))
        return name if name is not None and is_valid(certificate, self._clock) else None
