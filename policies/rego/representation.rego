# METADATA
# title: Representation
# description: |
#   A person acts for themselves. For someone else, and for any organisation, one needs a representation that the hub
#   has established. Agents act under their own rules.
# custom:
#   source: Civil Code Art. 1.8 (representation); GDPR Art. 5(1)(a) and 12(6)
package onlyonce.representation

# METADATA
# title: The actor is the subject or represents it
# description: |
#   Either the actor is the person whom the request is about, or their representation of it is established: a mandate
#   for anyone, parental authority for a person, a role in the enterprise for an organisation.
# custom:
#   source: Civil Code Art. 1.8 (representation); GDPR Art. 5(1)(a) and 12(6)
#   reason: representationNotEstablished
denial := {
	"decision": "deny",
	"reason": "representationNotEstablished",
	"rule": "onlyonce.representation.established",
}

# METADATA
# title: Bases of representation
# description: For each kind of subject, on what basis someone else may act for it.
bases := {
	"person": {"mandate", "parent"},
	"organisation": {"mandate", "enterpriseRole"},
}

# METADATA
# title: The actor may act for the subject
established if {
	input.actor.role in {"citizen", "representative"}
	input.representation.basis == "self"
	input.actor.isSubject == true
	input.subject.kind == "person"
}

established if {
	input.actor.role in {"citizen", "representative"}
	input.representation.established == true
	input.representation.basis in bases[input.subject.kind]
}

established if input.actor.role in {"agent", "system"}
