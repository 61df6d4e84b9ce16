# METADATA
# title: Decision
# description: |
#   One answer for one request: for each attribute asked, a permit or a denial. Nothing is permitted by default:
#   every principle refuses what it cannot establish, and one refusal is enough.
package onlyonce

import data.onlyonce.agent
import data.onlyonce.assurance
import data.onlyonce.channel
import data.onlyonce.client
import data.onlyonce.consent
import data.onlyonce.criminal
import data.onlyonce.emergency
import data.onlyonce.lawfulness
import data.onlyonce.minimisation
import data.onlyonce.minor
import data.onlyonce.national_number
import data.onlyonce.proof
import data.onlyonce.purpose
import data.onlyonce.representation
import data.onlyonce.retention
import data.onlyonce.sealed
import data.onlyonce.second_pair
import data.onlyonce.special
import data.onlyonce.subject

# METADATA
# title: The decision
# description: |
#   The entry point. It carries the revision of the policy set that gave it; whoever asked refuses any other.
# entrypoint: true
decision := {"revision": data.onlyonce.revision, "attributes": rulings}

# METADATA
# title: A ruling for each attribute asked
# description: |
#   What stands in the way of the whole request is worked out once, and refuses every attribute. Whatever has no permit
#   is denied.
rulings := {name: refusal | some name, _ in input.attributes} if refusal

else := object.union(permits, denials)

# METADATA
# title: Why the whole request is refused
# description: |
#   Undefined when it is not. Of several reasons the first of this list is told: who is calling and how, then whom it
#   is about, then who is behind the call, then on what basis.
refusal := client.denial if not client.authorised

else := channel.denial if not channel.allowed

else := subject.denial if not subject.expected

else := proof.denial if not proof.sufficient

else := representation.denial if not representation.established

else := representation.force_denial if not representation.in_force

else := representation.scope_denial if not representation.in_scope

else := minor.denial if not minor.protected

else := agent.case_denial if not agent.has_case

else := agent.reason_denial if not agent.has_reason

else := emergency.denial if not emergency.allowed

else := lawfulness.denial if not lawfulness.recognised

else := national_number.denial if not national_number.authorised

else := retention.denial if not retention.declared

# METADATA
# title: The sensitivities that every principle tolerates
# description: Undefined, and so none, if one of them has nothing to say.
tolerated := ((special.tolerated & criminal.tolerated) & assurance.tolerated) & second_pair.tolerated

# METADATA
# title: The attributes that every principle about attributes lets through
# description: Undefined, and so nobody's, if one of them has nothing to say.
let_through := ((purpose.covered & minimisation.declared) & sealed.shown) & consent.satisfied

# METADATA
# title: The permits
# description: |
#   Each says what is permitted for its attribute's sensitivity. Where there is any such thing, it says what must be
#   taken off the value, and the consent it relies on.
permits := {name: permit |
	# regal ignore:pointless-reassignment
	permits_of := plain_permits # looked up once, not for each attribute
	some name in let_through
	permit := permits_of[input.attributes[name].sensitivity]
} if {
	minimisation.obligations == {}
	consent.relied_on == {}
}

else := {name: permit |
	obligations := minimisation.obligations
	consents := consent.relied_on
	some name in let_through
	permit := object.union(plain_permits[input.attributes[name].sensitivity], {
		"obligations": object.get(obligations, name, []),
		"consents": object.get(consents, name, []),
	})
}

# METADATA
# title: The rules that permit
# description: |
#   Every principle has let the attribute through. The one that is named is the rule of the law that its sensitivity
#   rests on: a legal basis, an exception for special categories, a law on criminal data.
grounds := {
	"normal": "onlyonce.lawfulness.recognised",
	"special": "onlyonce.special.allowed",
	"criminal": "onlyonce.criminal.allowed",
}

# METADATA
# title: For each sensitivity, a permit with nothing particular to its attribute
plain_permits := {sensitivity: permit |
	basis := lawfulness.basis
	duties := emergency.duties
	some sensitivity in tolerated
	permit := {
		"decision": "permit",
		"basis": basis,
		"obligations": [],
		"consents": [],
		"duties": duties,
		"rule": grounds[sensitivity],
	}
}

# METADATA
# title: The denials
denials := {name: denial(name, object.get(facts, "sensitivity", "")) |
	some name, facts in object.remove(input.attributes, permits)
}

# METADATA
# title: Why one attribute is refused
# description: |
#   Of several reasons the first of this list is told. Consent comes last, so that a person is asked for it only when
#   nothing else stands in the way.
denial(name, sensitivity) := purpose.denial if not name in purpose.covered

else := minimisation.denial if not name in minimisation.declared

else := special.denial if not name in special.allowed

else := criminal.denial if not name in criminal.allowed

else := assurance.denial(sensitivity) if not name in assurance.allowed

else := sealed.denial if not name in sealed.shown

else := second_pair.denial if not name in second_pair.allowed

else := consent.denial
