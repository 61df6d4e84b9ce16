# METADATA
# title: Kind of subject
# description: A form about organisations is not a way to a person's data, nor the other way round.
# custom:
#   source: GDPR Art. 5(1)(b) and 25(2)
package onlyonce.subject

# METADATA
# title: The subject is of the kind the form is about
# description: A form is about persons or about organisations, and so is the request.
# custom:
#   source: GDPR Art. 5(1)(b) and 25(2)
#   reason: subjectKindNotAllowed
denial := {"decision": "deny", "reason": "subjectKindNotAllowed", "rule": "onlyonce.subject.expected"}

# METADATA
# title: The kind of subject is the expected one
expected if {
	input.subject.kind in {"person", "organisation"}
	input.subject.kind == input.form.subjectKind
}
