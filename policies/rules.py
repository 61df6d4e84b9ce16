"""The rules, as their METADATA annotations tell them: for documents, and for whoever asks why.

`python -m policies.rules docs/policies.md` writes the tables of that page anew.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from policies.dpo_texts import DPO_TEXTS
from policies.policy_set import PolicySet, load_policies
from policies.texts import LANGUAGES, TEXTS

_PACKAGE = re.compile(r"^package (\S+)", re.MULTILINE)
_ANNOTATED = re.compile(r"^# METADATA\n((?:#.*\n)+)(\w+)", re.MULTILINE)
_TOLD = re.compile(r":= (\w+)\.(\w*denial)\b")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can refuse.

    Attributes:
        path: Where it stands in the policies: `onlyonce.client.denial`.
        title: What it demands, in a few words.
        description: The same at length.
        source: The article or law it comes from.
        reason: The code of its denials.
    """

    path: str
    title: str
    description: str
    source: str
    reason: str


def rules(policy_set: PolicySet) -> tuple[Rule, ...]:
    """Every rule that can refuse, in the order in which one is told when several do."""
    found = {rule.path: rule for text in policy_set.modules.values() for rule in _refusals(text)}
    order = _TOLD.findall(policy_set.modules["decision.rego"])
    return tuple(found[f"onlyonce.{package}.{name}"] for package, name in order)


def _refusals(text: str) -> Iterator[Rule]:
    package = _PACKAGE.search(text)
    for comment, name in _ANNOTATED.findall(text):
        told = yaml.safe_load(re.sub(r"^# ?", "", comment, flags=re.MULTILINE))
        custom = told.get("custom", {})
        if package and "reason" in custom:
            description = " ".join(told["description"].split())
            path = f"{package[1]}.{name}"
            yield Rule(path, told["title"], description, custom["source"], custom["reason"])


def rules_table(policy_set: PolicySet) -> str:
    """The rules as a table in Markdown."""
    rows = [
        f"| {number} | **{rule.title}.** {rule.description} | {rule.source} | `{rule.reason}` |"
        for number, rule in enumerate(rules(policy_set), 1)
    ]
    return "\n".join(["| | rule | source | reason |", "|---|---|---|---|", *rows])


def reasons_table(policy_set: PolicySet) -> str:
    """What each reason means, in every language, as a table in Markdown."""
    codes = [rule.reason for rule in rules(policy_set)]
    rows = [f"| `{code}` | {' | '.join(TEXTS[code][language] for language in LANGUAGES)} |" for code in codes]
    head = f"| reason | {' | '.join(LANGUAGES)} |"
    return "\n".join([head, "|---" * (len(LANGUAGES) + 1) + "|", *rows])


def officers_table(policy_set: PolicySet) -> str:
    """What each reason means to a data protection officer, in every language, as a table in Markdown."""
    codes = [rule.reason for rule in rules(policy_set)]
    rows = [
        f"| `{code}` | {' | '.join(DPO_TEXTS[code][language] for language in LANGUAGES)} |" for code in codes
    ]
    head = f"| reason | {' | '.join(LANGUAGES)} |"
    return "\n".join([head, "|---" * (len(LANGUAGES) + 1) + "|", *rows])


def with_tables(page: str, policy_set: PolicySet) -> str:
    """A page with its tables made anew, each between `<!-- NAME -->` and `<!-- end of NAME -->`."""
    tables = {
        "rules": rules_table(policy_set),
        "reasons": reasons_table(policy_set),
        "officers": officers_table(policy_set),
    }
    for name, table in tables.items():
        before, rest = page.split(f"<!-- {name} -->\n")
        _, after = rest.split(f"<!-- end of {name} -->\n")
        page = f"{before}<!-- {name} -->\n{table}\n<!-- end of {name} -->\n{after}"
    return page


if __name__ == "__main__":
    _file = Path(sys.argv[1])
    _file.write_text(with_tables(_file.read_text(), load_policies()))
