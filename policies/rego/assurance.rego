# METADATA
# title: Assurance
# description: |
#   The more sensitive the data, the surer the login. Levels are those of the login, from 100 to 500 on the
#   scale of the Belgian federal authentication service. An actor whom the client merely asserts has none.
# custom:
#   source: GDPR Art. 32; eIDAS Regulation (EU) 910/2014 Art. 8
package onlyonce.assurance

# METADATA
# title: The login is as sure as the data demands
# description: |
#   The actor's assurance level is at least the one that the processing activity demands for the attribute's
#   sensitivity. Where it says nothing: none for normal data, 400 for special categories and criminal data.
# custom:
#   source: GDPR Art. 32; eIDAS Regulation (EU) 910/2014 Art. 8
#   reason: assuranceTooLow
denial(sensitivity) := {
	"decision": "deny",
	"reason": "assuranceTooLow",
	"rule": "onlyonce.assurance.allowed",
	"remedy": {"action": "raiseAssurance", "level": demanded[sensitivity]},
}

# METADATA
# title: The levels that are demanded
demanded := object.union({"normal": 0, "special": 400, "criminal": 400}, object.get(input.activity, "assurance", {}))

default level := 0

# METADATA
# scope: document
# title: The level that is proven
level := input.actor.assuranceLevel if {
	input.actor.proof == "token"
	is_number(input.actor.assuranceLevel)
}

# METADATA
# title: The sensitivities that the level is enough for
tolerated := {sensitivity |
	some sensitivity, least in demanded
	is_number(least)
	level >= least
}

# METADATA
# title: The attributes that the level is enough for
allowed := {name | some name, facts in input.attributes; facts.sensitivity in tolerated}
