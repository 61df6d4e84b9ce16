"""An OpenAPI 3.0 or 3.1 (or Swagger 2.0) as a contract: every operation of every path, with its messages as trees."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.onboarding.documents import Documents, unreadable
from connectors.onboarding.entry import entries
from connectors.onboarding.json_schema import Located, References, Schemas, mapping
from connectors.onboarding.json_tree import JsonTrees
from connectors.onboarding.shape import Contract, Node, Operation
from connectors.onboarding.tree import Allowance, shortened

__all__ = ["read_openapi"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_CALLED = ("GET", "POST")
_PLACES = ("path", "query", "header", "cookie")
_JSON = re.compile(
    r"(?:application|text)/(?:[\w.+-]+\+)?json(?:\s*;.*)?|\*/\*|application/\*", re.ASCII | re.IGNORECASE
)
_FORM = "application/x-www-form-urlencoded"
_FORM_OF_TWO = "multipart/form-data"
_VERSION = re.compile(r"3\.[0-9]+(?:\.[0-9]+)?(?:-\w+)?")


def read_openapi(path: Path, documents: Documents, only: str | None = None) -> Contract:
    """Read the OpenAPI at `path`; with `only`, nothing but the operation of that name. Raises `ContractUnreadable`."""
    at, root = documents.data(str(path), path.name)
    if not isinstance(root, Mapping):
        raise unreadable(at.name, "is no OpenAPI: it is no mapping")
    if not _VERSION.fullmatch(str(root.get("openapi", ""))) and str(root.get("swagger", "")) != "2.0":
        raise unreadable(at.name, "is no OpenAPI 3.0 or 3.1: it has no such `openapi` version")
    if not isinstance(root.get("paths", {}), Mapping):
        raise unreadable(at.name, "is no OpenAPI: its `paths` are no mapping")
    allowance = Allowance()
    references = References(documents)
    schemas = Schemas(references, allowance, _subtypes(Located(root, at), references))
    reader = _Reader(Located(root, at), references, JsonTrees(references, schemas, allowance), only)
    info = mapping(root.get("info"))
    title = shortened(str(info.get("title") or at.stem))
    return Contract("openapi", title, shortened(str(info.get("version") or "")), tuple(reader.operations()))


def _subtypes(root: Located, references: References) -> dict[int, list[Located]]:
    """The schemas that extend another by `allOf`, by the other's identity."""
    found: dict[int, list[Located]] = {}
    components = root.at("components").at("schemas").value or root.at("definitions").value
    for name, schema in mapping(components).items():
        parts = mapping(schema).get("allOf")
        for part in parts if isinstance(parts, list) else ():
            if str(mapping(part).get("$ref", "")).startswith("#"):
                base = references.follow(Located(part, root.path)).value
                if "discriminator" in mapping(base):
                    found.setdefault(id(base), []).append(Located(schema, root.path, str(name)))
    return found


class _Reader:
    """Makes the operations of an OpenAPI."""

    def __init__(self, root: Located, references: References, trees: JsonTrees, only: str | None) -> None:
        self._root, self._references, self._trees, self._only = root, references, trees, only

    def operations(self) -> Iterator[Operation]:
        """Those of each path."""
        for template, item in mapping(self._root.value.get("paths")).items():
            found = self._references.follow(Located(item, self._root.path))
            for method in _METHODS:
                operation = found.at(method)
                if isinstance(operation.value, Mapping):
                    made = self._operation(str(template), method.upper(), found, operation)
                    if made is not None:
                        yield made

    def _operation(self, template: str, method: str, item: Located, found: Located) -> Operation | None:
        name = f"{method} {template}"
        said = found.value.get("operationId")
        name = said if isinstance(said, str) and said.strip() else name
        if self._only not in {None, name, f"{method} {template}"}:
            return None
        parameters, body, of_two = self._parameters(item, found)
        content = self._references.follow(found.at("requestBody"))
        request, media, kinds = self._body(content)
        if self._is_two:
            request, media, kinds = body, of_two, [of_two] if of_two else []
        reply, reply_kinds = self._reply(found)
        return Operation(
            name,
            "rest",
            method=method,
            path=template,
            address=self._address(item, found),
            documentation=self._said(found) or self._said(item),
            request=request,
            media=media,
            parameters=parameters,
            reply=reply,
            statuses=self._statuses(found),
            entries=entries(self._root, found, self._references.follow),
            unsupported=_unsupported(method, found, (request, kinds), (reply, reply_kinds)),
        )

    @property
    def _is_two(self) -> bool:
        return "swagger" in self._root.value

    @staticmethod
    def _said(found: Located) -> str:
        words = [found.value.get(key) for key in ("summary", "description")]
        return shortened(" ".join(word for word in words if isinstance(word, str)))

    def _parameters(self, item: Located, operation: Located) -> tuple[tuple[Node, ...], Node | None, str]:
        """The parameters (the operation's own outrank the path's), and the body of Swagger 2.0 with its media type."""
        found: dict[tuple[str, str], Located] = {}
        for holder in (item, operation):
            listed = holder.value.get("parameters")
            for one in listed if isinstance(listed, list) else ():
                parameter = self._references.follow(Located(one, holder.path))
                if isinstance(parameter.value, Mapping):
                    found[str(parameter.value.get("name")), str(parameter.value.get("in"))] = parameter
        body = next((p for (_, place), p in found.items() if place == "body"), None)
        nodes = tuple(
            self._parameter(name, place, p) for (name, place), p in found.items() if place in _PLACES
        )
        if body is not None:
            return nodes, self._whole(body.at("schema"), of_request=True), "application/json"
        fields = {name: p.value for (name, place), p in found.items() if place == "formData"}
        return nodes, *self._form_of_two(fields, operation)

    def _form_of_two(
        self, fields: Mapping[str, Mapping[Any, Any]], operation: Located
    ) -> tuple[Node | None, str]:
        """The tree of a form of Swagger 2.0, whose fields are parameters, and its media type; of one with files no tree."""
        said = operation.value.get("consumes", self._root.value.get("consumes", [_FORM]))
        if not fields:
            return None, ""
        if (
            not isinstance(said, list)
            or _FORM not in said
            or any(one.get("type") == "file" for one in fields.values())
        ):
            return None, _FORM_OF_TWO
        schema = {
            "type": "object",
            "required": [name for name, one in fields.items() if one.get("required") is True],
            "properties": {
                name: {k: v for k, v in one.items() if k != "required"} for name, one in fields.items()
            },
        }
        return self._whole(Located(schema, operation.path), of_request=True), _FORM

    def _parameter(self, name: str, place: Any, found: Located) -> Node:
        schema = found.at("schema")
        if schema.value is None:
            media = next(iter(mapping(found.value.get("content")).values()), None)
            schema = Located(mapping(media).get("schema"), found.path)
        if schema.value is None:  # Swagger 2.0 has no schema here, the parameter is one
            schema = Located({k: v for k, v in found.value.items() if k != "required"}, found.path)
        required = found.value.get("required") is True or place == "path"
        node = self._trees.tree(name, schema, required=required, of_request=True)
        said = found.value.get("description")
        if required:  # a list of nothing cannot be sent
            node = replace(node, least=max(node.least, 1))
        return replace(
            node, place=place, documentation=shortened(said) if isinstance(said, str) else node.documentation
        )

    def _whole(self, schema: Located, *, of_request: bool) -> Node:
        """The tree of a whole body; it has no name."""
        return self._trees.tree("", schema, required=True, of_request=of_request)

    def _body(self, found: Located) -> tuple[Node | None, str, list[str]]:
        """The tree of a body that is JSON, else of one that is a form; its media type; all media types that there are."""
        content = {str(kind): media for kind, media in mapping(mapping(found.value).get("content")).items()}
        taken = [kind for kind in content if _JSON.fullmatch(kind)] + [
            kind for kind in content if kind == _FORM
        ]
        if not taken:
            return None, "", list(content)
        schema = Located(mapping(content[taken[0]]).get("schema"), found.path)
        return self._whole(schema, of_request=True), taken[0], list(content)

    def _reply(self, operation: Located) -> tuple[Node | None, list[str]]:
        """The tree of the first 2xx answer that is JSON, else of the default one; and the media types of the 2xx answers."""
        answers = {str(k).upper(): v for k, v in mapping(operation.value.get("responses")).items()}
        good = sorted(k for k in answers if k.startswith("2")) or [k for k in answers if k == "DEFAULT"]
        kinds: list[str] = []
        for status in good:
            answer = self._references.follow(Located(answers[status], operation.path))
            if self._is_two and (schema := answer.at("schema")).value is not None:
                return self._whole(schema, of_request=False), ["application/json"]
            for kind, media in mapping(mapping(answer.value).get("content")).items():
                kinds.append(str(kind))
                if _JSON.fullmatch(str(kind)):
                    schema = Located(mapping(media).get("schema"), answer.path)
                    return self._whole(schema, of_request=False), kinds
        return None, kinds

    @staticmethod
    def _statuses(operation: Located) -> tuple[int, ...]:
        keys = map(str, mapping(operation.value.get("responses")))
        return tuple(
            sorted({int(key) for key in keys if len(key) == 3 and key.isascii() and key.isdecimal()})
        )

    def _address(self, item: Located, operation: Located) -> str | None:
        """The first server of the operation, the path or the whole; it may be relative, as the contract has it."""
        if self._is_two:
            return self._address_of_two()
        for holder in (operation, item, self._root):
            servers = holder.value.get("servers")
            server = mapping(servers[0]) if isinstance(servers, list) and servers else {}
            if isinstance(url := server.get("url"), str):
                for name, variable in mapping(server.get("variables")).items():
                    url = url.replace(f"{{{name}}}", str(mapping(variable).get("default", "")))
                return url[:2000]
        return None

    def _address_of_two(self) -> str | None:
        root = self._root.value
        schemes, host = root.get("schemes"), root.get("host")
        scheme = schemes[0] if isinstance(schemes, list) and schemes else "https"
        base = str(root.get("basePath") or "")
        return f"{scheme}://{host}{base}"[:2000] if host else base or None


def _unsupported(
    method: str, found: Located, request: tuple[Node | None, list[str]], reply: tuple[Node | None, list[str]]
) -> str | None:
    """Why an operation cannot be called: `request` and `reply` are their trees and media types."""
    if method not in _CALLED:
        return f"its method is {method}; a source is asked by GET or POST"
    is_needed = mapping(found.value.get("requestBody")).get("required") is True or method == "POST"
    if request[0] is None and request[1] and is_needed:
        return f"it takes {', '.join(request[1])[:200]}, neither JSON nor a form"
    if reply[0] is None and reply[1]:
        return f"it answers with {', '.join(reply[1])[:200]}, not JSON"
    return None
