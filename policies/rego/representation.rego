# METADATA
# title: Representation
# description: |
#   A person acts for themselves. For someone else, and for any organisation, one needs a representation that
#   the hub has established; an agent's office counts as one. Where a processing activity takes the client's
#   word for who acts, its word counts for this too.
# custom:
#   source: Civil Code Art. 1.8 (representation); GDPR Art. 5(1)(a) and 12(6)
package onlyonce.representation

import data.onlyonce.period

# METADATA
# title: The actor is the subject or represents it
# description: |
#   Either the actor is the person whom the request is about, or their representation of it is established: a
#   mandate for anyone, parental authority for a person who is under 18, a role in the enterprise for an
#   organisation, an office for an agent. The client's word is enough only for what a form engine can know, and
#   only where the activity declares it.
# custom:
#   source: Civil Code Art. 1.8 (representation); GDPR Art. 5(1)(a) and 12(6)
#   reason: representationNotEstablished
denial := {
	"decision": "deny",
	"reason": "representationNotEstablished",
	"rule": "onlyonce.representation.established",
	"remedy": {"action": "proveRepresentation"},
}

# METADATA
# title: A mandate is in force
# description: |
#   Who acts on a mandate acts from its start on and before its end, if it has one; both the giver and the
#   holder have signed it, and neither has revoked it.
# custom:
#   source: Civil Code Art. 1.8 (representation); GDPR Art. 5(1)(a) and 12(6)
#   reason: mandateNotInForce
force_denial := {
	"decision": "deny",
	"reason": "mandateNotInForce",
	"rule": "onlyonce.representation.in_force",
	"remedy": {"action": "proveRepresentation"},
}

# METADATA
# title: A mandate covers the processing activity
# description: Who acts on a mandate acts only in what it was given for.
# custom:
#   source: Civil Code Art. 1.8 (representation); GDPR Art. 5(1)(b) and 12(6)
#   reason: mandateOutOfScope
scope_denial := {
	"decision": "deny",
	"reason": "mandateOutOfScope",
	"rule": "onlyonce.representation.in_scope",
	"remedy": {"action": "proveRepresentation"},
}

# METADATA
# title: Bases of representation
# description: |
#   For each kind of subject, on what basis someone else may act for it. A parent stands apart, for a child
#   grows up.
bases := {
	"person": {"mandate"},
	"organisation": {"mandate", "enterpriseRole"},
}

# METADATA
# scope: document
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

established if {
	input.actor.role in {"citizen", "representative"}
	input.representation.established == true
	input.representation.basis == "parent"
	input.subject.kind == "person"
	is_number(input.subject.age)
	input.subject.age < 18
}

established if {
	input.actor.role == "agent"
	input.representation.established == true
}

established if {
	taken_at_its_word
	input.actor.role in {"citizen", "representative"}
	input.representation.basis == asserted_bases[input.subject.kind]
}

established if {
	taken_at_its_word
	input.actor.role in {"agent", "system"}
}

# METADATA
# title: What a client's word can stand for
# description: For each kind of subject, the one basis that a form engine knows of without asking anyone.
asserted_bases := {
	"person": "self",
	"organisation": "enterpriseRole",
}

# METADATA
# title: The client's word is taken
# description: Whether the activity takes it is onlyonce.proof's to say.
taken_at_its_word if input.actor.proof == "asserted"

# METADATA
# scope: document
# title: The mandate is in force, or nobody acts on one
in_force if input.representation.basis != "mandate"

in_force if {
	input.representation.signedByGiver == true
	input.representation.signedByHolder == true
	input.representation.revoked == false
	period.now_within(input.representation)
}

# METADATA
# scope: document
# title: The mandate covers the processing activity, or nobody acts on one
in_scope if input.representation.basis != "mandate"

in_scope if input.representation.scopeHolds == true
