package onlyonce.special_test

import data.onlyonce.fixture_test as fixture

sensitive(activity) := fixture.with_facts({
	"attributes": {"person.familyName": {"sensitivity": "special"}},
	"activity": activity,
})

test_the_exceptions_of_the_law_are_recognised if {
	every letter in ["b", "c", "d", "e", "f", "g", "h", "i", "j"] {
		fixture.outcome(sensitive({"specialBasis": sprintf("9(2)(%s)", [letter])})) == "permit"
	}
}

test_without_one_a_special_category_is_refused if {
	fixture.outcome(sensitive({})) == "specialCategoryNotAllowed"
	every basis in ["", "9(2)(k)", "9(1)", "6(1)(e)", null] {
		fixture.outcome(sensitive({"specialBasis": basis})) == "specialCategoryNotAllowed"
	}
}

test_a_law_on_criminal_data_is_no_exception if {
	fixture.outcome(sensitive({"criminalBasis": "some law"})) == "specialCategoryNotAllowed"
}

test_unknown_sensitivity_is_refused_even_with_an_exception if {
	every sensitivity in ["", "Normal", "secret", null] {
		facts := fixture.with_facts({
			"attributes": {"person.familyName": {"sensitivity": sensitivity}},
			"activity": {"specialBasis": "9(2)(b)", "criminalBasis": "some law"},
		})
		fixture.outcome(facts) == "specialCategoryNotAllowed"
	}
	fixture.outcome(fixture.without(["attributes/person.familyName/sensitivity"])) == "specialCategoryNotAllowed"
}
