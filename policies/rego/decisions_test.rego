package onlyonce.decisions_test

import data.onlyonce.fixture_test as fixture

questions := {
	"1": fixture.question,
	"2": fixture.with_facts({"channel": "fax"}),
	"3": {},
}

test_each_question_is_decided_as_if_it_were_alone if {
	together := data.onlyonce.decisions.answers with input as {"questions": questions} with data.onlyonce.revision as "r"
	alone := {name: answer |
		some name, question in questions
		answer := data.onlyonce.decision with input as question with data.onlyonce.revision as "r"
	}
	together == alone
	count(alone) == 3
	alone["1"] != alone["2"]
}

test_no_question_has_no_answer if {
	data.onlyonce.decisions.answers == {} with input as {"questions": {}} with data.onlyonce.revision as "r"
	data.onlyonce.decisions.answers == {} with input as fixture.question with data.onlyonce.revision as "r"
}

test_the_answers_carry_the_revision if {
	answer := data.onlyonce.decisions with input as {"questions": {}} with data.onlyonce.revision as "r"
	answer == {"revision": "r", "answers": {}}
}
