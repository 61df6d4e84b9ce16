# METADATA
# title: Emergencies
# description: |
#   In an emergency an agent may go on without the approval of a second one, and see what is sealed: for a
#   reason, for a short while, and in the sight of the data protection officer. Nothing else gives way.
# custom:
#   source: GDPR Art. 5(2), 6(1)(d) and 32
package onlyonce.emergency

# METADATA
# title: An emergency counts only where it is allowed, while it lasts
# description: |
#   The processing activity allows emergencies; this very agent declared it, for this very case, and it is not over. A
#   request under an emergency that does not count is refused altogether.
# custom:
#   source: GDPR Art. 5(2) and 32
#   reason: emergencyNotAllowed
denial := object.union(
	{"decision": "deny", "reason": "emergencyNotAllowed", "rule": "onlyonce.emergency.allowed"},
	remedy,
)

default remedy := {}

# METADATA
# scope: document
# title: What would help, if anything does
# description: An agent can declare an emergency, where the processing activity allows any.
remedy := {"remedy": {"action": "declareEmergency"}} if {
	input.activity.breakGlass == true
	input.actor.role == "agent"
}

# METADATA
# scope: document
# title: The emergency counts, or none was declared
allowed if not "emergency" in object.keys(input)

allowed if in_force

# METADATA
# title: There is an emergency that counts
in_force if {
	input.activity.breakGlass == true
	input.actor.role == "agent"
	input.actor.proof == "token"
	input.emergency.isActor == true
	input.emergency.isCase == true
	is_number(input.time)
	is_number(input.emergency.validUntil)
	input.time < input.emergency.validUntil
}

default duties := []

# METADATA
# scope: document
# title: What the hub owes for what it discloses
# description: Each disclosure under an emergency is told to the data protection officer.
duties := ["noticeToDpo"] if in_force
