"""A change that is asked with a session's cookie must come from a page of the hub: the browser says so, and the page shows the session's token."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from hub.api.parts import Parts
from hub.identity import CrossSite, Session

CSRF_HEADER: Final = "x-csrf-token"
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def check_same_site(request: Request, parts: Parts, session: Session, *, token: str | None = None) -> None:
    """Refuse a change that another site may have asked the browser for.

    Args:
        request: with the session's cookie.
        parts: of the application.
        session: whose cookie it is.
        token: where the request has it, if not in `X-CSRF-Token`.

    Raises:
        CrossSite: it has not the token of this session, or the browser does not say that a page of the hub asks.
    """
    if request.method in _READS:
        return
    shown = token if token is not None else request.headers.get(CSRF_HEADER, "")
    if not _from_here(request, parts.settings.public_url) or not parts.sessions.is_csrf(session, shown):
        raise CrossSite


def _from_here(request: Request, public_url: str) -> bool:
    """Whether the browser says that a page of the hub asks: by `Sec-Fetch-Site`, which no page can set, or by `Origin`."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    parts = urlsplit(public_url)
    ours = f"{parts.scheme}://{parts.netloc}".lower()
    if site is not None:
        # A page that sends no referrer (the hub's own do not) posts its forms with the origin "null".
        return site == "same-origin" and origin in {None, "null", ours}
    return origin == ours
