"""The TLS context of a source's connections: a client certificate, authorities of its own; made anew when a secret changes."""

import os
import ssl

from connectors.security.keys import KeyPair, load_certificates, load_key_pair
from connectors.security.rotating import Rotating, Secrets, Unusable
from connectors.security.rule import Tls
from connectors.source import Clock

__all__ = ["TlsContext"]


class TlsContext:
    """Gives the present context. Connections made with an earlier one are not used again, for the pool keeps them apart."""

    def __init__(self, source_id: str, rule: Tls, *, secrets: Secrets, clock: Clock) -> None:
        """Read the secrets. Raises `DeclarationInvalid`."""
        self._rule, self._clock = rule, clock
        names = tuple(name for name in (rule.certificate, rule.key, rule.authorities) if name is not None)
        self._contexts = Rotating(source_id, ("tls",), names, secrets, self._make)

    @property
    def troubles(self) -> dict[str, str]:
        """Why a changed secret is not in use, by the key that names it."""
        return {"tls": self._contexts.trouble} if self._contexts.trouble else {}

    def current(self) -> ssl.SSLContext:
        """The context for a connection made now."""
        return self._contexts.current()

    def _make(self, *texts: str) -> ssl.SSLContext:
        left = list(texts)
        pair = None
        if self._rule.certificate is not None:
            certificate, key = left.pop(0), left.pop(0)
            pair = load_key_pair(key, certificate, self._clock())
        authorities = left.pop() if self._rule.authorities is not None else None
        if authorities is not None:
            load_certificates(authorities)
        context = ssl.create_default_context(cadata=authorities)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if pair is not None:
            _present(context, pair)
        return context


def _present(context: ssl.SSLContext, pair: KeyPair) -> None:
    """Let a context present a certificate. The key goes through memory alone: `load_cert_chain` takes nothing but a file."""
    file = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
    try:
        os.write(file, pair.key_pem + pair.chain_pem)
        context.load_cert_chain(f"/proc/self/fd/{file}")
    except ssl.SSLError:
        raise Unusable("TLS does not take the key or its certificate") from None
    finally:
        os.close(file)
