"""The request of a skeleton: what the contract wants, filled with likely variables, with blanks for what only a person knows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.blanks import BLANK
from connectors.onboarding.concepts import Kind
from connectors.onboarding.leaves import DATES, NUMBERS, Leaf, Trail, base_type, is_text, leaves
from connectors.onboarding.likely import TEXTS, likely
from connectors.onboarding.proposals import identifier_in
from connectors.onboarding.shape import Node, Operation
from connectors.onboarding.sheet import Sheet, constant, one_line, scalar
from connectors.onboarding.words import meanings
from connectors.template import NUMBER

__all__ = ["GUESS", "QUOTED", "Filler", "Subject", "hint", "once", "subject_in"]

QUOTED = f'"{BLANK}"'
"""A blank for a text: what is filled in is a text too, whatever it looks like."""
GUESS = "a guess: is this where the number of the subject goes?"

_MOST_OPTIONAL = 10
_MOST_DEEP = 24
_MOST_TIMES = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """Where the number of the subject goes. `sure`: the contract's words say so."""

    trail: Trail
    sure: bool

    def passes(self, node: Node) -> bool:
        """Whether the way to it leads through a node."""
        return any(node is one for one in self.trail)


def subject_in(operation: Operation, kind: Kind) -> Subject | None:
    """Where the number of the subject goes: a parameter in the path or query, a header, or a text of the body; `None`: nowhere."""
    roots = [*operation.parameters, *([operation.request] if operation.request else [])]
    for root in roots:
        found = identifier_in([leaf for leaf in leaves(root) if _is_named(leaf)], kind, request=True)
        if found is not None:
            return Subject(found.trail, sure=True)
    texts = [leaf for root in roots for leaf in leaves(root) if _could_hold_it(leaf)]
    ranked = sorted(texts, key=_rank)  # stable: among equals the first
    return (
        Subject(ranked[0].trail, sure=len([leaf for leaf in texts if _is_required(leaf)]) == 1)
        if ranked
        else None
    )


def _is_named(leaf: Leaf) -> bool:
    """Whether a request can be written down to it: not through a list of lists, nor what is not written out."""
    return all(node.name != "[]" and not node.recursive and not node.cut for node in leaf.trail[:-1]) and (
        leaf.node.name != "[]"
    )


def _could_hold_it(leaf: Leaf) -> bool:
    return (
        _is_named(leaf)
        and base_type(leaf.node) in TEXTS | NUMBERS
        and not leaf.node.values
        and likely(leaf.trail) is None
    )


def _rank(leaf: Leaf) -> tuple[bool, bool, bool, int]:
    """The likeliest first: what must be there, what is named as a number, what stands in the path."""
    own = meanings(leaf.node.name)
    named = bool(own.known & {"id", "number", "nationalNumber", "enterpriseNumber"})
    return (
        not _is_required(leaf),
        not named or "language" in own.known,
        leaf.node.place != "path",
        len(leaf.trail),
    )


def _is_required(leaf: Leaf) -> bool:
    return all(node.least > 0 for node in leaf.trail)


@dataclass(slots=True)
class Filler:
    """Writes the elements of a request. `subject`: the way to the text that holds the subject's number."""

    sheet: Sheet
    subject: Subject | None
    json: bool = False

    def children(self, trail: Trail, depth: int) -> None:
        """What stands in an element, each under its name."""
        optional = []
        for child in once(_chosen(trail[-1].children, self.subject), self.subject):
            below = (*trail, child)
            if child.name in {"*", "[]"}:
                if child.least > 0 and child.name == "*" and not self.json:
                    self.sheet.put(depth, f"xml: {QUOTED}", "XML: the contract takes any element here")
            elif child.least > 0 or self._holds_subject(child):
                self.element(below, depth)
            else:
                optional.append(below)
        self._options(optional, depth)
        for names in _alternatives(trail[-1].children, self.subject):
            self.sheet.say(depth, f"Instead, the contract also takes: {names}.")

    def _holds_subject(self, node: Node) -> bool:
        return self.subject is not None and self.subject.passes(node)

    def _options(self, optional: Sequence[Trail], depth: int) -> None:
        if optional and len(optional) > _MOST_OPTIONAL:
            self.sheet.say(
                depth, f"And {len(optional)} that may be left out: `onlyonce sources inspect` shows them."
            )
            return
        for trail in optional:
            node = trail[-1]
            if is_text(node):
                self.sheet.put(
                    depth, f"{scalar(node.name)}: {self.value(trail)[0]}", "may be left out", off=True
                )
            else:
                self.sheet.put(
                    depth, f"{scalar(node.name)}: …", "may be left out; has elements of its own", off=True
                )

    def element(self, trail: Trail, depth: int) -> None:
        """One element under its name, as often as it must be there."""
        node, key = trail[-1], _key(trail)
        times = min(max(node.least, 1), _MOST_TIMES)
        listed = times > 1 or (self.json and (node.most is None or node.most > 1))
        if is_text(node):
            self._text(trail, key, depth, times if listed else 0)
        elif node.recursive or node.cut or depth > _MOST_DEEP:
            note = f"a {node.type}, too large or recursive to be written out here"
            self.sheet.put(depth, f"{key}: {BLANK}", note)
        elif not any(_is_written(child, self.subject) for child in node.children):
            note = "to write what may stand below, take the {} away" if node.children and not listed else ""
            self.sheet.put(depth, f"{key}: {_listed('{}', times) if listed else '{}'}", note)
            self.children(trail, depth + 1)
        elif listed:
            self.sheet.put(depth, f"{key}:")
            for _ in range(times):
                self.sheet.put(depth + 1, "-")
                self.children(trail, depth + 2)
        else:
            self.sheet.put(depth, f"{key}:")
            self.children(trail, depth + 1)

    def _text(self, trail: Trail, key: str, depth: int, times: int) -> None:
        """A text; `times`: as a list of so many, 0: as it is."""
        value, note = self.value(trail)
        wanted = [child for child in trail[-1].children if child.least > 0]
        if not wanted:
            self.sheet.put(depth, f"{key}: {_listed(value, times) if times else value}", note)
            return
        self.sheet.put(depth, f"{key}:")
        self.sheet.put(depth + 1, f"_value_1: {value}", note or "its text")
        for child in wanted:
            self.element((*trail, child), depth + 1)

    def _discriminator(self, trail: Trail) -> str | None:
        """The value that goes with the branch taken, where there are as many values as branches."""
        if len(trail) < 2:
            return None
        siblings = trail[-2].children
        for choice, branch in _branches(siblings, self.subject).items():
            alternatives = {c.branch for c in siblings if c.choice == choice}
            if branch is not None and len(alternatives) == len(trail[-1].values) > branch:
                return trail[-1].values[branch]
        return None

    def value(self, trail: Trail) -> tuple[str, str]:
        """What fills a text, as YAML, and what to say of it."""
        node = trail[-1]
        if self.subject is not None and trail[-1] is self.subject.trail[-1]:
            return scalar(self._sent("{subject}", node)), "" if self.subject.sure else GUESS
        if len(node.values) == 1:
            return constant(node.values[0]), ""
        if (tag := self._discriminator(trail)) is not None:
            return constant(tag), "which of the contract's alternatives this is"
        asking = [value for value in node.values if meanings(value.lower()).known == {"request"}]
        if len(asking) == 1:
            return constant(asking[0]), hint(node)
        if (variable := likely(trail)) is not None:
            return scalar(self._sent(variable, node)), _period(node)
        return (BLANK if self.json and _is_bare(node) else QUOTED), hint(node)

    def _sent(self, variable: str, node: Node) -> str:
        """A variable as the contract's type wants it: in JSON, a number is none as a text."""
        return f"{{{NUMBER}{variable[1:]}" if self.json and base_type(node) in NUMBERS else variable


def _listed(value: str, times: int) -> str:
    return f"[{', '.join([value] * times)}]"


def _key(trail: Trail) -> str:
    """The name under which a node stands; an attribute that has an element's name is told from it by `@`."""
    node = trail[-1]
    siblings = trail[-2].children if len(trail) > 1 else ()
    same = node.attribute and any(one.name == node.name and not one.attribute for one in siblings)
    return scalar(f"@{node.name}" if same else node.name)


def _is_bare(node: Node) -> bool:
    """Whether JSON wants it without quotes."""
    return base_type(node) == "boolean" or base_type(node) in NUMBERS


def _period(node: Node) -> str:
    if base_type(node) in DATES and {"start", "end"} & meanings(node.name).known:
        return "the beginning or end of a period: is this day meant?"
    return ""


def hint(node: Node) -> str:
    """What a person needs to know to fill in a blank."""
    if node.values:
        shown = ", ".join(node.values[:8])
        return f"one of: {shown}{', …' if len(node.values) > 8 else ''}"
    if base_type(node) == "boolean":
        return "true or false"
    text = one_line(node.documentation, 90)
    kind = node.type.replace("xs:", "")
    if kind.startswith("list of"):
        kind += ", with spaces between"
    said = [kind if kind != "string" else "", text if text != node.name else "", one_line(node.facets, 90)]
    return "; ".join(filter(None, said))


def _is_written(node: Node, subject: Subject | None) -> bool:
    return node.least > 0 or (subject is not None and subject.passes(node))


def once(nodes: Iterable[Node], subject: Subject | None) -> Iterator[Node]:
    """Each name once, for a mapping has it once; the one that leads to the subject, else the first."""
    found: dict[tuple[str, bool], Node] = {}
    for node in nodes:
        key = (node.name, node.attribute)
        if key not in found or (subject is not None and subject.passes(node)):
            found[key] = node
    yield from found.values()


def _chosen(children: Sequence[Node], subject: Subject | None) -> Iterator[Node]:
    """The children without those of branches that are not taken: of a choice, the branch of the subject, else the first."""
    branches = _branches(children, subject)
    for child in children:
        if child.choice is None or child.branch == branches[child.choice]:
            yield child


def _branches(children: Sequence[Node], subject: Subject | None) -> dict[int, int | None]:
    taken: dict[int, int | None] = {}
    for child in children:
        if child.choice is not None:
            on_the_way = subject is not None and subject.passes(child)
            if child.choice not in taken or on_the_way:
                taken[child.choice] = child.branch
    return taken


def _alternatives(children: Sequence[Node], subject: Subject | None) -> Iterator[str]:
    """For each choice, the names in the branches that are not taken."""
    for choice, branch in _branches(children, subject).items():
        names = [c.name for c in children if c.choice == choice and c.branch != branch]
        if names:
            yield ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
