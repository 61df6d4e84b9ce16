package onlyonce.channel_test

import data.onlyonce.fixture_test as fixture

test_a_channel_of_the_activity_is_open if {
	fixture.outcome(fixture.with_facts({"channel": "counter", "activity": {"channels": ["web", "counter"]}})) == "permit"
}

test_another_channel_is_closed if {
	fixture.outcome(fixture.with_facts({"channel": "counter"})) == "channelNotAllowed"
	fixture.outcome(fixture.with_facts({"activity": {"channels": []}})) == "channelNotAllowed"
}

test_missing_facts_are_refused if {
	fixture.outcome(fixture.without(["channel"])) == "channelNotAllowed"
	fixture.outcome(fixture.without(["activity/channels"])) == "channelNotAllowed"
}
