"""Steps 3 to 5 of a prefill: ask the sources of what was permitted, read, take away what need not leave."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from connectors import Enquiry, Identifier, Source, SourceError
from hub.catalogue import Catalogue
from hub.services import outcomes
from hub.services.outcomes import Outcome
from policies import Permit

_log = structlog.get_logger("hub.sources")


class Consultation:
    """Asks authentic sources. A source that fails harms its own attributes alone."""

    def __init__(self, sources: Mapping[str, Source], catalogue: Catalogue) -> None:
        self._sources, self._catalogue = sources, catalogue

    def sources_of(self, attributes: Iterable[str]) -> list[str]:
        """The sources that would be asked."""
        return sorted({self._catalogue.source_of(name) for name in attributes})

    async def read(
        self, subject: Identifier, permits: Mapping[str, Permit], variables: Mapping[str, str]
    ) -> dict[str, Outcome]:
        """Ask each source once for all its permitted attributes, all sources at the same time."""
        by_source: dict[str, set[str]] = {}
        for name in permits:
            by_source.setdefault(self._catalogue.source_of(name), set()).add(name)
        answers = await asyncio.gather(
            *(
                self._ask(one, Enquiry(subject, frozenset(names), variables))
                for one, names in by_source.items()
            )
        )
        return {
            name: outcomes.minimised(one, permits[name]) for answer in answers for name, one in answer.items()
        }

    async def _ask(self, source: str, enquiry: Enquiry) -> dict[str, Outcome]:
        try:
            reading = await self._sources[source].ask(enquiry)
        except SourceError as error:
            return dict.fromkeys(enquiry.attributes, outcomes.failed(error, source))
        except Exception as error:  # noqa: BLE001 - a fault of ours is no reason to lose the other sources' answers
            _log.error("a source could not be asked", source=source, error=type(error).__name__)
            return dict.fromkeys(
                enquiry.attributes, Outcome("unavailable", reason="sourceUnavailable", source=source)
            )
        return outcomes.read(reading, enquiry.attributes, source)
