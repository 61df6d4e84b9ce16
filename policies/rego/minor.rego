# METADATA
# title: Minors
# description: |
#   Who is under age acts through a parent, unless the processing activity is open to them from a certain age.
# custom:
#   source: Civil Code Art. 388; GDPR Art. 8 and recital 38
package onlyonce.minor

import data.onlyonce.agent

# METADATA
# title: Who acts alone is old enough
# description: |
#   Whoever acts for themselves has the age that the processing activity asks for, 18 where it says nothing. An
#   age that is not known is none.
# custom:
#   source: Civil Code Art. 388; GDPR Art. 8 and recital 38
#   reason: minorNotAlone
denial := {
	"decision": "deny",
	"reason": "minorNotAlone",
	"rule": "onlyonce.minor.protected",
	"remedy": {"action": "proveRepresentation"},
}

# METADATA
# scope: document
# title: Nobody acts alone who is too young for it
# description: An age of 18 stands for every age from 18 on; where the national number proves none, it is 0.
protected if input.subject.age == 18

protected if input.representation.basis != "self"

protected if not agent.acts_in_person

protected if {
	age := object.get(input.subject, "age", 0)
	is_number(age)
	is_number(input.activity.ownFromAge)
	age >= input.activity.ownFromAge
}
