"""A change that is asked with a session's cookie must come from a page of the hub: the browser says so, and the page shows the session's token."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from hub.api.parts import Parts
from hub.identity import CrossSite, Session

CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrfToken"
_FORM: Final = "application/x-www-form-urlencoded"
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def check_same_site(request: Request, parts: Parts, session: Session) -> None:
    """Refuse a change that another site may have asked the browser for.

    Args:
        request: with the session's cookie.
        parts: of the application.
        session: whose cookie it is.

    Raises:
        CrossSite: it has not the token of this session, or the browser does not say that a page of the hub asks.
    """
    if request.method in _READS:
        return
    shown = request.headers.get(CSRF_HEADER) or await _in_form(request)
    if not _from_here(request, parts.settings.public_url) or not parts.sessions.is_csrf(session, shown):
        raise CrossSite


async def _in_form(request: Request) -> str:
    """The token in the form of a page that runs no script."""
    if not request.headers.get("content-type", "").startswith(_FORM):
        return ""
    return (await form_of(request)).get(CSRF_FIELD, "")


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; none of one with more than any of the hub's has."""
    try:
        return dict(parse_qsl((await request.body()).decode("latin-1"), max_num_fields=20))
    except ValueError:
        return {}


def _from_here(request: Request, public_url: str) -> bool:
    """Whether the browser says that a page of the hub asks: by `Sec-Fetch-Site`, which no page can set, or by `Origin`."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    parts = urlsplit(public_url)
    ours = f"{parts.scheme}://{parts.netloc}".lower()
    if site is not None:
        # A page that sends no referrer (the hub's own do not) posts its forms with the origin "null".
        return site == "same-origin" and origin in {None, "null", ours}
    return origin == ours
