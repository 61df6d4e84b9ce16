"""What the rules of a policy set look at: facts of the question, directly or by way of other rules."""

from collections.abc import Iterator

from policies.policy_set import PolicySet
from policies.syntax import Node, head_of, tree_of

_Path = tuple[str, ...]
_REMEMBERED = 16
_KNOWN: "dict[str, References]" = {}


class References:
    """The references of every rule of one policy set, read from its syntax trees."""

    def __init__(self, policy_set: PolicySet) -> None:
        """Read the trees of a screened set."""
        self._seen: dict[_Path, set[_Path]] = {}
        self._conditions: dict[_Path, str] = {}
        for name, text in policy_set.modules.items():
            self._read(name, text)

    def facts(self, rule: str) -> tuple[str, ...]:
        """The facts that a rule looks at, as paths below `input`, sorted; none if there is no such rule."""
        reached, waiting = set[_Path](), [("data", *rule.split("."))]
        facts: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path[0] == "input":
                facts.add(".".join(path[1:]))
            elif path not in reached:
                reached.add(path)
                waiting += [found for name in self._named(path) for found in self._seen[name]]
        return tuple(
            sorted(fact for fact in facts if fact and not any(one.startswith(f"{fact}.") for one in facts))
        )

    def condition(self, denial: str) -> str | None:
        """The rule that a denial says was not met: what stands as `rule` in it."""
        return self._conditions.get(("data", *denial.split(".")))

    def _named(self, path: _Path) -> list[_Path]:
        """The rules that a reference reaches: the longest beginning of it that is one."""
        return [path[:end] for end in range(len(path), 0, -1) if path[:end] in self._seen][:1]

    def _read(self, name: str, text: str) -> None:
        tree = tree_of(name, text)
        package = ("data", *_path(tree["package"]["refr"]))
        imports = {
            (_alias(text, node) or _path(node["refr"])[-1]): _path(node["refr"]) for node in tree["imports"]
        }
        heads = [(rule, _path(head_of(rule)["refr"])) for rule in tree["rules"]]
        own = {path[0] for _, path in heads}
        for rule, path in heads:
            seen = self._seen.setdefault((*package, *path), set())
            for found in _references(rule):
                first = found[0]
                if first in {"input", "data"}:
                    seen.add(found)
                elif first in imports:
                    seen.add((*imports[first], *found[1:]))
                elif first in own:
                    seen.add((*package, *found))
            for condition in _said(rule):
                self._conditions.setdefault((*package, *path), condition)


def references(policy_set: PolicySet) -> References:
    """The references of a policy set; those of the last sets are remembered."""
    known = _KNOWN.get(policy_set.revision)
    if known is None:
        if len(_KNOWN) >= _REMEMBERED:
            _KNOWN.clear()
        known = _KNOWN[policy_set.revision] = References(policy_set)
    return known


def _alias(text: str, node: Node) -> str | None:
    span = node.get("as")
    return text.encode()[span["start"] : span["end"]].decode() if span else None


def _path(node: Node) -> _Path:
    """The steps of a reference, up to the first that is computed."""
    steps: list[str] = []
    while True:
        if "RefDot" in node:
            steps.append(node["RefDot"]["field"][-1])
            node = node["RefDot"]["refr"]
        elif "RefBrack" in node:
            index = node["RefBrack"]["index"].get("String")
            steps = [*steps, index["value"]] if index else []
            node = node["RefBrack"]["refr"]
        elif "Var" in node:
            return (node["Var"]["value"], *reversed(steps))
        else:
            return ("",)


def _references(node: object) -> Iterator[_Path]:
    if isinstance(node, list):
        for item in node:
            yield from _references(item)
    elif isinstance(node, dict):
        if "Var" in node or "RefDot" in node or "RefBrack" in node:
            yield _path(node)
            yield from _references(_computed(node))
        else:
            for child in node.values():
                yield from _references(child)


def _computed(node: Node) -> list[object]:
    """What stands in the brackets of a reference, and below it where it does not begin with a name."""
    found: list[object] = []
    while "RefDot" in node or "RefBrack" in node:
        ((_, ref),) = node.items()
        found.append(ref.get("index"))
        node = ref["refr"]
    return found if "Var" in node else [*found, node]


def _said(node: object) -> Iterator[str]:
    """The texts that stand under the key `rule` of an object."""
    if isinstance(node, list):
        for item in node:
            yield from _said(item)
    elif isinstance(node, dict):
        for _, key, value in node["Object"]["fields"] if "Object" in node else ():
            if key.get("String", {}).get("value") == "rule" and "String" in value:
                yield value["String"]["value"]
        for child in node.values():
            yield from _said(child)
