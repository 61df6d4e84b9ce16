package onlyonce.sealed_test

import data.onlyonce.fixture_test as fixture

hidden := fixture.with_facts({"subject": {"sealed": ["person.familyName"]}})

test_what_is_sealed_is_refused_to_anybody if {
	fixture.outcome(hidden) == "subjectSealed"
	not "remedy" in object.keys(fixture.ruling(hidden))
}

test_what_is_not_sealed_is_not if {
	fixture.outcome(fixture.with_facts({"subject": {"sealed": ["person.address"]}})) == "permit"
	fixture.outcome(fixture.with_facts({"subject": {"sealed": []}})) == "permit"
}

test_a_law_opens_it if {
	fixture.outcome(object.union(hidden, {"activity": {"sealedBasis": "some law"}})) == "permit"
	every basis in ["", " ", null, true] {
		fixture.outcome(object.union(hidden, {"activity": {"sealedBasis": basis}})) == "subjectSealed"
	}
}

test_an_agent_is_told_that_an_emergency_would_open_it if {
	agent := {
		"actor": {"role": "agent", "isSubject": false},
		"representation": {"basis": "none"},
		"reason": {"present": true},
		"activity": {"breakGlass": true},
	}
	fixture.ruling(object.union(hidden, agent)).remedy == {"action": "declareEmergency"}
	closed := object.union(agent, {"activity": {"breakGlass": false}})
	not "remedy" in object.keys(fixture.ruling(object.union(hidden, closed)))
	citizen := object.union(hidden, {"activity": {"breakGlass": true}})
	not "remedy" in object.keys(fixture.ruling(citizen))
}
