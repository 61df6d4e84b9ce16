"""May this be disclosed? Rego policies, and the engines that evaluate them.

The door of the room. The engines are behind it, in `policies.embedded` and `policies.opa`: only the assembly of an
application names one.
"""

from policies.bundle import build_bundle, read_bundle
from policies.decisions import (
    ACTIONS,
    DUTIES,
    OBLIGATIONS,
    Action,
    Decision,
    DecisionPoint,
    Deny,
    Duty,
    Obligation,
    Permit,
    Question,
    Remedy,
)
from policies.dpo_texts import dpo_text
from policies.errors import PolicyError, PolicyInvalid, PolicyUnavailable, Problem, QuestionInvalid
from policies.loading import read_policies
from policies.policy_set import PolicySet, export, load_policies, policy_set
from policies.question import QuestionFacts, check_question
from policies.texts import LANGUAGES, REASONS, reason_text

__all__ = [
    "ACTIONS",
    "DUTIES",
    "LANGUAGES",
    "OBLIGATIONS",
    "REASONS",
    "Action",
    "Decision",
    "DecisionPoint",
    "Deny",
    "Duty",
    "Obligation",
    "Permit",
    "PolicyError",
    "PolicyInvalid",
    "PolicySet",
    "PolicyUnavailable",
    "Problem",
    "Question",
    "QuestionFacts",
    "QuestionInvalid",
    "Remedy",
    "build_bundle",
    "check_question",
    "dpo_text",
    "export",
    "load_policies",
    "policy_set",
    "read_bundle",
    "read_policies",
    "reason_text",
]
