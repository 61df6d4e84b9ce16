"""The page `verify.html`, by which anybody checks the proof of a line: one file, without a server and without a request.

`verify.html` is put together from the parts beside it by `python -m hub.api.verifier`; a test compares. The hub serves it with its own keys in
it, so that whoever keeps a copy can check with them what the hub says later.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from hub.api.guards import NoQuery, Open, parts_of

PATH: Final = "/verify.html"
_PARTS: Final = files(__name__)
_SCRIPTS: Final = ("check.js", "texts.js", "show.js")
_NO_KEYS: Final = '{"log":[],"witnesses":[],"quorum":0,"handles":""}'
router = APIRouter()


@router.get(PATH, include_in_schema=False, dependencies=[Open, NoQuery])
async def verify_page(request: Request) -> Response:
    """The page, with this hub's keys in it."""
    headers = {
        "Content-Security-Policy": f"{policy()}; frame-ancestors 'none'",
        "Cache-Control": "public, max-age=300",
    }
    return Response(parts_of(request).verify_page(), headers=headers, media_type="text/html; charset=utf-8")


def page(keys: Mapping[str, Any]) -> bytes:
    """The page with the keys that its reader is to trust: `log` and `witnesses`, verifier keys; `quorum`; `handles`, in base 64."""
    pinned = json.dumps(keys, separators=(",", ":")).replace("<", "\\u003c")
    return _read("verify.html").replace(_NO_KEYS, pinned, 1).encode()


def build() -> str:
    """`verify.html`, put together from its parts."""
    filled = {"@POLICY@": policy(), "@STYLE@": _style(), "@SCRIPT@": _script()}
    built = _read("page.html")
    for mark, content in filled.items():
        built = built.replace(mark, content, 1)
    return built


def policy() -> str:
    """The page's Content-Security-Policy: its own script and style, and no request to anywhere."""
    return (
        f"default-src 'none'; script-src '{_hash(_script())}'; style-src '{_hash(_style())}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _script() -> str:
    return "\n" + "\n".join(map(_read, _SCRIPTS))


def _style() -> str:
    return "\n" + _read("style.css")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _read(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")
