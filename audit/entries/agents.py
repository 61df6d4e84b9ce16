"""The officials who acted: sealed under their controller's key, inside the body that is sealed under the subject's.

A subject reads their own lines and gets proofs of them, with the name of an organisation; who sat at the desk is told to none but that
organisation, for its own key is needed too. Either key destroyed, the official is unreadable.
"""

from collections.abc import Mapping

from pydantic_core import PydanticSerializationError, from_json, to_json

from audit.errors import EntryRefused
from audit.keys.sealing import DataKey, Unreadable

AGENTS = "agents"
"""The subject of the keys that seal agents: one for each controller, retention class and year. Nobody has this handle."""
FIELD = "@agents"
"""The sealed field that holds them; an entry without agents has none."""
_MOST = 10


def encode_agents(agents: Mapping[str, str]) -> bytes:
    """What of an entry is sealed under its controller's key.

    Raises:
        EntryRefused: they are too many, or cannot be written down.
    """
    if len(agents) > _MOST:
        raise EntryRefused(f"an entry has at most {_MOST} agents")
    try:
        return to_json(dict(agents))
    except (PydanticSerializationError, ValueError):
        raise EntryRefused("an agent cannot be written as JSON") from None


def seal_agents(key: DataKey, nonce: bytes, agents: Mapping[str, str], entry_id: str) -> bytes:
    """The value of the field: the key's id, a zero byte, and what is sealed, bound to the entry."""
    return key.id.encode() + b"\x00" + key.seal(nonce, encode_agents(agents), _binding(entry_id))


def key_of_agents(value: bytes) -> str:
    """The id of the key that the value of the field names.

    Raises:
        Unreadable: this is no such value.
    """
    name, separator, _ = value.partition(b"\x00")
    try:
        if separator:
            return name.decode()
    except UnicodeDecodeError:
        pass
    raise Unreadable("its agents are not as they were sealed")


def open_agents(key: DataKey, value: bytes, entry_id: str) -> dict[str, str]:
    """The agents of an entry.

    Raises:
        Unreadable: another key, another entry, or other bytes.
    """
    agents: dict[str, str] = from_json(key.open(value.partition(b"\x00")[2], _binding(entry_id)))
    return agents


def _binding(entry_id: str) -> bytes:
    return f"onlyonce/agents/v1\x00{entry_id}".encode()
