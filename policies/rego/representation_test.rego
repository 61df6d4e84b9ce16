package onlyonce.representation_test

import data.onlyonce.fixture_test as fixture

organisation := {
	"subject": {"kind": "organisation"},
	"form": {"subjectKind": "organisation"},
	"actor": {"role": "representative", "isSubject": false},
}

# What a mandate says that is in force and in scope.
in_force := {
	"scopeHolds": true,
	"validFrom": fixture.question.time,
	"validUntil": fixture.question.time + 1,
	"signedByGiver": true,
	"signedByHolder": true,
	"revoked": false,
}

acting(basis, established) := fixture.with_facts({
	"actor": {"role": "representative", "isSubject": false},
	"representation": object.union({"basis": basis, "established": established}, in_force),
})

acting_for_organisation(basis, established) := object.union(acting(basis, established), organisation)

test_a_person_acts_for_themselves if {
	fixture.outcome(fixture.question) == "permit"
	fixture.outcome(fixture.with_facts({"representation": {"established": false}})) == "permit"
}

test_whatever_their_role_a_person_is_themselves if {
	fixture.outcome(fixture.with_facts({"actor": {"role": "representative"}})) == "permit"
}

test_a_citizen_may_hold_a_mandate if {
	fixture.outcome(object.union(acting("mandate", true), {"actor": {"role": "citizen"}})) == "permit"
}

test_someone_else_is_not_the_person if {
	fixture.outcome(fixture.with_facts({"actor": {"isSubject": false}})) == "representationNotEstablished"
}

test_an_established_representation_suffices if {
	fixture.outcome(acting("mandate", true)) == "permit"
	fixture.outcome(object.union(acting("parent", true), {"subject": {"age": 17}})) == "permit"
	fixture.outcome(acting_for_organisation("mandate", true)) == "permit"
	fixture.outcome(acting_for_organisation("enterpriseRole", true)) == "permit"
}

test_a_representation_that_is_not_established_does_not if {
	every basis in ["mandate", "parent", "enterpriseRole", "none"] {
		fixture.outcome(acting(basis, false)) == "representationNotEstablished"
		fixture.outcome(acting_for_organisation(basis, false)) == "representationNotEstablished"
	}
}

test_the_basis_fits_the_kind_of_subject if {
	fixture.outcome(acting("enterpriseRole", true)) == "representationNotEstablished"
	fixture.outcome(acting_for_organisation("parent", true)) == "representationNotEstablished"
	fixture.outcome(acting("none", true)) == "representationNotEstablished"
	fixture.outcome(acting_for_organisation("none", true)) == "representationNotEstablished"
}

test_nobody_is_an_organisation_themselves if {
	facts := object.union(acting_for_organisation("self", true), {"actor": {"isSubject": true}})
	fixture.outcome(facts) == "representationNotEstablished"
}

as_agent(role, established) := object.union(
	acting("none", established),
	{"actor": {"role": role}, "reason": {"present": true}},
)

asserted := {"actor": {"proof": "asserted"}, "activity": {"actorProof": "asserted"}}

test_an_agent_holds_an_office_that_the_hub_knows_of if {
	fixture.outcome(as_agent("agent", true)) == "permit"
	fixture.outcome(as_agent("agent", false)) == "representationNotEstablished"
}

test_a_system_is_nobody_who_logged_in if {
	fixture.outcome(as_agent("system", true)) == "representationNotEstablished"
}

test_an_activity_that_takes_the_clients_word_takes_it_for_the_actor_too if {
	word := object.union(asserted, {"actor": {"isSubject": false}, "representation": {"established": false}})
	fixture.outcome(fixture.with_facts(word)) == "permit"
	fixture.outcome(object.union(acting_for_organisation("enterpriseRole", false), asserted)) == "permit"
	fixture.outcome(object.union(as_agent("agent", false), asserted)) == "permit"
	fixture.outcome(object.union(as_agent("system", false), asserted)) == "permit"
}

test_the_clients_word_is_not_enough_for_a_mandate_or_a_parent if {
	every basis in ["mandate", "parent", "none"] {
		fixture.outcome(object.union(acting(basis, false), asserted)) == "representationNotEstablished"
	}
	fixture.outcome(object.union(acting("enterpriseRole", false), asserted)) == "representationNotEstablished"
	fixture.outcome(object.union(acting_for_organisation("self", false), asserted)) == "representationNotEstablished"
}

test_a_token_of_someone_else_is_not_made_good_by_the_clients_word if {
	facts := {"activity": {"actorProof": "asserted"}, "actor": {"isSubject": false}}
	fixture.outcome(fixture.with_facts(facts)) == "representationNotEstablished"
}

test_an_unknown_role_is_refused if {
	visitor := {"actor": {"role": "visitor"}}
	fixture.outcome(fixture.with_facts(visitor)) == "representationNotEstablished"
	fixture.outcome(object.union(acting("mandate", true), visitor)) == "representationNotEstablished"
}

test_missing_facts_are_refused if {
	every path in ["actor/role", "actor/isSubject", "representation", "representation/basis"] {
		fixture.outcome(fixture.without([path])) == "representationNotEstablished"
	}
}
