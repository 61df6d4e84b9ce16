"""A contract as text for a person: its operations, and the request and reply of each as a tree."""

from collections.abc import Iterator

from connectors.onboarding.shape import Contract, Node, Operation

__all__ = ["how_often", "plain", "render"]

_MANY = 20
"""From how many operations on only their list is shown, unless one is named."""
_COLUMN = 48
_SHOWN_VALUES = 8
_SHOWN_TEXT = 90


def render(contract: Contract, operation: str | None = None) -> str:
    """The contract's list of operations, then the trees of each, or of `operation` alone.

    Raises `LookupError`, naming the operations there are, if there is none of that name.
    """
    chosen = [o for o in contract.operations if operation in {None, o.name}]
    if operation is not None and not chosen:
        names = ", ".join(dict.fromkeys(o.name for o in contract.operations)) or "none"
        raise LookupError(f"the contract has no operation {operation}; it has: {names[:2000]}")
    lines = [
        f"{plain(contract.title)}  ({contract.kind}{', ' if contract.version else ''}{plain(contract.version)})"
    ]
    if operation is None:
        lines += (
            ["", *map(_line, contract.operations)] if contract.operations else ["", "It has no operation."]
        )
        if len(chosen) > _MANY:
            return "\n".join([*lines, "", "Name an operation to see its request and reply.", ""])
    before: dict[tuple[str, ...], Operation] = {}
    for one in chosen:
        lines += ["", *_operation(one, before)]
    return "\n".join([*lines, ""])


def how_often(node: Node) -> str:
    """Its cardinality: `1`, `0..1`, `1..*`."""
    most = "*" if node.most is None else str(node.most)
    return most if most == str(node.least) else f"{node.least}..{most}"


def plain(text: str) -> str:
    """A stranger's text without what a terminal would act on."""
    return "".join(c if c.isprintable() else " " for c in text)


def _line(operation: Operation) -> str:
    """One operation in the list."""
    said = f"  {plain(operation.documentation)[:_SHOWN_TEXT]}" if operation.documentation else ""
    reason = f"  CANNOT BE CALLED: {operation.unsupported}" if operation.unsupported else ""
    return plain(f"  {operation.name:<{_COLUMN - 4}} {_kind(operation)}{said}{reason}").rstrip()


def _kind(operation: Operation) -> str:
    if operation.protocol == "rest":
        return f"{operation.method} {operation.path}"
    where = " / ".join(filter(None, (operation.service, operation.port)))
    return f"SOAP {operation.version} {operation.style}  {where}".rstrip()


def _operation(operation: Operation, before: dict[tuple[str, ...], Operation]) -> Iterator[str]:
    """An operation with its trees; trees that another port has shown already are not shown again."""
    yield plain(f"{operation.name}  {_kind(operation)}")
    facts = {
        "address": operation.address,
        "SOAPAction": operation.action,
        "statuses": ", ".join(map(str, operation.statuses)),
        "cannot be called": operation.unsupported,
        "about": operation.documentation[: 4 * _SHOWN_TEXT],
    }
    yield from (f"  {key}: {plain(value)}" for key, value in facts.items() if value)
    trees = tuple(_trees(operation))
    if trees in before:
        yield f"  request and reply: as at the port {plain(before[trees].port or '')}"
        return
    before[trees] = operation
    yield from trees


def _trees(operation: Operation) -> Iterator[str]:
    prefixes: dict[str, str] = {}
    groups = [
        ("header", operation.headers),
        ("parameter", operation.parameters),
        ("request", (operation.request,) if operation.request else ()),
        ("reply", (operation.reply,) if operation.reply else ()),
        ("fault", operation.faults),
    ]
    lines = [line for title, nodes in groups for line in _group(title, nodes, prefixes)]
    yield from (f"  namespace {prefix} = {plain(space)}" for space, prefix in prefixes.items())
    yield from lines


def _group(title: str, nodes: tuple[Node, ...], prefixes: dict[str, str]) -> Iterator[str]:
    if nodes:
        yield f"  {title}"
    for node in nodes:
        yield _node(node, 2, "", prefixes)
        yield from _children(node, 3, prefixes)


def _children(node: Node, depth: int, prefixes: dict[str, str]) -> Iterator[str]:
    """The lines below a node. Of a choice, each branch begins with `or`, its further members with `and`."""
    last: Node | None = None
    for child in node.children:
        mark = ""
        if child.choice is not None:
            if last is None or last.choice != child.choice:
                yield f"{'  ' * depth}one of"
                mark = "   - "
            else:
                mark = "   - " if last.branch != child.branch else "   + "
        yield _node(child, depth, mark, prefixes)
        yield from _children(child, depth + 1 + 2 * bool(mark), prefixes)
        last = child


def _node(node: Node, depth: int, mark: str, prefixes: dict[str, str]) -> str:
    """One node on one line: name, type, how often, its values, what it is about."""
    name = node.name or "(body)"
    if node.namespace:
        name = f"{prefixes.setdefault(node.namespace, f'n{len(prefixes) + 1}')}:{name}"
    head = f"{'  ' * depth}{mark}{'@' if node.attribute else ''}{name}"
    kind = node.type if node.named in {"", node.type} else f"{node.type} ({node.named})"
    kind = kind or "(no name)"
    words = [f"{head:<{_COLUMN}} {kind}  [{how_often(node)}]"]
    words += [node.place] if node.place else []
    words += ["nillable"] if node.nillable else []
    words += ["recursive: as above"] if node.recursive else []
    words += ["cut: too large"] if node.cut else []
    if node.values:
        rest = f" | … {len(node.values)} in all" if len(node.values) > _SHOWN_VALUES else ""
        words.append(f"= {' | '.join(node.values[:_SHOWN_VALUES])}{rest}")
    words += [f"({node.facets[:_SHOWN_TEXT]})"] if node.facets else []
    if node.documentation:
        short = node.documentation[:_SHOWN_TEXT]
        words.append(f"— {short}{'…' if len(node.documentation) > _SHOWN_TEXT else ''}")
    return plain("  ".join(words)).rstrip()
