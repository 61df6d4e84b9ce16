package onlyonce.agent_test

import data.onlyonce.fixture_test as fixture

# How each role is known: an agent by an office that the hub knows of, a system by the word of its client.
known := {
	"agent": {"representation": {"basis": "none", "established": true}},
	"system": {"actor": {"proof": "asserted"}, "activity": {"actorProof": "asserted"}},
}

agent(role, has_case, has_reason) := object.union(
	fixture.with_facts({
		"actor": {"role": role, "isSubject": false},
		"case": {"present": has_case},
		"reason": {"present": has_reason},
	}),
	known[role],
)

test_an_agent_with_a_case_and_a_reason_gets_data if {
	fixture.outcome(agent("agent", true, true)) == "permit"
	fixture.outcome(agent("system", true, true)) == "permit"
}

test_an_agent_without_a_case_is_refused if {
	fixture.outcome(agent("agent", false, true)) == "caseRequired"
	fixture.outcome(agent("system", false, true)) == "caseRequired"
}

test_an_agent_without_a_reason_is_refused if {
	fixture.outcome(agent("agent", true, false)) == "reasonRequired"
	fixture.outcome(agent("system", true, false)) == "reasonRequired"
}

test_the_case_is_told_before_the_reason if {
	fixture.outcome(agent("agent", false, false)) == "caseRequired"
}

test_a_citizen_needs_neither if {
	fixture.outcome(fixture.with_facts({"case": {"present": false}})) == "permit"
}

test_missing_facts_are_refused if {
	fixture.outcome(json.remove(agent("agent", true, true), ["case"])) == "caseRequired"
	fixture.outcome(json.remove(agent("agent", true, true), ["reason"])) == "reasonRequired"
}
