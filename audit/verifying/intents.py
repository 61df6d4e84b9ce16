"""Open intents: each opens as it was recorded, and has no entry yet."""

from audit.keys.destruction import stored_key
from audit.keys.sealing import Unreadable, intent_binding
from audit.verifying.check import Check


class IntentsCheck(Check):
    """`audit_intent` holds what was announced."""

    def finish(self, *, whole: bool) -> None:  # noqa: ARG002 - each intent is checked by itself
        """Look at every open intent."""
        for row in self.log.rows("SELECT * FROM audit_intent"):
            self.log.counts.intents += 1
            if self.log.find("SELECT 1 FROM audit_entry WHERE id = ?", row["id"]):
                self.log.findings.add(None, "an intent is open that has its entry already")
            key_row = self.log.key_row(row["key_id"])
            if key_row is None or key_row["wrapped"] is None:
                self.log.findings.add(None, "an open intent has no key")
            elif self.log.keys is not None:
                try:
                    binding = intent_binding(row["id"], row["recorded_at"])
                    self.log.keys.unwrap(stored_key(key_row)).open(row["body"], binding)
                except Unreadable:
                    self.log.findings.add(None, "an open intent is not as it was recorded")
