# METADATA
# title: Agents and automated processing
# description: |
#   Whoever looks at data that is not their own, an agent or a system, does so in a case that is open and for a reason
#   that the person concerned can read.
# custom:
#   source: GDPR Art. 5(1)(b), 5(2) and 15(1)
package onlyonce.agent

# METADATA
# title: An agent works on a case
# description: A request by an agent or a system names the case it belongs to.
# custom:
#   source: GDPR Art. 5(1)(b) and 5(2)
#   reason: caseRequired
case_denial := {
	"decision": "deny",
	"reason": "caseRequired",
	"rule": "onlyonce.agent.has_case",
	"remedy": {"action": "nameCase"},
}

# METADATA
# title: An agent gives a reason
# description: A request by an agent or a system says why, in words that the person concerned will read in their log.
# custom:
#   source: GDPR Art. 5(2) and 15(1); CJEU C-579/21
#   reason: reasonRequired
reason_denial := {
	"decision": "deny",
	"reason": "reasonRequired",
	"rule": "onlyonce.agent.has_reason",
	"remedy": {"action": "giveReason"},
}

# METADATA
# scope: document
# title: There is a case, or none is needed
has_case if acts_in_person

has_case if input.case.present == true

# METADATA
# scope: document
# title: There is a reason, or none is needed
has_reason if acts_in_person

has_reason if input.reason.present == true

# METADATA
# title: The actor is the citizen or their representative
acts_in_person if input.actor.role in {"citizen", "representative"}
