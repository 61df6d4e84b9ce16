"""The door of anyone: `/api/log/v1`. The tree of the usage log, by which everybody can check that nothing in it changed.

Checkpoints and tiles are those of C2SP tlog-tiles, so that clients of transparency logs read them. Nothing here holds personal data.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from hub.api.guards import NoQuery, Proofs, parts_of
from hub.api.json import dumps, present
from hub.api.openapi import PROBLEM
from hub.api.replies import tree as replies
from hub.api.wire import ConsistencyQuery, InclusionQuery

router = APIRouter(prefix="/api/log/v1")
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_BRIEFLY: Final = "public, max-age=1"
TilePath = Annotated[
    str,
    Path(
        max_length=100,
        description="`<level>/<index>` or `entries/<index>`, and `.p/<width>` for a partial tile (C2SP tlog-tiles).",
        json_schema_extra={"example": "0/x001/234.p/7"},
    ),
]


def _content(media_type: str, **schema: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {"schema": {"type": "string", **schema}}}}, **PROBLEM}


@router.get(
    "/checkpoint",
    operation_id="getCheckpoint",
    response_class=Response,
    responses=_content("text/plain"),
    summary="The last signed state of the log (C2SP tlog-checkpoint)",
    dependencies=[Proofs, NoQuery],
)
async def get_checkpoint(request: Request) -> Response:
    """A signed note: the log's name, how many entries it has, and the root of their tree."""
    note = await parts_of(request).log_tree.checkpoint()
    return Response(note, headers={"Cache-Control": _BRIEFLY}, media_type="text/plain")


@router.get(
    "/keys",
    operation_id="listLogKeys",
    responses={200: {"model": replies.LogKeys}, **PROBLEM},
    summary="The keys that checkpoints are and were signed with",
    dependencies=[Proofs, NoQuery],
)
async def list_keys(request: Request) -> Response:
    """C2SP verifier keys, oldest first. Each after the first is named by an entry, and the checkpoint that first counts it has both signatures."""
    keys = await parts_of(request).log_tree.keys()
    items = [present(verifierKey=key, namedBy=index) for key, index in keys]
    headers = {"Cache-Control": _BRIEFLY}
    return Response(
        dumps({"items": items, "total": len(items)}), headers=headers, media_type="application/json"
    )


@router.get(
    "/bridges",
    operation_id="listBridges",
    responses={200: {"model": replies.BridgesRead}, **PROBLEM},
    summary="The notices by which this log went on under another name after entries were lost",
    dependencies=[Proofs, NoQuery],
)
async def list_bridges(request: Request) -> Response:
    """Signed notes, oldest first; none where the log always had the name that it has."""
    notes = await parts_of(request).log_tree.bridges()
    body = {"items": [{"notice": note} for note in notes], "total": len(notes)}
    return Response(dumps(body), headers={"Cache-Control": _BRIEFLY}, media_type="application/json")


@router.get(
    "/tile/{path:path}",
    operation_id="getTile",
    response_class=Response,
    responses=_content("application/octet-stream", format="binary"),
    summary="A tile of the tree, or the leaves of 256 entries (C2SP tlog-tiles)",
    dependencies=[Proofs, NoQuery],
)
async def get_tile(path: TilePath, request: Request) -> Response:
    """Hashes of 32 bytes; for `entries`, leaves of 32 bytes, each after its length in two bytes. A tile never changes."""
    tile = await parts_of(request).log_tree.tile(path)
    return Response(tile, headers={"Cache-Control": _FOR_EVER}, media_type="application/octet-stream")


@router.get(
    "/inclusion",
    operation_id="getInclusion",
    responses={200: {"model": replies.InclusionRead}, **PROBLEM},
    summary="That an entry is in the log (RFC 9162, section 2.1.3)",
    dependencies=[Proofs],
)
async def get_inclusion(query: Annotated[InclusionQuery, Query()], request: Request) -> Response:
    """The path from a leaf to the root of the tree of `size` entries; of the last checkpoint, where `size` is left out."""
    found = await parts_of(request).log_tree.inclusion(query.index, query.size)
    body = {
        "index": found.index, "size": found.size, "leafHash": _base64(found.leaf_hash), "rootHash": _base64(found.root),
        "path": _all(found.path),
    }  # fmt: skip
    return _proof(body, lasting=query.size is not None)


@router.get(
    "/consistency",
    operation_id="getConsistency",
    responses={200: {"model": replies.ConsistencyRead}, **PROBLEM},
    summary="That nothing before was changed (RFC 9162, section 2.1.4)",
    dependencies=[Proofs],
)
async def get_consistency(query: Annotated[ConsistencyQuery, Query()], request: Request) -> Response:
    """That the log of `oldSize` entries is the beginning of that of `newSize`; of the last checkpoint, where `newSize` is left out."""
    found = await parts_of(request).log_tree.consistency(query.old_size, query.new_size)
    body = {
        "oldSize": found.old_size, "newSize": found.new_size, "oldRootHash": _base64(found.old_root),
        "newRootHash": _base64(found.new_root), "path": _all(found.path),
    }  # fmt: skip
    return _proof(body, lasting=query.new_size is not None)


def _proof(body: Mapping[str, Any], *, lasting: bool) -> Response:
    """A proof, which any cache may keep: for ever where it names all it is about."""
    headers = {"Cache-Control": _FOR_EVER if lasting else _BRIEFLY}
    return Response(dumps(body), headers=headers, media_type="application/json")


def _all(hashes: Iterable[bytes]) -> list[str]:
    return [_base64(one) for one in hashes]


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
