package onlyonce.proof_test

import data.onlyonce.fixture_test as fixture

test_a_token_always_suffices if {
	fixture.outcome(fixture.question) == "permit"
	fixture.outcome(fixture.with_facts({"activity": {"actorProof": "asserted"}})) == "permit"
}

test_an_asserted_actor_suffices_only_where_the_activity_says_so if {
	asserted := {"actor": {"proof": "asserted"}}
	fixture.outcome(fixture.with_facts(asserted)) == "actorNotProven"
	fixture.outcome(fixture.with_facts(object.union(asserted, {"activity": {"actorProof": "asserted"}}))) == "permit"
}

test_missing_or_unknown_facts_are_refused if {
	fixture.outcome(fixture.without(["actor/proof"])) == "actorNotProven"
	fixture.outcome(fixture.without(["activity/actorProof"])) == "actorNotProven"
	fixture.outcome(fixture.with_facts({"actor": {"proof": "hearsay"}})) == "actorNotProven"
	hearsay := {"actor": {"proof": "hearsay"}, "activity": {"actorProof": "asserted"}}
	fixture.outcome(fixture.with_facts(hearsay)) == "actorNotProven"
	fixture.outcome(fixture.with_facts({"activity": {"actorProof": "none"}})) == "actorNotProven"
}
