"""Every text of an answer, found by ElementTree, and the attributes that would read them all by XPath."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from lxml import etree

Found = dict[str, list[str]]


def leaves(payload: etree._Element) -> Found:
    """Every text of an answer by its path, in the order of the document, as ElementTree reads it."""
    found: Found = {}
    _walk(ET.fromstring(etree.tostring(payload)), "", found)  # noqa: S314 - drawn here
    return found


def _walk(node: ET.Element, path: str, found: Found) -> None:
    for name, value in node.attrib.items():
        if "}" not in name:
            found.setdefault(f"{path}/@{name}".lstrip("/"), []).append(value)
    if path and not len(node):
        found.setdefault(path, []).append(node.text or "")
    for child in node:
        _walk(child, f"{path}/{child.tag}".lstrip("/"), found)


def xpath(path: str) -> str:
    """A path of names in Clark notation as an XPath without prefixes."""
    steps = path.replace("{", "\n{").split("\n") if "{" in path else [path]
    if len(steps) == 1:
        return path
    found = []
    for step in path_steps(path):
        space, _, name = step.rpartition("}")
        test = f"local-name()='{name}' and namespace-uri()='{space[1:]}'"
        found.append(f"*[{test}]" if space else step)
    return "/".join(found)


def path_steps(path: str) -> Iterator[str]:
    """The steps of such a path; a namespace may hold slashes."""
    while path:
        end = path.find("/", path.find("}") if path.startswith("{") else 0)
        step, path = (path, "") if end < 0 else (path[:end], path[end + 1 :])
        yield step


def everything(answers: list[Found]) -> dict[str, dict[str, Any]]:
    """An attribute for each path that is a text wherever it stands."""
    paths = sorted({path for answer in answers for path in answer})
    parents = {
        "/".join(list(path_steps(path))[:n]) for path in paths for n in range(1, len(list(path_steps(path))))
    }
    texts = [path for path in paths if path not in parents or "@" in path]
    return {f"a{index}": {"path": xpath(path), "many": True} for index, path in enumerate(texts)}


def expected_of(sent: Found, attributes: dict[str, dict[str, Any]]) -> Found:
    """What a reading should hold of an answer, by the attributes' paths."""
    known = {str(rule["path"]) for rule in attributes.values()}
    said = {xpath(path): [text.strip() for text in texts if text.strip()] for path, texts in sent.items()}
    return {path: texts for path, texts in said.items() if texts and path in known}
