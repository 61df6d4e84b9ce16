package onlyonce.retention_test

import data.onlyonce.fixture_test as fixture

test_a_retention_period_is_needed if {
	fixture.outcome(fixture.question) == "permit"
	fixture.outcome(fixture.without(["activity/retention"])) == "retentionNotDeclared"
	every period in ["", "ten years", "10Y", null, 10] {
		fixture.outcome(fixture.with_facts({"activity": {"retention": period}})) == "retentionNotDeclared"
	}
}
