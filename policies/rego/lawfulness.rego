# METADATA
# title: Lawfulness
# description: Personal data is processed only on one of the six bases of the law.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj#art_6
# custom:
#   source: GDPR Art. 5(1)(a) and 6(1)
package onlyonce.lawfulness

# METADATA
# title: The processing activity has a legal basis
# description: |
#   The basis is one of Art. 6(1)(a) to (f): consent, contract, legal obligation, vital interests, public task,
#   legitimate interests. Whether a public authority may claim (f) at all is for its DPO, who keeps the register.
# custom:
#   source: GDPR Art. 6(1)
#   reason: noLegalBasis
denial := {"decision": "deny", "reason": "noLegalBasis", "rule": "onlyonce.lawfulness.recognised"}

# METADATA
# title: The bases of the law
bases := {"6(1)(a)", "6(1)(b)", "6(1)(c)", "6(1)(d)", "6(1)(e)", "6(1)(f)"}

# METADATA
# title: The basis is one of the law's
recognised if basis

# METADATA
# title: The basis that a permit names
# description: Undefined on any other, so that nothing can be permitted without one.
basis := input.activity.legalBasis if input.activity.legalBasis in bases
