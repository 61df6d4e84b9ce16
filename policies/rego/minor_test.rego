package onlyonce.minor_test

import data.onlyonce.fixture_test as fixture

aged(age) := fixture.with_facts({"subject": {"age": age}})

test_who_is_of_age_acts_alone if {
	fixture.outcome(aged(18)) == "permit"
	fixture.outcome(aged(17)) == "minorNotAlone"
	fixture.ruling(aged(17)).remedy == {"action": "proveRepresentation"}
}

test_an_age_that_is_not_known_is_none if {
	unknown := json.remove(fixture.question, ["subject/age"])
	fixture.outcome(unknown) == "minorNotAlone"
	fixture.outcome(object.union(unknown, {"activity": {"ownFromAge": 0}})) == "permit"
}

test_the_activity_may_be_open_to_the_young if {
	open := {"activity": {"ownFromAge": 16}}
	fixture.outcome(object.union(aged(16), open)) == "permit"
	fixture.outcome(object.union(aged(15), open)) == "minorNotAlone"
}

test_at_the_clients_word_too if {
	word := {"actor": {"proof": "asserted", "isSubject": false}, "activity": {"actorProof": "asserted"}}
	fixture.outcome(object.union(aged(17), word)) == "minorNotAlone"
}

test_an_agent_may_work_on_a_childs_case if {
	agent := {
		"actor": {"role": "agent", "isSubject": false},
		"reason": {"present": true},
	}
	fixture.outcome(object.union_n([aged(3), agent, {"representation": {"basis": "none"}}])) == "permit"
	fixture.outcome(object.union(aged(3), agent)) == "permit"
}
