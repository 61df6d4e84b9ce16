package onlyonce_test

import data.onlyonce.fixture_test as fixture

# Everything is wrong: each change sets one thing right, in the order of the reasons.
wrong := object.union(
	json.remove(fixture.question, ["case"]),
	{
		"client": {"forms": []},
		"channel": "fax",
		"subject": {"kind": "organisation"},
		"actor": {"proof": "asserted", "isSubject": false, "role": "visitor"},
		"reason": {"present": false},
		"form": {"attributes": []},
		"activity": {"legalBasis": "none", "attributes": []},
		"attributes": {"person.familyName": {"sensitivity": "special"}},
	},
)

changes := [
	{"client": {"forms": ["study-grant"]}},
	{"channel": "web"},
	{"subject": {"kind": "person"}},
	{"actor": {"proof": "token"}},
	{"actor": {"role": "agent"}},
	{"case": {"present": true}},
	{"reason": {"present": true}},
	{"activity": {"legalBasis": "6(1)(a)"}},
	{"activity": {"attributes": ["person.familyName"]}},
	{"form": {"attributes": ["person.familyName"]}},
	{"activity": {"specialBasis": "9(2)(a)"}},
]

reasons := [
	"clientNotAuthorised",
	"channelNotAllowed",
	"subjectKindNotAllowed",
	"actorNotProven",
	"representationNotEstablished",
	"caseRequired",
	"reasonRequired",
	"noLegalBasis",
	"purposeNotAuthorised",
	"notDeclaredByForm",
	"specialCategoryNotAllowed",
	"consentRequired",
]

test_of_several_reasons_the_first_is_told if {
	every n, reason in reasons {
		facts := object.union_n(array.concat([wrong], array.slice(changes, 0, n)))
		ruling := fixture.ruling(facts)
		ruling.reason == reason
		ruling.decision == "deny"
		startswith(ruling.rule, "onlyonce.")
		object.keys(ruling) - {"remedy"} == {"decision", "reason", "rule"}
	}
}

test_a_reason_of_the_whole_request_refuses_every_attribute if {
	facts := fixture.with_facts({
		"channel": "fax",
		"attributes": {"person.birthDate": {"category": "identity", "sensitivity": "normal"}},
	})
	rulings := data.onlyonce.rulings with input as facts
	count(rulings) == 2
	every ruling in rulings {
		ruling == {"decision": "deny", "reason": "channelNotAllowed", "rule": "onlyonce.channel.allowed"}
	}
}

test_an_empty_question_permits_nothing if {
	data.onlyonce.rulings == {} with input as {}
}

test_the_revision_is_told if {
	answer := data.onlyonce.decision with input as fixture.question with data.onlyonce.revision as "r1"
	answer.revision == "r1"
}
