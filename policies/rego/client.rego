# METADATA
# title: Client authorisation
# description: |
#   A client runs only the forms it was authorised for, only on behalf of the administration that answers for them,
#   and a form carries out only its own processing activity.
# related_resources:
#   - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj#art_32
# custom:
#   source: GDPR Art. 5(1)(f), 24 and 32
package onlyonce.client

# METADATA
# title: Only an authorised client runs a form
# description: |
#   The form is among the client's, it carries out this very processing activity, and the client belongs to the
#   controller of that activity.
# custom:
#   source: GDPR Art. 5(1)(f), 24 and 32
#   reason: clientNotAuthorised
denial := {"decision": "deny", "reason": "clientNotAuthorised", "rule": "onlyonce.client.authorised"}

# METADATA
# title: The client may run this form
authorised if {
	input.form.id in input.client.forms
	input.form.activity == input.activity.id
	input.client.controller == input.activity.controller
}
