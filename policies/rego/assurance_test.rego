package onlyonce.assurance_test

import data.onlyonce.fixture_test as fixture

sensitive(kind, changes) := fixture.with_facts(object.union(
	{
		"attributes": {"person.familyName": {"sensitivity": kind}},
		"activity": {"specialBasis": "9(2)(g)", "criminalBasis": "some law"},
	},
	changes,
))

test_normal_data_demands_no_level if {
	fixture.outcome(fixture.without(["actor/assuranceLevel"])) == "permit"
	fixture.outcome(fixture.with_facts({"actor": {"assuranceLevel": 0}})) == "permit"
}

test_sensitive_data_demands_a_sure_login if {
	every kind in ["special", "criminal"] {
		fixture.outcome(sensitive(kind, {"actor": {"assuranceLevel": 400}})) == "permit"
		fixture.outcome(sensitive(kind, {"actor": {"assuranceLevel": 399}})) == "assuranceTooLow"
		fixture.outcome(json.remove(sensitive(kind, {}), ["actor/assuranceLevel"])) == "assuranceTooLow"
		fixture.outcome(sensitive(kind, {"actor": {"assuranceLevel": "500"}})) == "assuranceTooLow"
	}
}

test_the_activity_may_demand_more_or_less if {
	every kind in ["normal", "special", "criminal"] {
		fixture.outcome(sensitive(kind, {"activity": {"assurance": {kind: 500}}})) == "assuranceTooLow"
		fixture.outcome(sensitive(kind, {"activity": {"assurance": {kind: 100}}})) == "permit"
	}
}

test_an_actor_at_the_clients_word_has_no_level if {
	word := {"actor": {"proof": "asserted"}, "activity": {"actorProof": "asserted"}}
	fixture.outcome(sensitive("special", word)) == "assuranceTooLow"
	open := object.union(word, {"activity": {"assurance": {"special": 0}}})
	fixture.outcome(sensitive("special", open)) == "permit"
}

test_the_level_that_would_do_is_told if {
	ruling := fixture.ruling(sensitive("special", {"activity": {"assurance": {"special": 500}}}))
	ruling.remedy == {"action": "raiseAssurance", "level": 500}
}
