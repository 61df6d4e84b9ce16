"""Small plain pages, without script or style: what they say is the hub's own, never a provider's."""

from collections.abc import Mapping
from html import escape

from fastapi import Request, Response

from hub.api.languages import preferred
from hub.api.login import texts
from hub.api.same_site import CSRF_FIELD
from hub.identity import Session


def language_of(request: Request) -> str:
    """The language of the person."""
    return preferred(request.headers.get("accept-language"))


def asks_json(request: Request, *, otherwise: bool = False) -> bool:
    """Whether JSON is asked for and no page; `otherwise` where neither is named."""
    accepted = request.headers.get("accept", "").lower()
    page, json = "text/html" in accepted, "json" in accepted
    return json and not page if page or json else otherwise


def message(request: Request, said: texts.Said, status: int, *, again: str | None = "/login") -> Response:
    """A title, what to do, and where to start again."""
    language = language_of(request)
    title, text = said[language]
    link = f'<p><a href="{escape(again)}">{texts.AGAIN[language]}</a></p>' if again else ""
    return _page(language, title, f"<p>{escape(text)}</p>{link}", status)


def choice(
    request: Request, providers: Mapping[str, Mapping[str, str]], addresses: Mapping[str, str]
) -> Response:
    """Which provider to log in with: id → names, and id → address."""
    language = language_of(request)
    listed = "".join(
        f'<li><a href="{escape(addresses[one])}">{escape(name[language])}</a></li>'
        for one, name in providers.items()
    )
    return _page(language, texts.CHOOSE[language], f"<ul>{listed}</ul>", 200)


def here(request: Request, session: Session) -> Response:
    """Who is logged in, and how to log out."""
    language, person = language_of(request), session.person
    said = texts.UNTIL[language].format(level=person.assurance_level or 0, until=f"{session.ends_at:%H:%M}")
    name = f"<p>{escape(session.said.name)}</p>" if session.said.name else ""
    form = (
        f'<form method="post" action="/logout"><input type="hidden" name="{CSRF_FIELD}" value="{escape(session.csrf)}">'
        f"<button>{texts.OUT[language]}</button></form>"
    )
    return _page(language, texts.HERE[language], f"{name}<p>{said}</p>{form}", 200)


def _page(language: str, title: str, body: str, status: int) -> Response:
    text = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
    headers = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept, Accept-Language"}
    return Response(text, status, headers, "text/html; charset=utf-8")
