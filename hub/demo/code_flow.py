"""Logging in to the demo with a browser: a page that lists the demo's people, and the code flow of OpenID Connect behind it.

Whoever opens the page may be any of them, as strongly as they like: it is a toy. It sends nobody further than this machine. The hub proves itself by
its verifier alone (RFC 7636); what else it shows is not looked at.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from html import escape
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp

from hub.demo.asgi import Answer, Asked, json_answer
from hub.demo.people import Population

_LEVEL: Final = "urn:be:fedict:iam:fas:Level"
ASSURANCE: Final = f"{_LEVEL}450"
WEAK: Final = f"{_LEVEL}200"
ASSURANCES: Final = {f"{_LEVEL}{level}": f"{_LEVEL}{level}" for level in (100, 200, 300, 400, 450, 500)}
_HTML: Final = "text/html; charset=utf-8"
_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_NEEDED: Final = ("client_id", "redirect_uri", "state", "code_challenge")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_OFFICES: Final = {"": "—", "0000100067": "Grants office", "0000100166": "Municipality"}
_COOKIE: Final = "demo-login"
_PATIENCE: Final = aiohttp.ClientTimeout(total=5)


class Issuer(Protocol):
    """The login that this is a part of."""

    issuer: str

    @property
    def people(self) -> Population:
        """Those who can log in."""

    def signed(self, kind: str, claims: dict[str, Any]) -> str:
        """A token of this `typ`."""

    def about(self, person: int) -> dict[str, Any]:
        """What is said of somebody."""


@dataclass(frozen=True, slots=True)
class _Login:
    """Somebody who logged in for a client. `sid`: the session here."""

    asked: dict[str, str]
    person: int
    acr: str
    officer_of: str
    sid: str


class CodeFlow:
    """The endpoints of a browser's login. What it remembers lives as long as the process."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._codes: dict[str, _Login] = {}
        self._sessions: dict[str, list[_Login]] = {}

    def configuration(self) -> dict[str, object]:
        """What the discovery document says of it."""
        at = self._issuer.issuer
        return {
            "authorization_endpoint": f"{at}/authorize", "end_session_endpoint": f"{at}/logout",
            "response_types_supported": ["code", "token"], "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True, "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }  # fmt: skip

    async def handle(self, asked: Asked) -> Answer | None:
        """Answer one request; None: it is for nobody here."""
        match asked.method, asked.path:
            case "GET", "/authorize":
                return self._page(dict(parse_qsl(asked.query)))
            case "POST", "/authorize":
                return self._chosen(
                    dict(parse_qsl(asked.query)), dict(parse_qsl(asked.body.decode("latin-1"))), asked.cookie
                )
            case "POST", "/token":
                return self._token(dict(parse_qsl(asked.body.decode("latin-1"))))
            case "GET", "/logout":
                return await self._logout(dict(parse_qsl(asked.query)), asked.cookie)
        return None

    def _page(self, asked: dict[str, str]) -> Answer:
        if not _sound(asked):
            return _text("This login was not asked for rightly.", 400)
        wanted = asked.get("acr_values", ASSURANCE).split(" ")[0]
        people = "".join(
            f"<option value={place}>{escape(' '.join((*one.given_names, one.family_name)))}</option>"
            for place, one in enumerate(self._issuer.people.everybody)
        )
        levels = "".join(
            f"<option{' selected' if one == wanted else ''}>{one}</option>" for one in ASSURANCES
        )
        offices = "".join(f"<option value='{number}'>{name}</option>" for number, name in _OFFICES.items())
        return _html(
            f"<form method=post><p><label>Who are you? <select name=person>{people}</select></label>"
            f"<p><label>How do you prove it? <select name=acr>{levels}</select></label>"
            f"<p><label>Data protection officer of <select name=officer_of>{offices}</select></label>"
            "<p><button>Log in</button> <button name=cancel value=1>Cancel</button></form>"
        )

    def _chosen(self, asked: dict[str, str], form: dict[str, str], cookie: str) -> Answer:
        if not _sound(asked):
            return _text("This login was not asked for rightly.", 400)
        back = {"state": asked["state"], "iss": self._issuer.issuer}
        if form.get("cancel"):
            return _go(asked["redirect_uri"], {"error": "access_denied", **back})
        try:
            person, acr = int(form["person"][:9]), ASSURANCES[form.get("acr", ASSURANCE)]
            self._issuer.about(person)
        except (KeyError, ValueError, IndexError):
            return _text("There is no such person.", 400)
        sid, code = _sid(cookie) or secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        login = _Login(asked, person, acr, form.get("officer_of", ""), sid)
        self._codes[code] = login
        self._sessions.setdefault(sid, []).append(login)
        kept = f"{_COOKIE}={sid}; Path=/; HttpOnly; SameSite=Lax"
        return _go(asked["redirect_uri"], {"code": code, **back}, ("Set-Cookie", kept))

    def _token(self, form: dict[str, str]) -> Answer:
        login = self._codes.pop(form.get("code", ""), None)
        made = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(made).rstrip(b"=").decode()
        if login is None or (challenge, form.get("redirect_uri")) != (
            login.asked["code_challenge"],
            login.asked["redirect_uri"],
        ):
            return json_answer({"error": "invalid_grant"}, 400)
        said = {
            **self._issuer.about(login.person), "aud": login.asked["client_id"], "nonce": login.asked.get("nonce", ""),
            "acr": login.acr, "sid": login.sid,
        }  # fmt: skip
        if login.officer_of:
            said["dpoOf"] = [login.officer_of]
        token = self._issuer.signed("JWT", said)
        access = secrets.token_urlsafe(32)
        return json_answer(
            {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": token}
        )

    async def _logout(self, asked: dict[str, str], cookie: str) -> Answer:
        """Log out of everything that this browser logged in to; each hub hears of it by itself."""
        for login in self._sessions.pop(_sid(cookie) or "", []):
            where = urlsplit(login.asked["redirect_uri"])
            token = self._issuer.signed("logout+jwt", {
                "aud": login.asked["client_id"], "sub": self._issuer.about(login.person)["sub"], "sid": login.sid, "events": {_EVENT: {}},
            })  # fmt: skip
            await _tell(f"{where.scheme}://{where.netloc}/logout/backchannel", token)
        back = asked.get("post_logout_redirect_uri", "")
        forgotten = ("Set-Cookie", f"{_COOKIE}=; Path=/; Max-Age=0")
        return _go(back, {}, forgotten) if _on_this_machine(back) else _text("You are logged out.", 200)


async def _tell(address: str, token: str) -> None:
    try:
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as session,
            session.post(address, data={"logout_token": token}) as reply,
        ):
            await reply.read()
    except (aiohttp.ClientError, TimeoutError):
        return  # that hub is gone, and its sessions with it


def _sound(asked: dict[str, str]) -> bool:
    return (
        all(asked.get(name) for name in _NEEDED)
        and (asked.get("response_type"), asked.get("code_challenge_method")) == ("code", "S256")
        and _CHALLENGE.fullmatch(asked["code_challenge"]) is not None
        and _on_this_machine(asked["redirect_uri"])
    )


def _on_this_machine(address: str) -> bool:
    try:
        return urlsplit(address).scheme == "http" and urlsplit(address).hostname == "127.0.0.1"
    except ValueError:
        return False


def _sid(cookie: str) -> str | None:
    found = re.search(rf"(?:^|; ?){_COOKIE}=([A-Za-z0-9_-]{{22}})(?:;|$)", cookie)
    return found[1] if found else None


def _go(address: str, said: dict[str, str], *headers: tuple[str, str]) -> Answer:
    query = f"{'&' if urlsplit(address).query else '?'}{urlencode(said)}" if said else ""
    return Answer(b"", 303, _HTML, (("Location", address + query), ("Cache-Control", "no-store"), *headers))


def _text(text: str, status: int) -> Answer:
    return _html(f"<p>{text}", status)


def _html(body: str, status: int = 200) -> Answer:
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo login</title><h1>Demo login</h1>{body}</html>'
    return Answer(page.encode(), status, _HTML)
