# METADATA
# title: Proof of the actor
# description: |
#   The human behind the call is proven by a token of the login. Only where a processing activity says so is the
#   word of the client enough.
# custom:
#   source: GDPR Art. 5(1)(f) and 32
package onlyonce.proof

# METADATA
# title: The actor is proven as the processing activity demands
# description: |
#   A token always suffices. An actor whom the client merely asserts is accepted only where the processing activity
#   declares it.
# custom:
#   source: GDPR Art. 5(1)(f) and 32
#   reason: actorNotProven
denial := {
	"decision": "deny",
	"reason": "actorNotProven",
	"rule": "onlyonce.proof.sufficient",
	"remedy": {"action": "logIn"},
}

# METADATA
# scope: document
# title: The proof is strong enough
sufficient if {
	input.actor.proof == "token"
	input.activity.actorProof in {"token", "asserted"}
}

sufficient if {
	input.actor.proof == "asserted"
	input.activity.actorProof == "asserted"
}
