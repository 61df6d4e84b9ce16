"""The page of a consent's receipt, for people: plain HTML without a script, in each of the hub's languages."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Final

import yaml
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from consent import Party
from hub.services.consent_views import ConsentView

LANGUAGES: Final = (("fr", "Français"), ("nl", "Nederlands"), ("de", "Deutsch"), ("en", "English"))
_ROOM: Final = files("hub.web")
_STYLE: Final = "\n" + (_ROOM / "templates" / "page.css").read_text("utf-8")
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = yaml.safe_load(
    (_ROOM / "receipt_texts.yaml").read_text("utf-8")
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The page's Content-Security-Policy: its own style, no script, and no request to anywhere."""


def _template(name: str) -> str:
    return (_ROOM / "templates" / name).read_text("utf-8")


_environment = Environment(
    loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined, auto_reload=False
)


def receipt_page(view: ConsentView, language: str) -> bytes:
    """The page of a receipt in a language of the hub. The notice stands there in the language in which it was read."""
    record, terms = view.record, view.matter.terms

    def best(texts: Mapping[str, str] | None, other: str) -> str:
        return (texts or {}).get(language) or next(iter((texts or {}).values()), other)

    def called(party: Party) -> str:
        return best(party.name, party.id)

    page = _environment.get_template("receipt.html").render(
        language=language, languages=LANGUAGES, words={name: texts[language] for name, texts in _TEXTS.items()},
        style=Markup(_STYLE),  # noqa: S704 - a file of this room
        status=record.status, guardian=record.guardian is not None, active=record.active, identifier=record.id,
        name=best(terms.name, ""), purpose=best(terms.purpose, record.activity),
        controller={"name": called(terms.controller), "number": terms.controller.number, "contact": terms.controller.contact},
        data=[best(one.name, one.id) for one in terms.data],
        sources=[called(one) for one in terms.sources],
        recipients=[called(one) for one in terms.recipients or (terms.controller,)],
        given_at=_day(record.given_at), valid_until=_day(record.valid_until), changed_at=_day(record.changed_at),
        notice=view.matter.notice, receipt=view.receipt,
    )  # fmt: skip
    return page.encode()


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%d.%m.%Y %H:%M UTC")
