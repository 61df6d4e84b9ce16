# METADATA
# title: Consent
# description: |
#   Where consent is the basis, nothing is disclosed without one that was given for this processing activity and this
#   attribute, and that holds at this moment. Where the law is the basis, consent plays no part.
# custom:
#   source: GDPR Art. 6(1)(a), 7 and 9(2)(a)
package onlyonce.consent

import data.onlyonce.period

# METADATA
# title: Consent, where it is the basis
# description: |
#   Needed when the legal basis is Art. 6(1)(a), and for a special category whose exception is Art. 9(2)(a). A
#   consent counts when it is given or renewed, for this processing activity, for this attribute, on a notice
#   that the controller stands by, and valid now: from its start on, and before its end.
# custom:
#   source: GDPR Art. 6(1)(a), 7(1), 7(3) and 9(2)(a)
#   reason: consentRequired
denial := {
	"decision": "deny",
	"reason": "consentRequired",
	"rule": "onlyonce.consent.satisfied",
	"remedy": {"action": "giveConsent"},
}

default needed := set()

# METADATA
# scope: document
# title: The attributes that need consent
needed := object.keys(input.attributes) if input.activity.legalBasis == "6(1)(a)"

else := {name | some name, facts in input.attributes; facts.sensitivity == "special"} if {
	input.activity.specialBasis == "9(2)(a)"
}

# METADATA
# title: The consents that hold now
# description: Given or renewed, for this processing activity, on a notice that counts, begun and not over.
holding := [consent |
	some consent in input.consents
	consent.status in {"given", "renewed"}
	consent.activity == input.activity.id
	consent.notice in input.activity.notices
	period.now_within(consent)
]

# METADATA
# title: The consents that the permits rely on
# description: |
#   Attribute that needs consent → one consent that covers it, always the same: the first by id. Whoever discloses
#   reads it again at the last moment. An attribute that no consent covers is missing.
relied_on := {name: [first] |
	some name in needed
	first := min({consent.id | some consent in holding; name in consent.attributes})
}

# METADATA
# title: The attributes that need no consent, or have it
satisfied := object.keys(input.attributes) if needed == set()

else := (object.keys(input.attributes) - needed) | object.keys(relied_on)
