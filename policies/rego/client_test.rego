package onlyonce.client_test

import data.onlyonce.fixture_test as fixture

test_an_authorised_client_gets_data if {
	fixture.outcome(fixture.question) == "permit"
}

test_a_form_that_is_not_the_clients_is_refused if {
	fixture.outcome(fixture.with_facts({"client": {"forms": ["other"]}})) == "clientNotAuthorised"
	fixture.outcome(fixture.with_facts({"client": {"forms": []}})) == "clientNotAuthorised"
}

test_a_form_of_another_activity_is_refused if {
	fixture.outcome(fixture.with_facts({"form": {"activity": "other"}})) == "clientNotAuthorised"
}

test_a_client_of_another_controller_is_refused if {
	fixture.outcome(fixture.with_facts({"client": {"controller": "other"}})) == "clientNotAuthorised"
	fixture.outcome(fixture.with_facts({"activity": {"controller": "other"}})) == "clientNotAuthorised"
}

test_missing_facts_are_refused if {
	every path in ["client", "client/forms", "client/controller", "form/activity"] {
		fixture.outcome(fixture.without([path])) == "clientNotAuthorised"
	}
}
