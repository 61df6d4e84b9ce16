# METADATA
# title: Consent
# description: |
#   Where consent is the basis, nothing is disclosed without one that was given for this processing activity and this
#   attribute, and that holds at this moment. Where the law is the basis, consent plays no part.
# custom:
#   source: GDPR Art. 6(1)(a), 7 and 9(2)(a)
package onlyonce.consent

# METADATA
# title: Consent, where it is the basis
# description: |
#   Needed when the legal basis is Art. 6(1)(a), and for a special category whose exception is Art. 9(2)(a). A consent
#   counts when it is given or renewed, for this processing activity, for this attribute, and valid now: from
#   its start on, and before its end.
# custom:
#   source: GDPR Art. 6(1)(a), 7(1), 7(3) and 9(2)(a)
#   reason: consentRequired
denial := {"decision": "deny", "reason": "consentRequired", "rule": "onlyonce.consent.satisfied"}

# METADATA
# title: The whole processing activity rests on consent
consent_is_the_basis if input.activity.legalBasis == "6(1)(a)"

# METADATA
# title: Consent is needed for the attribute
needed(_) if consent_is_the_basis

needed(facts) if {
	facts.sensitivity == "special"
	input.activity.specialBasis == "9(2)(a)"
}

# METADATA
# title: The consents that hold now
# description: Given or renewed, for this processing activity, begun and not over.
holding := [consent |
	some consent in input.consents
	consent.status in {"given", "renewed"}
	consent.activity == input.activity.id
	is_number(input.time)
	is_number(consent.validFrom)
	consent.validFrom <= input.time
	not_over(consent)
]

# METADATA
# title: The consent has no end
not_over(consent) if not "validUntil" in object.keys(consent)

# METADATA
# title: The end of the consent is still to come
not_over(consent) if {
	is_number(consent.validUntil)
	input.time < consent.validUntil
}

# METADATA
# title: The consents that cover the attribute
covering(name) := [consent.id | some consent in holding; name in consent.attributes]

# METADATA
# title: No consent is needed, or there is one
satisfied(_, facts) if not needed(facts)

satisfied(name, _) if count(covering(name)) > 0

# METADATA
# title: The consent that a permit relies on
# description: |
#   None, or one of those that cover the attribute and always the same: the first by id. Whoever discloses reads it
#   again at the last moment.
relied_on(name, facts) := [] if not needed(facts)

else := [id] if id := min(covering(name))
