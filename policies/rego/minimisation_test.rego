package onlyonce.minimisation_test

import data.onlyonce.fixture_test as fixture

test_an_attribute_that_the_form_does_not_declare_is_refused if {
	fixture.outcome(fixture.with_facts({"form": {"attributes": ["person.birthDate"]}})) == "notDeclaredByForm"
	fixture.outcome(fixture.without(["form/attributes"])) == "notDeclaredByForm"
}

test_obligations_go_with_the_permit if {
	facts := fixture.with_facts({"form": {"obligations": {"person.familyName": ["yesNo", "masked", "yesNo"]}}})
	fixture.ruling(facts).obligations == ["masked", "yesNo"]
}

test_other_attributes_have_none if {
	facts := fixture.with_facts({"form": {"obligations": {"person.birthDate": ["yearOnly"]}}})
	fixture.ruling(facts).obligations == []
}

test_no_obligations_by_default if {
	fixture.ruling(fixture.question).obligations == []
}
