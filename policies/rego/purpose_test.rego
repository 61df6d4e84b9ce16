package onlyonce.purpose_test

import data.onlyonce.fixture_test as fixture

test_an_attribute_outside_the_activity_is_refused if {
	fixture.outcome(fixture.with_facts({"activity": {"attributes": ["person.birthDate"]}})) == "purposeNotAuthorised"
	fixture.outcome(fixture.with_facts({"activity": {"attributes": []}})) == "purposeNotAuthorised"
}

test_only_that_attribute_is_refused if {
	facts := fixture.with_facts({"attributes": {"person.salary": {"category": "income", "sensitivity": "normal"}}})
	rulings := data.onlyonce.rulings with input as facts
	rulings["person.familyName"].decision == "permit"
	rulings["person.salary"].reason == "purposeNotAuthorised"
	count(rulings) == 2
}

test_missing_facts_are_refused if {
	fixture.outcome(fixture.without(["activity/attributes"])) == "purposeNotAuthorised"
}
