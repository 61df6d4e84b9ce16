package onlyonce.second_pair_test

import data.onlyonce.fixture_test as fixture

agent := fixture.with_facts({
	"actor": {"role": "agent", "isSubject": false},
	"representation": {"basis": "none"},
	"reason": {"present": true},
	"activity": {"secondPair": ["normal"]},
})

approved := {"approval": {"established": true, "isActor": false, "isSubject": false}}

test_an_agent_needs_a_second_one if {
	fixture.outcome(agent) == "approvalRequired"
	fixture.ruling(agent).remedy == {"action": "haveApproved"}
	fixture.outcome(object.union(agent, approved)) == "permit"
}

test_only_for_the_sensitivities_that_the_activity_names if {
	fixture.outcome(object.union(agent, {"activity": {"secondPair": ["special", "criminal"]}})) == "permit"
	fixture.outcome(object.union(agent, {"activity": {"secondPair": []}})) == "permit"
	fixture.outcome(json.remove(agent, ["activity/secondPair"])) == "permit"
	law := {"specialBasis": "9(2)(g)", "criminalBasis": "some law"}
	every kind in ["normal", "special", "criminal"] {
		facts := {"attributes": {"person.familyName": {"sensitivity": kind}}, "activity": law}
		fixture.outcome(object.union_n([agent, facts, {"activity": {"secondPair": [kind]}}])) == "approvalRequired"
		fixture.outcome(object.union_n([agent, facts, {"activity": {"secondPair": []}}])) == "permit"
		fixture.outcome(object.union_n([agent, facts, approved])) == "permit"
	}
}

test_nobody_approves_their_own_request if {
	every change in [{"isActor": true}, {"isSubject": true}, {"established": false}] {
		facts := object.union_n([agent, approved, {"approval": change}])
		fixture.outcome(facts) == "approvalRequired"
	}
	every part in ["isActor", "isSubject", "established"] {
		facts := json.remove(object.union(agent, approved), [concat("/", ["approval", part])])
		fixture.outcome(facts) == "approvalRequired"
	}
}

test_a_citizen_needs_nobody if {
	fixture.outcome(fixture.with_facts({"activity": {"secondPair": ["normal"]}})) == "permit"
}

test_a_system_is_no_citizen if {
	system := {"actor": {"role": "system", "proof": "asserted"}, "activity": {"actorProof": "asserted"}}
	fixture.outcome(object.union(agent, system)) == "approvalRequired"
}
