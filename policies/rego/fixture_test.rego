# METADATA
# title: A question that is permitted
# description: Each test changes one thing in it and looks at what changes in the answer.
package onlyonce.fixture_test

question := {
	"client": {"id": "portal", "controller": "grants-office", "forms": ["study-grant"]},
	"actor": {"role": "citizen", "proof": "token", "isSubject": true, "assuranceLevel": 400},
	"representation": {"basis": "self", "established": true},
	"subject": {"kind": "person", "age": 18},
	"form": {
		"id": "study-grant",
		"activity": "study-grants",
		"subjectKind": "person",
		"attributes": ["person.familyName", "person.disability", "person.conviction"],
	},
	"activity": {
		"id": "study-grants",
		"controller": "grants-office",
		"legalBasis": "6(1)(e)",
		"attributes": ["person.familyName", "person.disability", "person.conviction"],
		"actorProof": "token",
		"channels": ["web"],
		"dpia": false,
		"retention": "P10Y",
		"nationalNumberBasis": "Royal decree of 1 January 2020",
		"notices": ["notice-1"],
	},
	"attributes": {"person.familyName": {"category": "identity", "sensitivity": "normal"}},
	"consents": [],
	"channel": "web",
	"case": {"present": true},
	"reason": {"present": false},
	"time": 1764000000000,
}

# A question with some facts changed.
with_facts(changes) := object.union(question, changes)

# A question with some facts left out.
without(paths) := json.remove(question, paths)

# The ruling for the one attribute of the question.
ruling(facts) := answer if {
	answer := data.onlyonce.rulings["person.familyName"] with input as facts
}

# What became of the one attribute of the question: "permit", or the reason of the denial.
outcome(facts) := object.get(ruling(facts), "reason", ruling(facts).decision)
