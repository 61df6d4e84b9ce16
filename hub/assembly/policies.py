"""The policies, the engine that decides by them, and the watch for others."""

from datetime import timedelta
from functools import partial

import structlog

from hub.assembly.base import now
from hub.services.activation import Activations
from hub.services.policy_watch import PolicyWatch, Stamp
from hub.settings import Settings
from policies import DecisionPoint, PolicySet, read_policies
from policies.changeover import Changeover
from policies.embedded import EmbeddedDecisionPoint
from policies.opa import OpaDecisionPoint
from policies.trial import try_out

_log = structlog.get_logger("hub")


def policies_of(settings: Settings) -> PolicySet:
    """The policy set; one of another make is tried before the engine in this process decides by it.

    Raises:
        PolicyInvalid: saying what is wrong.
    """
    found = read_policies(settings.policies, key=settings.policies_key)
    if settings.policies is not None and settings.opa_url is None:
        try_out(found)
    return found


def decision_point(settings: Settings, policy_set: PolicySet) -> DecisionPoint:
    """What decides by a policy set: the engine in this process, or the OPA server that the settings name."""
    if settings.opa_url is None:
        return EmbeddedDecisionPoint(policy_set)
    return OpaDecisionPoint(
        str(settings.opa_url),
        policy_set.revision,
        deadline=settings.opa_deadline_s,
        told=partial(_tell_of_engine, policy_set.revision),
    )


def changeover(settings: Settings, policy_set: PolicySet, activations: Activations) -> Changeover:
    """What decides by the policies that rule, and changes from one set to the next."""
    return Changeover(
        policy_set,
        partial(decision_point, settings),
        activations.policies,
        at_once=settings.opa_url is None,
    )


def policy_watch(settings: Settings, decisions: Changeover, taken: Stamp) -> PolicyWatch:
    """What looks for other policies than those taken, and lets them rule."""
    days = settings.policies_max_age_days
    return PolicyWatch(
        decisions,
        path=settings.policies,
        read=partial(policies_of, settings),
        every=settings.policies_watch_s if settings.policies is not None else 0.0,
        patience=settings.policies_changeover_s,
        max_age=timedelta(days=days) if days is not None else None,
        clock=now,
        taken=taken,
    )


def _tell_of_engine(revision: str, decides: bool, cause: str) -> None:
    """Say that the policy engine was lost, or is back. While the policies change, it decides by one of two revisions."""
    if decides:
        _log.warning("the policy engine decides again", revision=revision)
    else:
        _log.warning("the policy engine does not decide by these policies", revision=revision, cause=cause)
