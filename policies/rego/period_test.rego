package onlyonce.period_test

import data.onlyonce.fixture_test as fixture
import data.onlyonce.period

now := fixture.question.time

test_from_the_start_on_and_before_the_end if {
	period.now_within({"validFrom": now, "validUntil": now + 1}) with input as fixture.question
	period.now_within({"validFrom": now}) with input as fixture.question
	not period.now_within({"validFrom": now + 1}) with input as fixture.question
	not period.now_within({"validFrom": now, "validUntil": now}) with input as fixture.question
	not period.now_within({"validUntil": now + 1}) with input as fixture.question
}

test_what_is_no_number_is_no_time if {
	not period.now_within({"validFrom": null}) with input as fixture.question
	not period.now_within({"validFrom": now, "validUntil": "9"}) with input as fixture.question
	not period.now_within({"validFrom": now}) with input as {"time": "9"}
	not period.now_within({"validFrom": now}) with input as {}
}
