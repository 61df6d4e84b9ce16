"""Showing a request and a reply without showing what is personal in them: the structure stays, each text becomes its shape."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml import etree

from connectors import json_reply, xml
from connectors.http import Answer, Outgoing
from connectors.source import Value

__all__ = ["Masks"]

_SECRET = "«secret»"  # noqa: S105 - what is shown instead of one
_CREDENTIALS = re.compile(r"authorization|cookie|token|secret|password|api-?key|signature", re.IGNORECASE)
_LEAST = 3
"""A text shorter than this could stand anywhere: it is not looked for."""
_MOST_LINES = 400


class Masks:
    """What may be shown of one trial."""

    def __init__(
        self,
        personal: Iterable[str],
        secrets: Mapping[str, str],
        *,
        codes: Iterable[str] = (),
        show: bool = False,
    ) -> None:
        """Mask `personal` texts in requests and all texts in replies, unless `show`; secrets always. `codes` are shown as they are."""
        self._show, self._codes = show, frozenset(codes)
        self._secrets = _forms(secrets.values())
        self._personal = {} if show else _forms(personal)

    def text(self, text: str) -> str:
        """A text of a reply, or its shape."""
        if self._show or text in self._codes:
            return self._open(text)
        return shape(text)

    def value(self, value: Value) -> Value:
        """An attribute's value, with each text in it masked. A yes or no is as personal as a name."""
        if isinstance(value, Mapping):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, bool):
            return value if self._show else "yes or no"
        return self.text(str(value))

    def _open(self, text: str) -> str:
        """A text of which only what must not be seen is masked."""
        for form in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(form, _SECRET)
        for form, plain in sorted(self._personal.items(), key=lambda pair: len(pair[0]), reverse=True):
            text = text.replace(form, shape(plain))
        return text

    def request(self, request: Outgoing) -> dict[str, Any]:
        """A request: its address, headers and body as text."""
        headers = {
            name: _SECRET if _CREDENTIALS.search(name) and name.lower() != "soapaction" else self._open(value)
            for name, value in request.headers.items()
        }
        body = "" if request.body is None else request.body.decode("utf-8", "replace")
        kind = next((v for k, v in request.headers.items() if k.lower() == "content-type"), "")
        return {
            "method": request.method,
            "url": self._open(str(request.url)),
            "headers": headers,
            "body": self._open(_pretty(body, kind)),
        }

    def reply(self, answer: Answer) -> dict[str, Any]:
        """An answer: its status, and its body with each text masked."""
        return {"status": answer.status, "mediaType": answer.media_type, "body": self._body(answer)}

    def _body(self, answer: Answer) -> str:
        try:
            if (
                answer.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
                and "html" not in answer.media_type
            ):
                return self._xml(xml.parse(answer.body, answer.charset))
            document = json_reply.parse(answer.body)
        except (xml.NotXml, json_reply.NotJson):
            return self._unread(answer)
        return _cut(json.dumps(self._json(document), indent=2, ensure_ascii=False))

    def _unread(self, answer: Answer) -> str:
        """What is neither XML nor JSON."""
        if not answer.body:
            return ""
        if self._show:
            return _cut(self._open(answer.body[:20_000].decode(answer.charset or "utf-8", "replace")))
        return f"({len(answer.body)} bytes that are neither XML nor JSON; --show-values shows them)"

    def _xml(self, root: etree._Element) -> str:
        for element in root.iter():
            if not len(element) and element.text and element.text.strip():
                element.text = self._leaf(element)
            elif element.text and element.text.strip():
                element.text = self.text(element.text.strip())
            if element.tail and element.tail.strip():
                element.tail = self.text(element.tail.strip())
            for name, value in element.attrib.items():
                element.set(name, self.text(str(value)))
        etree.indent(root)
        return _cut(etree.tostring(root, encoding="unicode"))

    def _leaf(self, element: etree._Element) -> str:
        text = str(element.text).strip()
        if etree.QName(element).localname in {"faultcode", "Value"}:
            return self._open(text)
        return self.text(text)

    def _json(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self._json(one) for key, one in node.items()}
        if isinstance(node, list):
            return [self._json(one) for one in node]
        if node is None or self._show:
            return self._open(node) if isinstance(node, str) else node
        return self.text(node if isinstance(node, str) else json.dumps(node))


def shape(text: str) -> str:
    """A text's shape: a letter is x, a digit 0, what stands between them stays."""
    return "".join("0" if c.isdigit() else ("X" if c.isupper() else "x") if c.isalpha() else c for c in text)


def _forms(texts: Iterable[str]) -> dict[str, str]:
    """Every way in which some texts may stand in a request, with the text itself."""
    found: dict[str, str] = {}
    for text in texts:
        if len(text) >= _LEAST:
            encoded = base64.b64encode(text.encode()).decode()
            for form in (text, escape(text), json.dumps(text)[1:-1], quote(text, safe=""), encoded):
                found[form] = text
    return found


def _pretty(body: str, kind: str) -> str:
    """A body that we wrote, indented."""
    if "jose" in kind:
        body, kind = _payload(body), "json"
    try:
        if "xml" in kind:
            root = xml.parse(body.encode())
            for element in root.iter("{*}Password"):  # its digest too: whoever sees that can try passwords
                element.text = _SECRET
            etree.indent(root)
            return _cut(etree.tostring(root, encoding="unicode"))
        if "json" in kind:
            return _cut(json.dumps(json.loads(body), indent=2, ensure_ascii=False))
    except (xml.NotXml, ValueError):
        pass
    return _cut(body)


def _payload(body: str) -> str:
    """What a signed body (JWS compact) says: its payload."""
    try:
        return base64.urlsafe_b64decode(body.split(".")[1] + "==").decode()
    except (IndexError, ValueError):
        return ""


def _cut(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= _MOST_LINES:
        return text
    return "\n".join([*lines[:_MOST_LINES], f"… and {len(lines) - _MOST_LINES} more lines"])
