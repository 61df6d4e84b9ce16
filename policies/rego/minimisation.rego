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
# title: The attributes that the form declares
declared := {name | some name in input.form.attributes}

# METADATA
# title: What must be taken off the values
# description: |
#   Attribute → what the form declared for it, sorted: only the year of a date (yearOnly), only whether it is so
#   (yesNo), a masked value (masked).
obligations := {name: sort({duty | some duty in duties}) | some name, duties in input.form.obligations}
