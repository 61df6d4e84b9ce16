"""Each subject's chain: its number and predecessor sealed in every entry, its end in `audit_subject`."""

from audit.entries.checking import Chains
from audit.verifying.check import Check, Log, Seen


class ChainsCheck(Check):
    """No entry of a subject is missing between two others, and the ends are those of the chains. Takes some hundred bytes a subject."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._chains = Chains()

    def entry(self, seen: Seen) -> None:
        """Compare what was sealed with what came before."""
        if seen.fields is not None:
            problem = self._chains.check(seen.row, seen.fields)
            if problem is not None:
                self.log.findings.add(seen.index, f"entry {seen.index}: {problem}", follows=True)
        self._chains.add(seen.row, seen.leaf)

    def finish(self, *, whole: bool) -> None:
        """Compare the stored ends."""
        if not whole:
            return
        for row in self.log.rows("SELECT * FROM audit_subject"):
            problem = self._chains.close(row)
            if problem is not None:
                self.log.findings.add(
                    problem, "the end of a subject's chain is not its last entry", follows=True
                )
        for index in self._chains.unclosed():
            self.log.findings.add(index, "the end of a subject's chain is gone", follows=True)
