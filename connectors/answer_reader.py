"""Steps 5 and 6 of a call: find the answer, compare whom it is about with whom was asked, read the asked attributes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connectors.declaration import SourceDeclaration
from connectors.errors import ContractBroken
from connectors.provenance import provenance_of
from connectors.rule import Attributes
from connectors.source import Enquiry, Reading
from connectors.values import Unfit

__all__ = ["AnswerReader"]

_SETTLED = 64
"""For how many sets of attributes a source keeps a way of reading."""


class AnswerReader:
    """Reads what a source answered, once it is known to be an answer."""

    def __init__(self, declaration: SourceDeclaration) -> None:
        """Read as declared."""
        self._id, self._rule, self._language = declaration.id, declaration.reply, declaration.language
        self._rules, self._operation = declaration.attributes, declaration.operation
        self._settled: dict[frozenset[str], Attributes] = {}

    def read(self, point: Any, enquiry: Enquiry, at: datetime) -> Reading:
        """The reading of an answer; `point` is where the declaration's paths start. Raises `ContractBroken`."""
        try:
            points = self._find(point)
            self._compare(points, enquiry)
        except Unfit as error:
            raise ContractBroken(self._id, f"its answer {error}") from None
        values, unfit = self._attributes_of(enquiry.attributes).read(points)
        broken = {name: ContractBroken(self._id, error.of(name)) for name, error in unfit.items()}
        reference, date = provenance_of(self._rule, self._language.scalar, point)
        if reference is not None:  # it is kept where no number of a person may stand
            reference = reference.replace(enquiry.subject.value, "{subject}")
        return Reading(values, broken, at, reference, date, self._operation)

    def _attributes_of(self, names: frozenset[str]) -> Attributes:
        """How these are read together. The same forms ask for the same attributes, so that is settled once."""
        known = self._settled.get(names)
        if known is None:
            if len(self._settled) >= _SETTLED:
                self._settled.clear()
            rules = {name: rule for name, rule in self._rules.items() if name in names}
            known = self._settled[names] = Attributes(rules, self._language)
        return known

    def _find(self, point: Any) -> Sequence[Any]:
        """The answer, or with `many` the answers, in what came back."""
        found = self._rule.answer(point)
        whole = len(found) == 1 or (self._rule.many and (len(found) > 1 or self._language.says_none(found)))
        if not whole or not all(map(self._language.is_node, found)):
            raise Unfit("is not where it was declared to be")
        return found

    def _compare(self, points: Sequence[Any], enquiry: Enquiry) -> None:
        """The answer must be about the subject that was asked."""
        if self._rule.subject is None:
            return
        asked = enquiry.subject.value
        for point in points:
            echoes = self._rule.subject(point)
            if len(echoes) != 1 or self._language.text(echoes[0]) != asked:
                raise Unfit("is about another subject, or does not say about whom it is")
