"""The witnesses that an operator chose: a file with a line for each, its address and its verifier key."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit import CheckpointInvalid, WitnessKey
from hub.settings import Settings, SettingsInvalid


@dataclass(frozen=True, slots=True)
class Place:
    """A witness: where it is, and by what key it is known."""

    address: str
    key: WitnessKey


def read_places(settings: Settings) -> tuple[Place, ...]:
    """The witnesses in the file that the settings name; none where they name none. Empty lines, and those that begin with `#`, are passed over.

    Raises:
        SettingsInvalid: naming the file and its bad line; or the quorum is larger than they are many.
    """
    if settings.witnesses is None:
        return ()
    places: list[Place] = []
    for number, line in enumerate(settings.witnesses.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                places.append(_read(line.split()))
            except CheckpointInvalid as error:
                raise _wrong(f"line {number}: {error}") from None
    if len({place.key.name for place in places}) < len(places):
        raise _wrong("one name stands there twice")
    if len({place.key.key.public_bytes_raw() for place in places}) < len(places):
        raise _wrong("one key stands there twice, under two names")
    if quorum_of(settings, places) > len(places):
        raise SettingsInvalid({"ONLYONCE_WITNESS_QUORUM": "is larger than the number of witnesses"})
    return tuple(places)


def quorum_of(settings: Settings, places: Sequence[Place]) -> int:
    """How many cosignatures a checkpoint needs before it is published: all, where nothing else is set."""
    return len(places) if settings.witness_quorum is None else settings.witness_quorum


def _read(words: list[str]) -> Place:
    if len(words) != 2 or not words[0].startswith(("http://", "https://")):
        raise CheckpointInvalid("must be an address and a verifier key, with a space between")
    return Place(words[0].rstrip("/"), WitnessKey.read(words[1]))


def _wrong(what: str) -> SettingsInvalid:
    return SettingsInvalid({"ONLYONCE_WITNESSES": what})
