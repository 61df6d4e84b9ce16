"""The head: the root and the compact range that the next append goes on from."""

from audit.verifying.check import Check


class HeadCheck(Check):
    """`audit_head` is that of all entries."""

    def finish(self, *, whole: bool) -> None:
        """Compare the head with the tree."""
        if not whole:
            return
        heads = list(self.log.rows("SELECT * FROM audit_head"))
        findings, size = self.log.findings, self.log.tree.size
        if len(heads) != 1:
            findings.add(None, "the log has not one head" if size or heads else "the log has no head")
            return
        head = heads[0]
        if type(head["size"]) is not int or head["id"] != 1:
            findings.add(None, "the head is no head")
        elif head["size"] > size:
            findings.add(size, f"entry {size} is missing: the head counts {head['size']}")
        elif head["size"] < size:
            findings.add(head["size"], f"entry {head['size']} was not appended: the head does not count it")
        elif head["root"] != self.log.tree.root() or head["compact_range"] != self.log.tree.to_bytes():
            findings.add(None, "the head is not that of these entries")
