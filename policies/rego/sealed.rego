# METADATA
# title: Sealed subjects
# description: |
#   What is kept from others for the protection of a person, such as a hidden address, is disclosed only to a
#   processing activity that a law opens it to.
# custom:
#   source: GDPR Art. 5(1)(f), 18 and 21
package onlyonce.sealed

import data.onlyonce.emergency

# METADATA
# title: What is sealed for the subject stays so
# description: |
#   The attribute is not sealed for this subject, or the processing activity cites the law that opens it. An emergency
#   opens it too. It makes no difference who asks: what a form is told goes to whoever reads the form.
# custom:
#   source: GDPR Art. 5(1)(f), 18 and 21
#   reason: subjectSealed
denial := object.union(
	{"decision": "deny", "reason": "subjectSealed", "rule": "onlyonce.sealed.shown"},
	emergency.remedy,
)

# METADATA
# scope: document
# title: The seal is opened
opened if trim_space(input.activity.sealedBasis) != ""

opened if emergency.in_force

# METADATA
# title: The attributes that may be seen
shown := object.keys(input.attributes) if not input.subject.sealed

else := object.keys(input.attributes) if opened

else := object.keys(input.attributes) - {name | some name in hidden} if {
	hidden := input.subject.sealed
}
