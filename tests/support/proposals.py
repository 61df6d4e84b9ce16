"""Policy sets that somebody might propose: those of a set, with another word on channels."""

from policies import PolicySet, policy_set

_RULE = "channel.denial if not channel.allowed"


def _with(policies: PolicySet, condition: str) -> PolicySet:
    text = policies.modules["decision.rego"]
    assert text.count(_RULE) == 1
    changed = text.replace(_RULE, f"channel.denial if {condition}")
    return policy_set({**policies.modules, "decision.rego": changed})


def any_channel(policies: PolicySet) -> PolicySet:
    """Any channel will do."""
    return _with(policies, 'input.channel == "closed"')


def no_channel(policies: PolicySet) -> PolicySet:
    """No channel will do."""
    return _with(policies, 'input.channel != "open"')
