"""What a policy may reach for: its input, its data, and functions whose result depends on nothing else.

A policy that could read a clock, draw lots, call out or look at its machine would decide otherwise when asked again, and
would be a way out for what it sees. So the hub itself reads the syntax tree of each module, whichever engine will run it,
and admits only the builtins of `PURE`, which both engines have. Whatever is not on the list is refused, so that a builtin
of a later release is too. Because calls are read from the tree, no spelling of one escapes (`time["now_ns"]()`,
`with count as http.send`), and a word in a string or a comment is no call.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.bounds import MAX_RULES, Call, check_calls, check_text
from policies.errors import Problem
from policies.syntax import Node, head_of, tree_of


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PURE = _words(
    """
    abs array.concat array.reverse array.slice bits.and bits.or bits.xor concat contains count endswith
    intersection is_array is_boolean is_null is_number is_object is_set is_string lower max min
    object.filter object.get object.keys object.remove object.union object.union_n product replace sort
    split startswith strings.any_prefix_match strings.any_suffix_match strings.replace_n strings.reverse sum
    time.clock time.date time.diff time.parse_rfc3339_ns time.weekday trim trim_left
    trim_prefix trim_right trim_space trim_suffix type_name union upper walk
    """
)

OUTSIDE = {
    "http.send": "calls out to the network",
    "net.lookup_ip_addr": "calls out to the network",
    "providers.aws.sign_req": "is there to call out to the network",
    "json.match_schema": "can call out to the network",
    "json.verify_schema": "can call out to the network",
    "graphql.schema_is_valid": "can call out to the network",
    "time.now_ns": "reads the clock: the time is input",
    "io.jwt.decode_verify": "reads the clock: the time is input",
    "rand.intn": "draws lots",
    "uuid.rfc4122": "draws lots",
    "io.jwt.encode_sign": "draws lots",
    "io.jwt.encode_sign_raw": "draws lots",
    "opa.runtime": "looks at the machine it runs on",
    "rego.parse_module": "looks at policies",
    "print": "writes what it sees to a log",
    "trace": "writes what it sees to a log",
}

# The first words of the builtins that have a dot: a reference below one of these is a builtin, or pretends to be.
NAMESPACES = _words(
    """
    array base64 base64url bits crypto glob graph graphql hex http internal io json net numbers object opa providers rand
    regex rego semver strings time units uri urlquery uuid yaml
    """
)

_HIDDEN = re.compile(
    "[^\\S \\t\\n]|[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]"
)
_AT = re.compile(r":(\d+):\d+\s")
_WHY = re.compile(r"^error: (.{1,200})$", re.MULTILINE)

Path = tuple[str | None, ...]
"""A reference such as `data.a["b"]`; None is a step that is computed."""


def screen(modules: Mapping[str, str]) -> list[Problem]:
    """Every problem of the modules that forbids loading them; none if they may be loaded."""
    problems: list[Problem] = []
    trees: dict[str, Node] = {}
    for name, text in modules.items():
        read = [*_hidden(name, text), *check_text(name, text)] or _tree(name, text)
        if isinstance(read, dict):
            trees[name] = read
        else:
            problems += read
    functions = frozenset(path for tree in trees.values() for path in _functions(tree))
    calls: list[Call] = []
    for name, tree in trees.items():
        screening = _Screening(name, modules[name], tree, functions)
        problems += screening.problems()
        calls += screening.calls
    if sum(len(tree["rules"]) for tree in trees.values()) > MAX_RULES:
        problems.append(Problem(min(trees), 0, f"the set has more than {MAX_RULES} rules"))
    return [*problems, *check_calls(calls)]


def _hidden(name: str, text: str) -> Iterator[Problem]:
    """Characters that two parsers could read in two ways, or that an eye does not see."""
    for number, line in enumerate(text.split("\n"), 1):
        if _HIDDEN.search(line):
            yield Problem(name, number, "a control character or an invisible one")


def _tree(name: str, text: str) -> dict[str, Any] | list[Problem]:
    try:
        return tree_of(name, text)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of regorus is a BaseException, not an Exception
        at, why = _AT.search(str(error)), _WHY.search(str(error))
        return [Problem(name, int(at[1]) if at else 0, f"not Rego: {why[1] if why else 'cannot be parsed'}")]


def _path(node: Node) -> Path:
    """The steps of a reference; the first is None when it does not start at a name."""
    if "Var" in node:
        return (node["Var"]["value"],)
    if "RefDot" in node:
        return (*_path(node["RefDot"]["refr"]), node["RefDot"]["field"][-1])
    if "RefBrack" in node:
        index = node["RefBrack"]["index"]
        return (*_path(node["RefBrack"]["refr"]), _text(index))
    return (None,)


def _functions(tree: Node) -> Iterator[Path]:
    """The functions that a module defines, by full path."""
    for rule in tree["rules"]:
        head = rule.get("Spec", {}).get("head", {}).get("Func")
        if head:
            yield ("data", *_path(tree["package"]["refr"]), *_path(head["refr"]))


def _text(node: Node) -> str | None:
    """The text that a node is; None when it is something else."""
    found = node.get("String") or node.get("RawString")
    return str(found["value"]) if found else None


class _Screening:
    """The screening of one module."""

    def __init__(self, name: str, text: str, tree: Node, functions: frozenset[Path]) -> None:
        self._name = name
        self._tree = tree
        self._functions = functions
        self._package = _path(tree["package"]["refr"])
        self._imports = {self._alias(text, node): _path(node["refr"]) for node in tree["imports"]}
        self._found: set[tuple[int, str]] = set()
        self._rule: Path = ()
        self.calls: list[Call] = []

    @staticmethod
    def _alias(text: str, node: Node) -> str | None:
        span = node.get("as")
        return text.encode()[span["start"] : span["end"]].decode() if span else _path(node["refr"])[-1]

    def problems(self) -> list[Problem]:
        """What forbids loading the module, in order of line."""
        if self._package[0] != "onlyonce":
            self._add(self._tree["package"], "the package is not `onlyonce` or one below it")
        for node, alias in zip(self._tree["imports"], self._imports, strict=False):
            self._name_is_free(node, alias)
        for rule in self._tree["rules"]:
            self._head(rule)
            self._walk(rule)
        return [Problem(self._name, line, message) for line, message in sorted(self._found)]

    def _add(self, node: Node, message: str) -> None:
        self._found.add((node["span"]["line"], message))

    def _name_is_free(self, node: Node, name: str | None) -> None:
        if name in NAMESPACES or name in PURE or name in OUTSIDE:
            self._add(node, f"`{name}` is the name of builtins")

    def _head(self, rule: Node) -> None:
        head = head_of(rule)
        path = _path(head["refr"])
        self._rule = ("data", *self._package, *path)
        self._name_is_free(head, path[0])
        if ("data", *self._package, *path)[:3] == ("data", "onlyonce", "revision"):
            self._add(head, "`onlyonce.revision` is the hub's to say")

    def _walk(self, node: object) -> None:
        if isinstance(node, list):
            for item in node:
                self._walk(item)
        elif isinstance(node, dict):
            self._visit(node)

    def _visit(self, node: dict[str, Any]) -> None:
        if "Call" in node:
            self._call(node["Call"])
        elif "RefDot" in node or "RefBrack" in node:
            self._reference(node)
        else:
            for modifier in node.get("with_mods", ()):
                self._replacement(modifier)
            for child in node.values():
                self._walk(child)

    def _call(self, call: Node) -> None:
        path = self._resolved(_path(call["fcn"]))
        local = ("data", *self._package, *path)
        called = next((one for one in (local, path) if one in self._functions), None)
        if called is not None:
            self.calls.append(Call(self._name, call["span"]["line"], self._rule, called))
        else:
            self._builtin(call, path)
        self._walk(call["params"])

    def _builtin(self, node: Node, path: Path) -> None:
        if None in path:
            self._add(node, "calls a function whose name is computed")
            return
        name = ".".join(step for step in path if step)
        if name in OUTSIDE:
            self._add(node, f"`{name}` {OUTSIDE[name]}")
        elif name not in PURE:
            self._add(node, f"`{name}` is neither a function of this set nor a builtin that policies may use")

    def _reference(self, node: dict[str, Any]) -> None:
        """A builtin can be named without being called: `with count as http.send`."""
        ((_, ref),) = node.items()
        path = _path(node)
        if path[0] in NAMESPACES:
            self._builtin(ref, path)
        self._steps(node)

    def _steps(self, node: dict[str, Any]) -> None:
        while "RefDot" in node or "RefBrack" in node:
            ((_, ref),) = node.items()
            self._walk(ref.get("index"))
            node = ref["refr"]
        self._walk(node)

    def _replacement(self, modifier: Node) -> None:
        if self._resolved(_path(modifier["refr"]))[0] != "input":
            self._add(modifier, "`with` replaces something other than input")

    def _resolved(self, path: Path) -> Path:
        return (*self._imports[path[0]], *path[1:]) if path[0] in self._imports else path
