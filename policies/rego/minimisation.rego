# METADATA
# title: Data minimisation
# description: A form gets what its fields need and no more, and no more precisely than they need it.
# custom:
#   source: GDPR Art. 5(1)(c) and 25(2)
package onlyonce.minimisation

# METADATA
# title: The attribute is declared by the form
# description: One of the form's fields needs the attribute.
# custom:
#   source: GDPR Art. 5(1)(c) and 25(2)
#   reason: notDeclaredByForm
denial := {"decision": "deny", "reason": "notDeclaredByForm", "rule": "onlyonce.minimisation.declared"}

# METADATA
# title: The form declares the attribute
declared(name) if name in input.form.attributes

# METADATA
# title: What must be taken off the value
# description: |
#   What the form declared for the attribute: only the year of a date (yearOnly), only whether it is so (yesNo), or a
#   masked value (masked). An obligation that nobody knows how to honour is a refusal, made by the hub.
obligations(name) := sort({o | some o in input.form.obligations[name]})
