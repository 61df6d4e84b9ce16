# METADATA
# title: Periods
# description: |
#   What has a start and perhaps an end holds from its start on, and before its end. The time is a fact of the
#   question: the same question asked later is answered alike.
# custom:
#   source: GDPR Art. 5(2)
package onlyonce.period

# METADATA
# title: The period has begun and is not over
# description: A period without a start has not begun. A time that is no number is no time.
now_within(facts) if {
	is_number(input.time)
	is_number(facts.validFrom)
	facts.validFrom <= input.time
	not_over(facts)
}

# METADATA
# scope: document
# title: The end is still to come, or there is none
not_over(facts) if not "validUntil" in object.keys(facts)

not_over(facts) if {
	is_number(facts.validUntil)
	input.time < facts.validUntil
}
