# METADATA
# title: Second pair of eyes
# description: |
#   Where a processing activity says so, an agent looks at sensitive data only with the approval of another.
# custom:
#   source: GDPR Art. 5(1)(f) and 32
package onlyonce.second_pair

import data.onlyonce.agent
import data.onlyonce.emergency

# METADATA
# title: A second agent approves
# description: |
#   For the sensitivities that the processing activity names, an agent or a system needs the approval of a
#   second agent of the same administration, proven by a login, who is neither the first nor the subject. An
#   emergency lifts this.
# custom:
#   source: GDPR Art. 5(1)(f) and 32
#   reason: approvalRequired
denial := {
	"decision": "deny",
	"reason": "approvalRequired",
	"rule": "onlyonce.second_pair.allowed",
	"remedy": {"action": "haveApproved"},
}

# METADATA
# scope: document
# title: Nobody need approve any more
settled if agent.acts_in_person

settled if emergency.in_force

settled if {
	input.approval.established == true
	input.approval.isActor == false
	input.approval.isSubject == false
}

# METADATA
# title: The sensitivities that may be looked at
tolerated := {"normal", "special", "criminal"} if not input.activity.secondPair

# regal ignore:default-over-else
else := {"normal", "special", "criminal"} if settled

else := {"normal", "special", "criminal"} - {sensitivity | some sensitivity in demanding} if {
	demanding := input.activity.secondPair
}

# METADATA
# title: The attributes that may be looked at
allowed := {name | some name, facts in input.attributes; facts.sensitivity in tolerated}
