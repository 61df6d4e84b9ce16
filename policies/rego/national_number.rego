# METADATA
# title: National number
# description: |
#   The national number of a person is used only by whom the law, or an authorisation under it, lets use it.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj#art_87
# custom:
#   source: Act of 8 August 1983 on a National Register Art. 8; GDPR Art. 87
package onlyonce.national_number

# METADATA
# title: The use of the national number is authorised
# description: |
#   A form about persons works with their national number, and so the processing activity cites what authorises
#   it to use that number.
# custom:
#   source: Act of 8 August 1983 on a National Register Art. 8; GDPR Art. 87
#   reason: nationalNumberNotAuthorised
denial := {
	"decision": "deny",
	"reason": "nationalNumberNotAuthorised",
	"rule": "onlyonce.national_number.authorised",
}

# METADATA
# scope: document
# title: The number may be used, or there is none
authorised if input.subject.kind == "organisation"

authorised if trim_space(input.activity.nationalNumberBasis) != ""
