"""The authentic sources: the protocol that each speaks, and the addresses that the operator set."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors import Source, SourceDeclaration
from connectors.rest import RestSource
from connectors.security import SecretFiles
from connectors.soap import SoapSource
from hub.assembly.base import now
from hub.catalogue import Catalogue
from hub.randomness import new_uuid
from hub.settings import Settings, SettingsInvalid

_PROTOCOLS: Final[Mapping[str, type[SoapSource] | type[RestSource]]] = {
    "soap": SoapSource,
    "rest": RestSource,
}
_RECORDING_S: Final = 1.0
"""What a prefill may take besides its sources, in seconds, before its consultation counts as given up."""


def check_patience(settings: Settings, catalogue: Catalogue) -> None:
    """Refuse a source that may answer after its consultation was given up: every prefill that waits for it would be refused.

    Raises:
        SettingsInvalid: naming the sources.
    """
    patience = settings.orphan_after_s - _RECORDING_S
    slow = sorted(name for name, source in catalogue.sources.items() if source.limits.deadline > patience)
    if slow:
        raise SettingsInvalid(
            {
                "ONLYONCE_ORPHAN_AFTER_S": f"must be {_RECORDING_S:g} s longer than the deadline of {', '.join(slow)}"
            }
        )


def declared_sources(settings: Settings, catalogue: Catalogue) -> dict[str, Source]:
    """The sources of the catalogue, by id."""
    secrets = SecretFiles(settings.secrets)
    return {
        name: declared_source(settings, declaration, secrets, uuid=new_uuid)
        for name, declaration in catalogue.sources.items()
    }


def declared_source(
    settings: Settings, declaration: SourceDeclaration, secrets: Callable[[str], str], **parts: Any
) -> SoapSource | RestSource:
    """A source as it is declared, at the addresses that the operator set for it, if any. `parts`: as `DeclaredSource` takes them."""
    return _PROTOCOLS[declaration.protocol](
        declaration,
        address=settings.address_of(declaration.id),
        token_address=settings.address_of(f"{declaration.id}-token"),
        secrets=secrets,
        clock=now,
        **parts,
    )
