# METADATA
# title: Purpose limitation
# description: Data collected for one purpose is used only for the processing activities that were recorded for it.
# custom:
#   source: GDPR Art. 5(1)(b) and 30
package onlyonce.purpose

# METADATA
# title: The attribute belongs to the processing activity
# description: The controller's register of processing lists the attribute for this processing activity.
# custom:
#   source: GDPR Art. 5(1)(b) and 30(1)
#   reason: purposeNotAuthorised
denial := {"decision": "deny", "reason": "purposeNotAuthorised", "rule": "onlyonce.purpose.covered"}

# METADATA
# title: The attributes of the processing activity
covered := {name | some name in input.activity.attributes}
