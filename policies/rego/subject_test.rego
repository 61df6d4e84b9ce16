package onlyonce.subject_test

import data.onlyonce.fixture_test as fixture

test_a_form_about_persons_is_no_way_to_organisations if {
	fixture.outcome(fixture.with_facts({"subject": {"kind": "organisation"}})) == "subjectKindNotAllowed"
	fixture.outcome(fixture.with_facts({"form": {"subjectKind": "organisation"}})) == "subjectKindNotAllowed"
}

test_an_unknown_kind_is_refused_even_if_the_form_names_it if {
	facts := fixture.with_facts({"subject": {"kind": "animal"}, "form": {"subjectKind": "animal"}})
	fixture.outcome(facts) == "subjectKindNotAllowed"
}

test_missing_facts_are_refused if {
	fixture.outcome(fixture.without(["subject"])) == "subjectKindNotAllowed"
	fixture.outcome(fixture.without(["subject", "form/subjectKind"])) == "subjectKindNotAllowed"
}
