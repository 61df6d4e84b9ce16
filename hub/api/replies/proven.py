"""A proof of a line: its shape on the wire. docs/log-format.md, "A proof of one line", says what its members mean."""

from typing import Literal

from pydantic import ConfigDict, Field

from hub.api.replies.base import Reply


class ProvenField(Reply):
    """A field: opened, with its name, salt and value, or closed, with its digest alone."""

    digest: str
    name: str | None = None
    salt: str | None = None
    value: str | None = None
    bytes: str | None = Field(None, description="In place of `value`, where it is no text: in base 64")


class Way(Reply):
    """A path in the Merkle tree, to the root in a checkpoint."""

    path: list[str]
    checkpoint: str = Field(description="A C2SP signed note")


class ProofKeys(Reply):
    """The keys that the proof is made with. A verifier takes those that it knows from elsewhere."""

    log: list[str]
    witnesses: list[str]
    handles: str


class HandleProof(Reply):
    """That the field `subject` is the handle of a number; given to the subject alone."""

    room: Literal["audit", "audit-deferred"]
    scheme: Literal["ssin", "enterpriseNumber"]
    proof: str


class LineProof(Reply):
    """A proof of a line, to be kept as a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "format": "onlyonce/proof/v1",
                "openFields": [
                    {"digest": "9f0x…", "name": "index", "salt": "BBNLT…", "value": "1234"},
                    {"digest": "G7hS2…"},
                ],
                "sealedFields": [
                    {"digest": "7Xv0…", "name": "caseId", "salt": "q1Fz…", "value": '"2026-000123"'}
                ],
                "sealedDigest": "8qjA…",
                "leaf": "BfxK…",
                "inclusion": {"path": ["p5j5…"], "checkpoint": "hub.example/log\n1300\n…"},
                "keys": {"log": ["hub.example/log+5d3d4f0b+AW5…"], "witnesses": [], "handles": "MIIB…"},
            }
        }
    )

    format: Literal["onlyonce/proof/v1"]
    open_fields: list[ProvenField]
    sealed_fields: list[ProvenField] | None = Field(
        None, description="Left out where the key of the line was destroyed"
    )
    sealed_digest: str
    leaf: str
    inclusion: Way
    later: Way | None = None
    keys: ProofKeys
    handle: HandleProof | None = None


class ToldMap(Reply):
    """A proof of the entry that tells the root of the map."""

    format: Literal["onlyonce/proof/v1"]
    open_fields: list[ProvenField]
    sealed_fields: list[ProvenField]
    sealed_digest: str
    leaf: str
    inclusion: Way
    later: Way | None = None


class CountedLine(Reply):
    """One of the subject's lines, with its place in their chain."""

    open_fields: list[ProvenField]
    sealed_fields: list[ProvenField] | None = Field(
        None, description="Left out where the key of the line was destroyed"
    )
    sealed_digest: str
    leaf: str
    inclusion: Way | None = Field(None, description="Where no chain leads to the line")


class MapContent(Reply):
    """What the map says of the subject."""

    state: int
    salt: str
    entries: int = Field(description="How many lines there are")
    last_leaf: str


class Beside(Reply):
    """A hash beside the way from the map's root."""

    level: int
    hash: str


class CompletenessProof(Reply):
    """A proof that so many lines are all, or that there are none. docs/log-format.md, "A proof of completeness", says what its members mean."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "format": "onlyonce/completeness/v1",
                "subject": "7e1cb7ea58aae8d26e9acc21df71d2103c781472cc11f1c8f93fdab281192b86",
                "told": {
                    "format": "onlyonce/proof/v1",
                    "openFields": [{"digest": "9f0x…", "name": "index", "salt": "BBNLT…", "value": "1299"}],
                    "sealedFields": [{"digest": "7Xv0…", "name": "size", "salt": "q1Fz…", "value": "1299"}],
                    "sealedDigest": "8qjA…",
                    "leaf": "BfxK…",
                    "inclusion": {"path": ["p5j5…"], "checkpoint": "hub.example/log\n1300\n…"},
                },
                "content": {
                    "state": 4, "salt": "AAEC…", "entries": 1, "lastLeaf": "BfxK…"
                },
                "siblings": [{"level": 1, "hash": "MJN9…"}],
                "lines": [
                    {
                        "openFields": [{"digest": "F6X5…", "name": "index", "salt": "7R2D…", "value": "1234"}],
                        "sealedFields": [{"digest": "yGak…", "name": "@number", "salt": "W130…", "value": "0"}],
                        "sealedDigest": "9hju…",
                        "leaf": "BfxK…",
                    }
                ],
                "keys": {"log": ["hub.example/log+5d3d4f0b+AW5…"], "witnesses": [], "handles": "MIIB…"},
                "handle": {"room": "audit", "scheme": "ssin", "proof": "TCnH…"},
            }
        }
    )  # fmt: skip

    format: Literal["onlyonce/completeness/v1"]
    subject: str = Field(description="The handle under which the log knows the subject")
    told: ToldMap = Field(description="A proof of the entry that tells the root of the map")
    content: MapContent | None = Field(None, description="Left out where there is no line")
    siblings: list[Beside]
    lines: list[CountedLine]
    before: int | None = None
    next: int | None = Field(None, description="There are more lines below this index")
    keys: ProofKeys
    handle: HandleProof
