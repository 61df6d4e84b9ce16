"""How much a policy set may ask of whoever reads and evaluates it.

The embedded engine works in the hub's own process and cannot be stopped from outside: what it would do for hours, or what would take
the process with it (it calls a function that calls itself until the stack is gone), is refused when a set is loaded. OPA refuses
recursion too.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.errors import Problem

MAX_RULES = 500
"""Of a set. A chain of a few thousand that build on each other exhausts the engine's stack."""
MAX_CALLS = 10_000
"""How many calls one rule may cause, through functions that call functions: each is evaluated anew."""
MAX_BYTES = 262_144
"""Of a module."""
_MAX_WEIGHT = 50_000
"""Of a module's brackets: the engine's parser takes twice as long for each level of them."""

_NOT_CODE = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|#[^\n]*')

FunctionPath = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the set: where it stands, in which rule, and what it calls."""

    file: str
    line: int
    caller: FunctionPath
    callee: FunctionPath


def check_text(name: str, text: str) -> Iterator[Problem]:
    """What is wrong with the size of a module, before anybody parses it."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        yield Problem(name, 0, f"has more than {MAX_BYTES} bytes")
        return
    depth = weight = 0
    for number, line in enumerate(_NOT_CODE.sub(_lines_alone, text).split("\n"), 1):
        for sign in line:
            if sign in "([{":
                depth += 1
                weight += 2 ** min(depth, 32)
            elif sign in ")]}":
                depth = max(0, depth - 1)
        if weight > _MAX_WEIGHT:
            yield Problem(name, number, "brackets are nested too deeply, or there are too many")
            return


def _lines_alone(found: re.Match[str]) -> str:
    """What is no code leaves its line breaks, so that lines keep their numbers."""
    return "\n" * found[0].count("\n")


def check_calls(calls: Sequence[Call]) -> Iterator[Problem]:
    """What is wrong with how the functions of a set call each other."""
    by_caller: dict[FunctionPath, list[Call]] = {}
    for call in calls:
        by_caller.setdefault(call.caller, []).append(call)
    caused: dict[FunctionPath, int] = {}
    for caller in by_caller:
        yield from _count(caller, by_caller, caused)


def _count(
    start: FunctionPath, by_caller: Mapping[FunctionPath, Sequence[Call]], caused: dict[FunctionPath, int]
) -> Iterator[Problem]:
    """Count the calls that a rule causes. Goes down with a stack of its own: a chain may be longer than Python's."""
    under_way: dict[FunctionPath, Iterator[Call]] = {start: iter(by_caller.get(start, ()))}
    if start in caused:
        return
    while under_way:
        at, rest = next(reversed(under_way.items()))
        for call in rest:
            if call.callee in under_way:
                yield Problem(call.file, call.line, "a function calls itself, or one that calls it")
            elif call.callee not in caused:
                under_way[call.callee] = iter(by_caller.get(call.callee, ()))
                break
        else:
            del under_way[at]
            direct = by_caller.get(at, ())
            caused[at] = sum(1 + caused.get(call.callee, 0) for call in direct)
            if caused[at] > MAX_CALLS and not any(caused.get(one.callee, 0) > MAX_CALLS for one in direct):
                yield Problem(
                    direct[0].file, direct[0].line, f"causes more than {MAX_CALLS} calls of functions"
                )
