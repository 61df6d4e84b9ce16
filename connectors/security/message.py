"""The messages of a SOAP source that declares `security`: requests are secured, answers verified."""

from collections.abc import Callable, Mapping

from lxml import etree

from connectors.security.incoming import Verifier
from connectors.security.outgoing import SecuredRequest
from connectors.security.rotating import Secrets
from connectors.security.rule import Security
from connectors.source import Clock
from connectors.template import Template

__all__ = ["SecuredMessages"]


class SecuredMessages:
    """What `connectors.soap` uses between filling a template and sending it, and between parsing an answer and reading it."""

    def __init__(
        self,
        source_id: str,
        rule: Security,
        template: Template,
        *,
        secrets: Secrets,
        clock: Clock,
        random: Callable[[int], bytes],
    ) -> None:
        """Put the Security header into the template, read the secrets. Raises `DeclarationInvalid`."""
        self._request = SecuredRequest(source_id, rule, template, secrets=secrets, clock=clock, random=random)
        self._verifier = (
            None if rule.verify is None else Verifier(source_id, rule.verify, secrets=secrets, clock=clock)
        )

    @property
    def fill(self) -> Callable[[Mapping[str, str]], bytes]:
        """Makes a request's bytes of the values of its variables; raises `Unsendable`."""
        return self._request.fill

    @property
    def verify(self) -> Callable[[etree._Element], None] | None:
        """Checks an answer and leaves of it only what was signed, where that is declared; raises `Unverified`."""
        return None if self._verifier is None else self._verifier.verify

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why a changed secret is not in use, by the key that names it."""
        return self._request.troubles | (self._verifier.troubles if self._verifier else {})
