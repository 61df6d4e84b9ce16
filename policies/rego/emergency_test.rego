package onlyonce.emergency_test

import data.onlyonce.fixture_test as fixture

now := fixture.question.time

agent := fixture.with_facts({
	"actor": {"role": "agent", "isSubject": false},
	"representation": {"basis": "none"},
	"reason": {"present": true},
	"activity": {"breakGlass": true, "secondPair": ["normal"]},
	"subject": {"sealed": ["person.familyName"]},
	"emergency": {"isActor": true, "isCase": true, "validUntil": now + 1},
})

changed(changes) := object.union(agent, changes)

test_an_emergency_lifts_the_seal_and_the_second_pair_and_is_told_to_the_dpo if {
	fixture.outcome(agent) == "permit"
	fixture.ruling(agent).duties == ["noticeToDpo"]
	fixture.outcome(json.remove(agent, ["emergency"])) == "subjectSealed"
	fixture.outcome(json.remove(agent, ["emergency", "subject/sealed"])) == "approvalRequired"
}

test_without_an_emergency_nothing_is_owed if {
	fixture.ruling(fixture.question).duties == []
}

test_an_emergency_that_does_not_count_refuses_everything if {
	fixture.outcome(changed({"activity": {"breakGlass": false}})) == "emergencyNotAllowed"
	fixture.outcome(json.remove(agent, ["activity/breakGlass"])) == "emergencyNotAllowed"
	fixture.outcome(changed({"emergency": {"isActor": false}})) == "emergencyNotAllowed"
	fixture.outcome(changed({"emergency": {"isCase": false}})) == "emergencyNotAllowed"
	fixture.outcome(object.union(fixture.question, {"emergency": agent.emergency})) == "emergencyNotAllowed"
	word := {"activity": {"actorProof": "asserted"}, "actor": {"proof": "asserted"}}
	fixture.outcome(changed(word)) == "emergencyNotAllowed"
	every emergency in [null, false, {}, {"isActor": true}] {
		fixture.outcome(object.union(json.remove(agent, ["emergency"]), {"emergency": emergency})) == "emergencyNotAllowed"
	}
}

test_an_emergency_is_over_at_its_end if {
	fixture.outcome(changed({"emergency": {"validUntil": now}})) == "emergencyNotAllowed"
	fixture.outcome(changed({"emergency": {"validUntil": "later"}})) == "emergencyNotAllowed"
	fixture.outcome(changed({"time": null})) == "emergencyNotAllowed"
}

test_an_emergency_lifts_nothing_else if {
	fixture.outcome(changed({"client": {"forms": []}})) == "clientNotAuthorised"
	fixture.outcome(changed({"case": {"present": false}})) == "caseRequired"
	fixture.outcome(changed({"reason": {"present": false}})) == "reasonRequired"
	fixture.outcome(changed({"activity": {"legalBasis": "need"}})) == "noLegalBasis"
	fixture.outcome(changed({"activity": {"attributes": []}})) == "purposeNotAuthorised"
	fixture.outcome(changed({"form": {"attributes": []}})) == "notDeclaredByForm"
	special := {"attributes": {"person.familyName": {"sensitivity": "special"}}}
	fixture.outcome(changed(special)) == "specialCategoryNotAllowed"
	criminal := {"attributes": {"person.familyName": {"sensitivity": "criminal"}}}
	fixture.outcome(changed(criminal)) == "criminalDataNotAllowed"
}

test_another_emergency_may_be_declared_only_where_one_is_allowed if {
	fixture.ruling(changed({"emergency": {"validUntil": now}})).remedy == {"action": "declareEmergency"}
	not "remedy" in object.keys(fixture.ruling(changed({"activity": {"breakGlass": false}})))
}
