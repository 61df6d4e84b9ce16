package onlyonce.criminal_test

import data.onlyonce.fixture_test as fixture

criminal(activity) := fixture.with_facts({
	"attributes": {"person.familyName": {"sensitivity": "criminal"}},
	"activity": activity,
})

test_a_law_authorises_it if {
	fixture.outcome(criminal({"criminalBasis": "Code of criminal procedure Art. 589"})) == "permit"
}

test_a_law_on_criminal_data_takes_nothing_away_from_other_data if {
	law := {"criminalBasis": "some law", "specialBasis": "9(2)(g)"}
	every sensitivity in ["normal", "special", "criminal"] {
		facts := {"attributes": {"person.familyName": {"sensitivity": sensitivity}}, "activity": law}
		fixture.outcome(fixture.with_facts(facts)) == "permit"
	}
}

test_without_one_it_is_refused if {
	fixture.outcome(criminal({})) == "criminalDataNotAllowed"
	every basis in ["", "  ", null, true, ["a law"]] {
		fixture.outcome(criminal({"criminalBasis": basis})) == "criminalDataNotAllowed"
	}
}

test_an_exception_for_special_categories_is_no_such_law if {
	fixture.outcome(criminal({"specialBasis": "9(2)(g)"})) == "criminalDataNotAllowed"
}
