"""The reply of a skeleton: where the answer, its subject, its reference and its errors stand."""

import re
from dataclasses import dataclass

from connectors.onboarding.errors_part import Failures, guessed
from connectors.onboarding.layout import Layout
from connectors.onboarding.leaves import is_repeated
from connectors.onboarding.proposals import identifier_in
from connectors.onboarding.reply_paths import XmlPaths
from connectors.onboarding.sheet import Sheet, flow, scalar

__all__ = ["ReplyPart"]


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """Writes `reply`."""

    layout: Layout

    def write(self, sheet: Sheet) -> None:
        """Write `reply`."""
        sheet.put(2, "reply:")
        if self.layout.paths.namespaces:
            sheet.put(3, "namespaces:")
            for prefix, space in self.layout.paths.namespaces.items():
                sheet.put(4, f"{prefix}: {scalar(space)}")
        sheet.put(3, f"answer: {scalar(self.layout.paths.answer(self.layout.answer))}", self._about_answer())
        if self.layout.operation.protocol == "rest" and is_repeated(self.layout.answer, 0):
            sheet.put(3, "many: true", "a list: an empty one says that nothing is held")
        self._echo(sheet)
        if (reference := self.layout.reference) is not None:
            sheet.put(
                3,
                f"reference: {scalar(self.layout.paths.answer(reference))}",
                "the source's own reference, for its log and ours",
            )
        self._errors(sheet)

    def _echo(self, sheet: Sheet) -> None:
        """Where the answer says whom it is about: by the same kind of number as is asked, best where it always stands."""
        above = len(self.layout.answer)
        same = [
            leaf
            for leaf in self.layout.found
            if self.layout.is_below(leaf)
            and _sort(leaf.node.name) == _sort(self.layout.asked)
            and not is_repeated(leaf.trail, above)
        ]
        always = [leaf for leaf in same if all(node.least > 0 for node in leaf.trail[above:])]
        echo = identifier_in(always, self.layout.kind) or identifier_in(same, self.layout.kind)
        if echo is None:
            return
        note = "must be the number that was asked"
        if echo not in always:
            note += "; where it is absent, the answer is refused"
        sheet.put(3, f"subject: {scalar(self.layout.paths.below(echo.trail, above))}", note)

    def _about_answer(self) -> str:
        if self.layout.operation.protocol == "soap" and is_repeated(self.layout.answer, 1):
            return "may stand several times in the contract: exactly one is accepted, unless `many: true`"
        return ""

    def _errors(self, sheet: Sheet) -> None:
        found, rest = self.layout.failures, self.layout.operation.protocol == "rest"
        meant = {404: "subjectUnknown", 429: "busy"}
        statuses = {s: m for s, m in meant.items() if rest and s in self.layout.operation.statuses}
        if found is None and not statuses:
            sheet.put(3, "errors:", "the contract names no error code of its own; if there is one:", off=True)
            sheet.put(4, f"code: {'error.code' if rest else '//faultstring'}", "where it stands", off=True)
            sheet.put(4, "meanings: {NOT-FOUND: subjectUnknown, TOO-BUSY: busy, DOWN: unavailable}", off=True)
            return
        sheet.put(3, "errors:")
        if statuses:
            sheet.put(4, f"status: {flow({str(s): m for s, m in statuses.items()})}".replace('"', ""))
        if found is not None:
            self._codes(sheet, found)

    def _codes(self, sheet: Sheet, found: Failures) -> None:
        path = self._code_path(found)
        sheet.put(4, f"code: {scalar(path)}")
        sheet.say(
            4,
            "What each code means: subjectUnknown, busy, unavailable or refused. One that is not listed is refused.",
        )
        told = {code: guessed(code) for code in found.codes[:20] if guessed(code) != "refused"}
        if told:
            sheet.put(4, f"meanings: {flow(told)}")
        else:
            sheet.put(4, 'meanings: {"404": subjectUnknown, "503": busy}', "an example", off=True)

    def _code_path(self, found: Failures) -> str:
        if isinstance(self.layout.paths, XmlPaths):
            if found.fine:
                good = " or ".join(f".='{value}'" for value in found.fine)
                return f"{self.layout.paths.answer(found.trails[0])}[not({good})]"
            condition = ""
            if found.severity is not None:
                node, value = found.severity
                condition = f"[{self.layout.paths.step(node)}='{value}'"
                if len(self.layout.answer) > 1:
                    condition += f" or not(//{self.layout.paths.step(self.layout.answer[-1])})"
                condition += "]"
            return self.layout.paths.anywhere(found.trails, condition)
        return self.layout.paths.anywhere(found.trails, "")


def _sort(name: str) -> str:
    """Which of several kinds of numbers of an enterprise a name speaks of: one is no echo of another."""
    found = re.search(r"vat|tva|btw|iva|ust|siret|siren|rna", name.lower())
    return "" if found is None else "vat" if found[0] in {"tva", "btw", "iva", "ust"} else found[0]
