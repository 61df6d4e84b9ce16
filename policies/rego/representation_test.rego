package onlyonce.representation_test

import data.onlyonce.fixture_test as fixture

organisation := {
	"subject": {"kind": "organisation"},
	"form": {"subjectKind": "organisation"},
	"actor": {"role": "representative", "isSubject": false},
}

acting(basis, established) := fixture.with_facts({
	"actor": {"role": "representative", "isSubject": false},
	"representation": {"basis": basis, "established": established},
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
	fixture.outcome(acting("parent", true)) == "permit"
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

test_an_agent_and_a_system_need_no_representation if {
	every role in ["agent", "system"] {
		facts := object.union(acting("none", false), {"actor": {"role": role}, "reason": {"present": true}})
		fixture.outcome(facts) == "permit"
	}
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
