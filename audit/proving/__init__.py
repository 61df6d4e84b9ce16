"""Proofs that their holder can show to anybody: of a line, and that lines are all there are."""
