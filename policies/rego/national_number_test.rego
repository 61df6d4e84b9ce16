package onlyonce.national_number_test

import data.onlyonce.fixture_test as fixture

test_a_form_about_persons_needs_the_authorisation if {
	fixture.outcome(fixture.without(["activity/nationalNumberBasis"])) == "nationalNumberNotAuthorised"
	every basis in ["", "  ", null, true] {
		facts := fixture.with_facts({"activity": {"nationalNumberBasis": basis}})
		fixture.outcome(facts) == "nationalNumberNotAuthorised"
	}
}

test_a_form_about_organisations_does_not if {
	company := {
		"subject": {"kind": "organisation"},
		"form": {"subjectKind": "organisation"},
		"actor": {"role": "representative", "isSubject": false},
		"representation": {"basis": "enterpriseRole"},
	}
	facts := json.remove(fixture.with_facts(company), ["activity/nationalNumberBasis"])
	fixture.outcome(facts) == "permit"
}
