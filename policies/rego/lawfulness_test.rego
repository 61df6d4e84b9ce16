package onlyonce.lawfulness_test

import data.onlyonce.fixture_test as fixture

on(basis) := fixture.with_facts({"activity": {"legalBasis": basis}})

test_the_bases_of_the_law_are_recognised if {
	every letter in ["b", "c", "d", "e", "f"] {
		basis := sprintf("6(1)(%s)", [letter])
		fixture.outcome(on(basis)) == "permit"
		fixture.ruling(on(basis)).basis == basis
	}
}

test_anything_else_is_no_basis if {
	every basis in ["", "6(1)(g)", "6(1)", "6(1)(E)", " 6(1)(e)", "9(2)(a)", "because", null, ["6(1)(e)"]] {
		fixture.outcome(on(basis)) == "noLegalBasis"
	}
}

test_a_missing_basis_is_no_basis if {
	fixture.outcome(fixture.without(["activity/legalBasis"])) == "noLegalBasis"
}
