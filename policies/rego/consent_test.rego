package onlyonce.consent_test

import data.onlyonce.fixture_test as fixture

now := fixture.question.time

consent := {
	"id": "c1",
	"status": "given",
	"activity": "study-grants",
	"attributes": ["person.familyName"],
	"validFrom": now - 1,
	"validUntil": now + 1,
	"notice": "notice-1",
}

on_consent(consents) := fixture.with_facts({"activity": {"legalBasis": "6(1)(a)"}, "consents": consents})

changed(change) := on_consent([object.union(consent, change)])

test_a_consent_that_holds_permits if {
	fixture.ruling(on_consent([consent])) == {
		"decision": "permit",
		"basis": "6(1)(a)",
		"obligations": [],
		"consents": ["c1"],
		"duties": [],
		"rule": "onlyonce.lawfulness.recognised",
	}
	fixture.outcome(changed({"status": "renewed"})) == "permit"
	fixture.outcome(on_consent([json.remove(consent, ["validUntil"])])) == "permit"
}

test_without_consent_it_is_asked_for if {
	fixture.outcome(on_consent([])) == "consentRequired"
	fixture.outcome(json.remove(on_consent([]), ["consents"])) == "consentRequired"
}

test_other_statuses_are_no_consent if {
	every status in ["requested", "refused", "expired", "withdrawn", "invalidated", "", null] {
		fixture.outcome(changed({"status": status})) == "consentRequired"
	}
}

test_a_consent_holds_from_its_start_and_before_its_end if {
	fixture.outcome(changed({"validFrom": now})) == "permit"
	fixture.outcome(changed({"validFrom": now + 1, "validUntil": now + 2})) == "consentRequired"
	fixture.outcome(changed({"validUntil": now})) == "consentRequired"
	fixture.outcome(changed({"validUntil": now - 1})) == "consentRequired"
}

test_times_that_are_no_numbers_are_no_times if {
	fixture.outcome(changed({"validFrom": null})) == "consentRequired"
	fixture.outcome(changed({"validUntil": null})) == "consentRequired"
	fixture.outcome(changed({"validUntil": "9"})) == "consentRequired"
	fixture.outcome(object.union(on_consent([consent]), {"time": null})) == "consentRequired"
	endless := json.remove(consent, ["validUntil"])
	fixture.outcome(object.union(on_consent([endless]), {"time": "9"})) == "consentRequired"
	fixture.outcome(object.union(on_consent([endless]), {"time": null})) == "consentRequired"
	fixture.outcome(json.remove(on_consent([consent]), ["time"])) == "consentRequired"
	fixture.outcome(on_consent([json.remove(consent, ["validFrom"])])) == "consentRequired"
}

test_a_consent_for_another_activity_or_attribute_does_not_count if {
	fixture.outcome(changed({"activity": "other"})) == "consentRequired"
	fixture.outcome(changed({"attributes": ["person.birthDate"]})) == "consentRequired"
}

test_of_several_consents_the_first_by_id_is_relied_on if {
	others := [object.union(consent, {"id": id}) | some id in ["c3", "c2"]]
	withdrawn := object.union(consent, {"id": "c0", "status": "withdrawn"})
	fixture.ruling(on_consent(array.concat(others, [withdrawn]))).consents == ["c2"]
}

test_a_special_category_under_consent_needs_it_whatever_the_legal_basis if {
	sensitive := fixture.with_facts({
		"attributes": {"person.familyName": {"sensitivity": "special"}},
		"activity": {"specialBasis": "9(2)(a)"},
	})
	fixture.outcome(sensitive) == "consentRequired"
	fixture.ruling(object.union(sensitive, {"consents": [consent]})).consents == ["c1"]
}

test_a_normal_attribute_beside_it_needs_none if {
	fixture.outcome(fixture.with_facts({"activity": {"specialBasis": "9(2)(a)"}})) == "permit"
	fixture.ruling(fixture.with_facts({"consents": [consent]})).consents == []
}
