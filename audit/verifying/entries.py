"""The pass over the entries: the columns of each give its leaf, and its body opens; what was opened is then given to every check."""

from collections.abc import Callable, Sequence

from audit.entries.checking import Columns, check_entry, key_fits, open_body
from audit.keys.destruction import stored_key
from audit.keys.sealing import Unreadable
from audit.tree.merkle import hash_leaf
from audit.verifying.check import Check, Log, Seen


def check_entries(log: Log, checks: Sequence[Check]) -> bool:
    """Read every entry; False where one is missing, after which nothing can be computed."""
    tell = _interested(checks)
    for row in log.rows("SELECT * FROM audit_entry ORDER BY leaf_index"):
        index = log.tree.size
        if type(row["leaf_index"]) is not int or row["leaf_index"] != index:
            log.findings.add(index, f"entry {index} is missing")
            return False
        problem, leaf = check_entry(row)
        if problem is not None:
            log.findings.add(index, f"entry {index}: {problem}")
        seen = Seen(index, row, leaf, _open(log, index, row))
        log.tree.append(hash_leaf(leaf))
        for look in tell:
            look(seen)
    return True


def _interested(checks: Sequence[Check]) -> list[Callable[[Seen], None]]:
    """Checks that look at entries: a call for each of millions is only made to those."""
    return [check.entry for check in checks if type(check).entry is not Check.entry]


def _open(log: Log, index: int, row: Columns) -> dict[bytes, bytes] | None:
    """The sealed fields of an entry, as far as they can be opened; says where they should and cannot."""
    try:
        fields = _fields(log, row)
    except Unreadable as error:
        log.findings.add(index, f"entry {index}: {error}", follows=True)
        return None
    log.counts.readable += fields is not None
    return fields


def _fields(log: Log, row: Columns) -> dict[bytes, bytes] | None:
    key_row = log.key_row(row["key_id"])
    if key_row is None:
        raise Unreadable("the row of its data key is gone")
    if (problem := key_fits(row, key_row)) is not None:
        raise Unreadable(problem)
    if key_row["wrapped"] is None:
        _check_forgotten(log, row, key_row)
        return None
    return None if log.keys is None else open_body(row, log.keys, stored_key(key_row))


def _check_forgotten(log: Log, row: Columns, key_row: Columns) -> None:
    destroyed = log.destructions.index(key_row)
    if destroyed is None:
        raise Unreadable("its data key was taken away, and no entry says so")
    if destroyed <= row["leaf_index"]:
        raise Unreadable("its data key was destroyed before it was recorded")
    log.counts.forgotten += 1
