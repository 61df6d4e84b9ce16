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
#   Whoever acts for themselves has the age that the processing activity asks for, 18 where it says nothing. An age that is not known is none.
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
# title: Nobody acts alone who is too young for it
protected if input.representation.basis != "self"

protected if not agent.acts_in_person

protected if proven_age >= needed_age

# METADATA
# title: The age that is proven
# description: In whole years; none where the national number proves none.
proven_age := input.subject.age if is_number(input.subject.age)

else := 0

# METADATA
# title: The age from which one may act alone
needed_age := input.activity.ownFromAge if is_number(input.activity.ownFromAge)

else := 18
