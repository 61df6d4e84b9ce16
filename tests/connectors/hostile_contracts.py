"""Contracts that are made to harm their reader, by name. Each writes its files into a folder and gives the contract's name."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.connectors.make_wsdl import XSD, wsdl

Make = Callable[[Path], str]
ASK = '<element name="Ask" type="t:T0"/>'


def _wsdl(text: str) -> Make:
    def make_wsdl(folder: Path) -> str:
        (folder / "h.wsdl").write_text(text)
        return "h.wsdl"

    return make_wsdl


def _api(
    schemas: str,
    *,
    path: str = '{"get": {"responses": {"200": {"content": {"application/json": {"schema": S}}}}}}',
) -> Make:
    whole = path.replace("S", '{"$ref": "#/components/schemas/T0"}')
    return _data(
        f'{{"openapi": "3.0.0", "paths": {{"/a": {whole}}}, "components": {{"schemas": {schemas}}}}}'
    )


def _data(text: str) -> Make:
    def make(folder: Path) -> str:
        (folder / "h.yaml").write_text(text)
        return "h.yaml"

    return make


def _chain(count: int, each: str, last: str) -> str:
    """Definitions of which each holds the next."""
    return "".join(
        each.replace("THIS", str(i)).replace("NEXT", str(i + 1)) for i in range(count)
    ) + last.replace("THIS", str(count))


def _files(count: int) -> Make:
    def make(folder: Path) -> str:
        for i in range(count):
            (folder / f"{i}.xsd").write_text(
                f'<schema {XSD}><include schemaLocation="{(i + 1) % count}.xsd"/></schema>'
            )
        (folder / "h.wsdl").write_text(wsdl('<include schemaLocation="0.xsd"/>', ASK))
        return "h.wsdl"

    return make


def _operations(count: int) -> str:
    text = wsdl(
        _chain(30, _type('<element name="a" type="t:TNEXT"/><element name="b" type="t:TNEXT"/>'), _type(""))
        + ASK
    )
    for kind in ("portType", "binding"):
        start = text.index("<w:operation", text.index(f"<w:{kind}"))
        end = text.index("</w:operation>", start) + len("</w:operation>")
        one = text[start:end]
        many = "".join(one.replace('name="Ask"', f'name="Ask{i}"') for i in range(count))
        text = text[:start] + many + text[end:]
    return text


def _type(inner: str) -> str:
    return f'<complexType name="TTHIS"><sequence>{inner}</sequence></complexType>'


def _laughs(count: int) -> str:
    entities = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(count))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'


PAIR = '<element name="a" type="t:TNEXT"/><element name="b" type="t:TNEXT"/>'
GROUP = '<group name="GTHIS"><sequence><group ref="t:GNEXT"/><group ref="t:GNEXT"/></sequence></group>'
ATTRIBUTES = '<attributeGroup name="ATHIS"><attributeGroup ref="t:ANEXT"/><attributeGroup ref="t:ANEXT"/></attributeGroup>'
SELF = '<complexType name="T0"><complexContent><extension base="t:T1"/></complexContent></complexType>'
BACK = '<complexType name="T1"><complexContent><extension base="t:T0"/></complexContent></complexType>'

REFUSED: dict[str, Make] = {
    "external entity": _wsdl('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + wsdl("&e;")),
    "external entity by a parameter": _wsdl('<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e"> %e;]>' + wsdl("")),
    "external document type": _wsdl('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + wsdl("")),
    "billion laughs": _wsdl(_laughs(12) + wsdl("&l12;")),
    "document type far into the document": _wsdl(f"<!--{' ' * 9000}-->{_laughs(12)}" + wsdl("&l12;")),
    "quadratic laughs": _wsdl(f'<!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]>' + wsdl("&e;" * 50_000)),
    "elements nested deep": _wsdl("<a>" * 100_000),
    "more files than bounds": _files(600),
    "50 MiB schema": _wsdl(wsdl(ASK + " " * (50 << 20))),
    "a million empty tags": _wsdl(wsdl("<a/>" * 1_100_000)),
    "alias bomb": _data("a0: &a0 [x, x]\n" + _chain(30, "aNEXT: &aNEXT [*aTHIS, *aTHIS, *aTHIS]\n", "")),
    "merge bomb": _data("a0: &a0 {x: 1}\n" + _chain(30, "aNEXT: &aNEXT {<<: [*aTHIS, *aTHIS]}\n", "")),
    "alias of itself": _data("openapi: 3.0.0\npaths: &a {x: *a}\n"),
    "YAML nested deep": _data("openapi: 3.0.0\npaths: " + "[" * 100_000),
    "YAML nested deep in blocks": _data("openapi: 3.0.0\npaths:\n" + "".join(" " * i + "a:\n" for i in range(1, 2000))),
    "JSON nested deep": _data('{"openapi": "3.0.0", "paths": ' + '{"a":' * 100_000),
    "50 MiB OpenAPI": _data('{"openapi": "3.0.0", "x": "' + "x" * (50 << 20) + '"}'),
    "12 million zeros": _data('{"openapi": "3.0.0", "x": [' + "0," * (6 << 20) + "0]}"),
    "reference to an address": _api('{"T0": {"$ref": "http://127.0.0.1:9/x.yaml"}}'),
    "reference to the metadata service": _api('{"T0": {"$ref": "http://169.254.169.254/latest/meta-data#/x"}}'),
    "reference to a file by its address": _api('{"T0": {"$ref": "file:///etc/passwd"}}'),
    "reference to a file by its path": _api('{"T0": {"$ref": "/etc/passwd"}}'),
    "reference to a file above": _api('{"T0": {"$ref": "../outside.yaml#/x"}}'),
}  # fmt: skip
"""Those that are refused."""

BOUNDED: dict[str, Make] = {
    "groups of groups": _wsdl(
        wsdl(_chain(60, GROUP, '<group name="GTHIS"><sequence/></group>')
             + '<complexType name="T0"><sequence><group ref="t:G0"/></sequence></complexType>' + ASK)
    ),
    "attribute groups of attribute groups": _wsdl(
        wsdl(_chain(60, ATTRIBUTES, '<attributeGroup name="ATHIS"/>')
             + '<complexType name="T0"><attributeGroup ref="t:A0"/></complexType>' + ASK)
    ),
    "files that include each other in a circle": _files(100),
    "types nested deep": _wsdl(wsdl(_chain(5000, _type('<element name="a" type="t:TNEXT"/>'), _type("")) + ASK)),
    "types that double at each level": _wsdl(wsdl(_chain(40, _type(PAIR), _type("")) + ASK)),
    "types that all hold all": _wsdl(
        wsdl("".join(_type("".join(f'<element name="e{j}" type="t:T{j}"/>' for j in range(30))).replace("THIS", str(i)) for i in range(30)) + ASK)
    ),
    "types that extend each other": _wsdl(wsdl(SELF + BACK + ASK)),
    "a long chain of extensions": _wsdl(wsdl(_chain(
        5000, '<complexType name="TTHIS"><complexContent><extension base="t:TNEXT"/></complexContent></complexType>', _type("")) + ASK)),
    "simple types that restrict each other": _wsdl(wsdl(
        '<simpleType name="T0"><restriction base="t:T1"/></simpleType><simpleType name="T1"><restriction base="t:T0"/></simpleType>' + ASK)),
    "unions of each other": _wsdl(wsdl(
        '<simpleType name="T0"><union memberTypes="t:T1 t:T1 t:T1"/></simpleType><simpleType name="T1"><union memberTypes="t:T0 t:T0"/></simpleType>' + ASK)),
    "unions of unions": _wsdl(wsdl(_chain(
        40, '<simpleType name="TTHIS"><union memberTypes="t:TNEXT t:TNEXT t:TNEXT"/></simpleType>',
        '<simpleType name="TTHIS"><restriction base="string"/></simpleType>') + ASK)),
    "thousands of elements that stand for one": _wsdl(wsdl(
        ASK.replace("t:T0", "string") + '<element name="A" abstract="true"/>'
        + "".join(f'<element name="e{i}" substitutionGroup="t:A"/>' for i in range(60_000)))),
    "thousands of elements that stand for each other": _wsdl(wsdl(
        ASK.replace("t:T0", "string") + '<element name="e0"/>' + "".join(f'<element name="e{i + 1}" substitutionGroup="t:e{i}"/>' for i in range(20_000)))),
    "a group that holds itself": _wsdl(wsdl(
        '<group name="G"><sequence><element name="a"/><group ref="t:G"/></sequence></group>'
        '<complexType name="T0"><sequence><group ref="t:G"/></sequence></complexType>' + ASK)),
    "elements that stand for each other": _wsdl(wsdl(
        '<element name="A" substitutionGroup="t:B" abstract="true"/><element name="B" substitutionGroup="t:A"/>'
        '<complexType name="T0"><sequence><element ref="t:A"/></sequence></complexType>' + ASK)),
    "a huge enumeration": _wsdl(wsdl(
        '<simpleType name="T0"><restriction base="string">' + "".join(f'<enumeration value="{i}"/>' for i in range(100_000))
        + "</restriction></simpleType>" + ASK)),
    "thousands of elements in one type": _wsdl(wsdl(_type("".join(f'<element name="e{i}"/>' for i in range(100_000))).replace("THIS", "0") + ASK)),
    "thousands of operations": _wsdl(_operations(3000)),
    "a documentation of megabytes": _wsdl(wsdl(ASK + f'<simpleType name="T0"><annotation><documentation>{"x " * (4 << 20)}</documentation>'
                                               '</annotation><restriction base="string"/></simpleType>')),
    "numbers beyond measure": _wsdl(wsdl(
        f'<complexType name="T0"><sequence maxOccurs="{"9" * 5000}"><element name="a" maxOccurs="{"9" * 11}" minOccurs="-1"/></sequence></complexType>' + ASK)),
    "thousands of namespaces": _wsdl(wsdl(
        _type("".join(f'<element name="e{i}" type="t:T1"/>' for i in range(2000))).replace("THIS", "0")
        + ASK).replace("<w:types", "<w:types " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(5000)))),
    "a reference to itself": _api('{"T0": {"$ref": "#/components/schemas/T0"}}'),
    "references in a circle": _api('{"T0": {"$ref": "#/components/schemas/T1"}, "T1": {"$ref": "#/components/schemas/T0"}}'),
    "all of itself": _api('{"T0": {"allOf": [{"$ref": "#/components/schemas/T0"}, {"properties": {"a": {"$ref": "#/components/schemas/T0"}}}]}}'),
    "any of itself": _api('{"T0": {"anyOf": [{"$ref": "#/components/schemas/T0"}, {"oneOf": [{"$ref": "#/components/schemas/T0"}, {}]}, {"type": "string"}]}}'),
    "items of itself": _api('{"T0": {"type": "array", "items": {"$ref": "#/components/schemas/T0"}}}'),
    "a discriminator of itself": _api('{"T0": {"discriminator": {"propertyName": "a", "mapping": {"x": "T0", "y": "#/components/schemas/T0"}}}}'),
    "a path that refers to itself": _api("{}", path='{"$ref": "#/paths/~1a"}'),
    "a parameter that refers to itself": _api("{}", path='{"parameters": [{"$ref": "#/paths/~1a/parameters/0"}], "get": {}}'),
    "schemas that double at each level": _api(json.dumps({
        f"T{i}": {"properties": {n: {"$ref": f"#/components/schemas/T{i + 1}"} for n in "abc"}} for i in range(40)})),
    "alternatives that double at each level": _api(json.dumps({
        f"T{i}": {"oneOf": [{"allOf": [{"$ref": f"#/components/schemas/T{i + 1}"}], "title": n} for n in "ab"]} for i in range(40)})),
    "all of all": _api(json.dumps({
        f"T{i}": {"allOf": [{"$ref": f"#/components/schemas/T{j}"} for j in range(40)], "properties": {f"p{i}": {"$ref": "#/components/schemas/T0"}}}
        for i in range(40)})),
    "all of all, nested deep": _api('{"T0": ' + '{"allOf": [' * 150 + "{}" + "]}" * 150 + "}"),
    "a huge enumeration in JSON": _api(json.dumps({"T0": {"enum": list(range(100_000))}})),
    "thousands of paths": _data(json.dumps({"openapi": "3.1.0", "paths": {
        f"/p{i}": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/x"}}}}}}} for i in range(3000)},
        "x": {"properties": {f"a{j}": {"properties": {f"b{k}": {"type": "string"} for k in range(100)}} for j in range(20)}}})),
    "nothing as it should be": _data(json.dumps({"openapi": "3.0.0", "info": [], "servers": {"a": 1}, "components": 7, "paths": {
        "/a": [], "/b": {"get": 1, "post": {"parameters": {"a": 1}, "requestBody": "x", "responses": []}},
        "/c": {"parameters": [1, None, {"name": 5, "in": []}, {"in": "query", "schema": {"type": {"a": 1}, "enum": 5, "items": 3, "required": {}}}],
               "get": {"responses": {"200": {"content": {"application/json": {"schema": {
                   "properties": [1], "allOf": 5, "oneOf": {"a": 1}, "discriminator": 5, "type": ["null", 5], "items": False,
                   "additionalProperties": 7, "$ref": 9}}}}}, "operationId": {}, "servers": [5]}}}})),
}  # fmt: skip
"""Those that are read, and cut where they go beyond the bounds."""
