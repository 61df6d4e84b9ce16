# METADATA
# title: Special categories
# description: |
#   Data on health, origin, opinions, beliefs, union membership, sex life, genetics and biometrics is processed only
#   under one of the ten exceptions of the law.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj#art_9
# custom:
#   source: GDPR Art. 9
package onlyonce.special

# METADATA
# title: A special category needs an exception of the law
# description: |
#   The processing activity names one of Art. 9(2)(a) to (j). An attribute of unknown sensitivity is refused likewise.
# custom:
#   source: GDPR Art. 9(1) and 9(2)
#   reason: specialCategoryNotAllowed
denial := {"decision": "deny", "reason": "specialCategoryNotAllowed", "rule": "onlyonce.special.allowed"}

# METADATA
# title: The exceptions of the law
exceptions := {
	"9(2)(a)",
	"9(2)(b)",
	"9(2)(c)",
	"9(2)(d)",
	"9(2)(e)",
	"9(2)(f)",
	"9(2)(g)",
	"9(2)(h)",
	"9(2)(i)",
	"9(2)(j)",
}

default tolerated := {"normal", "criminal"}

# METADATA
# scope: document
# title: The sensitivities that this processing activity may process
# description: Criminal data has a law of its own, see onlyonce.criminal.
tolerated := {"normal", "criminal", "special"} if input.activity.specialBasis in exceptions

# METADATA
# title: The attributes that are of no special category, or to which an exception applies
allowed := {name | some name, facts in input.attributes; facts.sensitivity in tolerated}
