"""The schema of answers, for a source that wants each answer validated: libxml2's, made from the WSDL's own types.

Documents come from the folder alone; each `xsd:schema` that stands inside a WSDL is offered to libxml2 as a document of its own.
"""

import threading
import time
from collections.abc import Iterable
from pathlib import Path

from lxml import etree

from connectors.binding import Bound, Part
from connectors.folder import Folder, Outside
from connectors.onboarding.xsd import KNOWN
from connectors.xml import NotXml, parse

__all__ = ["reply_schema", "wrappers"]

_XSD = "http://www.w3.org/2001/XMLSchema"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_INLINE = "inline:"
_UNLOADED = f'failed to load "{_INLINE}'
_COMPILING = threading.Lock()
_ATTEMPTS, _PAUSE = 20, 0.005
_XML = "http://www.w3.org/XML/1998/namespace"
_XML_SCHEMA = b"""<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
<attribute name="lang"><simpleType><union memberTypes="language"><simpleType><restriction base="string"><enumeration value=""/>
</restriction></simpleType></union></simpleType></attribute>
<attribute name="space" type="NCName"/><attribute name="base" type="anyURI"/><attribute name="id" type="ID"/>
<attributeGroup name="specialAttrs"><attribute ref="xml:base"/><attribute ref="xml:lang"/><attribute ref="xml:space"/>
<attribute ref="xml:id"/></attributeGroup></schema>"""
"""The attributes that XML itself has. Contracts refer to them at the W3C's address, or at none."""


class _Documents(etree.Resolver):
    """Gives libxml2 the schemas inside the WSDL, and files of the folder."""

    def __init__(self, folder: Folder, inline: list[tuple[Path, bytes]]) -> None:
        self._folder, self._inline = folder, inline
        self.refused: Outside | None = None

    def resolve(self, url: str | None, _public: str | None, context: object) -> object:  # type: ignore[override]
        if url is not None and url.startswith(_INLINE):
            path, content = self._inline[int(url.removeprefix(_INLINE))]
        elif url is not None and "://" in url and (known := next(filter(url.startswith, KNOWN), None)):
            path, content = Path(), etree.tostring(etree.Element(f"{{{_XSD}}}schema", targetNamespace=known))
        else:
            try:
                path, content = self._folder.read(url or "")
            except Outside as error:
                self.refused = self.refused or error
                return self.resolve_empty(context)  # type: ignore[attr-defined]
        return self.resolve_string(content, context, base_url=str(path))


def wrappers(bound: Bound) -> list[tuple[str, bytes]]:
    """The schemas of what stands around the parts of an operation in rpc style, each with its namespace.

    No schema of the contract describes these elements: WSDL 1.1 §3.5 does.
    """
    found = []
    for name, parts in ((bound.wrapper, bound.request), (bound.answer_wrapper, bound.answer)):
        if name is not None:
            space, _, bare = name.rpartition("}")
            found.append((space.removeprefix("{"), _wrapper(space.removeprefix("{"), bare, parts)))
    return found


def _wrapper(namespace: str, name: str, parts: tuple[Part, ...]) -> bytes:
    """A schema of one element that holds parts. They stand in no namespace of their own."""
    schema = etree.Element(f"{{{_XSD}}}schema", {"targetNamespace": namespace} if namespace else {})
    element = etree.SubElement(schema, f"{{{_XSD}}}element", name=name)
    content = etree.SubElement(etree.SubElement(element, f"{{{_XSD}}}complexType"), f"{{{_XSD}}}sequence")
    spaces = set()
    for index, part in enumerate(parts):
        space, _, bare = (part.element or part.type or "").rpartition("}")
        spaces.add(space.removeprefix("{"))
        prefix = {f"p{index}": space.removeprefix("{")} if space else None
        known = {"ref": ""} if part.element else {"name": part.name, "type": ""}
        node = etree.SubElement(content, f"{{{_XSD}}}element", known, nsmap=prefix)
        node.set("ref" if part.element else "type", f"p{index}:{bare}" if space else bare)
    for space in sorted(spaces - {namespace, _XSD}):
        schema.insert(0, etree.Element(f"{{{_XSD}}}import", {"namespace": space} if space else {}))
    return etree.tostring(schema)


def reply_schema(contract: str, folder: Folder, more: Iterable[tuple[str, bytes]] = ()) -> etree.XMLSchema:
    """The schema of everything that a contract defines, and of `more`. Raises `Outside` if there is none that can be used."""
    inline: list[tuple[Path, bytes]] = []
    by_namespace: dict[str, list[int]] = {}
    _collect(contract, folder, inline, by_namespace, set())
    for namespace, content in [(_XML, _XML_SCHEMA), *more]:
        by_namespace.setdefault(namespace, []).append(len(inline))
        inline.append((Path(contract), content))
    root = etree.Element(f"{{{_XSD}}}schema")
    for index in by_namespace.pop("", []):  # often a schema that does nothing but import others
        etree.SubElement(root, f"{{{_XSD}}}include", schemaLocation=f"{_INLINE}{index}")
    for namespace, indices in by_namespace.items():
        index = indices[0]
        if len(indices) > 1:  # one import per namespace is all that libxml2 follows
            index = len(inline)
            inline.append((Path(contract), _together(namespace, indices)))
        imported = etree.Element(f"{{{_XSD}}}import", namespace=namespace, schemaLocation=f"{_INLINE}{index}")
        root.insert(0 if namespace == _XML else len(root), imported)
    return _compiled(etree.tostring(root), folder, inline, contract)


def _compiled(
    root: bytes, folder: Folder, inline: list[tuple[Path, bytes]], contract: str
) -> etree.XMLSchema:
    """The schema that libxml2 makes of a root and what it imports. Raises `Outside`.

    lxml tells libxml2 for the whole process where documents come from, and takes it back at the end of each parse: one in another
    thread can end in the midst of ours. Then nobody gives libxml2 what it asks for, it says so, and is asked again.
    """
    for attempt in range(_ATTEMPTS):
        documents = _Documents(folder, inline)
        with _COMPILING:
            schema, log = _compiled_once(root, documents, contract)
        if documents.refused:
            raise documents.refused
        if _UNLOADED not in log:
            break
        time.sleep(_PAUSE * (attempt + 1))
    else:
        raise Outside("its schemas could not be read: other contracts are being read")
    if schema is None:
        raise Outside(f"its schemas cannot be used ({_said(log, contract)})")
    return schema


def _compiled_once(root: bytes, documents: _Documents, contract: str) -> tuple[etree.XMLSchema | None, str]:
    """The schema, if it can be made, and what libxml2 said meanwhile."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, huge_tree=False)
    parser.resolvers.add(documents)
    try:
        schema = etree.XMLSchema(etree.fromstring(root, parser, base_url=contract))
    except etree.LxmlError as error:
        return None, f"{error}\n{error.error_log}"
    return schema, str(schema.error_log)


def _together(namespace: str, indices: Iterable[int]) -> bytes:
    """A schema that includes several of its namespace."""
    whole = etree.Element(f"{{{_XSD}}}schema", targetNamespace=namespace)
    for index in indices:
        etree.SubElement(whole, f"{{{_XSD}}}include", schemaLocation=f"{_INLINE}{index}")
    return etree.tostring(whole)


def _collect(
    location: str,
    folder: Folder,
    inline: list[tuple[Path, bytes]],
    by_namespace: dict[str, list[int]],
    seen: set[Path],
) -> None:
    """The schemas inside a WSDL and inside those that it imports."""
    path, content = folder.read(location)
    if path in seen:
        return
    seen.add(path)
    try:
        root = parse(content)
    except NotXml as error:
        raise Outside(f"{path.name} {error}") from None
    schemas = [root] if root.tag == f"{{{_XSD}}}schema" else root.iterfind(f"{_WSDL}types/{{{_XSD}}}schema")
    for schema in schemas:
        by_namespace.setdefault(schema.get("targetNamespace", ""), []).append(len(inline))
        inline.append((path, etree.tostring(schema)))
    for imported in root.iterfind(f"{_WSDL}import"):
        if target := imported.get("location"):
            local = target if "://" in target else str(path.parent / target)
            _collect(local, folder, inline, by_namespace, seen)


def _said(log: str, contract: str) -> str:
    """What libxml2 says first, with files named from the contract's folder."""
    return log.partition("\n")[0].replace(f"{Path(contract).resolve().parent}/", "")[:200]
