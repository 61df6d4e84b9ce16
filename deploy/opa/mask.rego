# METADATA
# title: Decision log masking
# description: |
#   The hub's questions hold no national number. Should one ever get in, it does not get into OPA's decision log: the input
#   and the result of that decision are left out, and the log says that they were. Looked for in the input's JSON as one
#   text, keys and all: walking the input would cost more than the decision.
package system.log

# METADATA
# title: What looks like a national number
# description: Eleven digits, with up to two dots, dashes, slashes or blanks between them, and no digit beside them.
number := `(^|[^0-9])[0-9]([-./ ]{0,2}[0-9]){10}($|[^0-9])`

# METADATA
# title: What may be one that was written as a number, and lost its zero
# description: Ten digits without quotes. Times, in milliseconds, have thirteen.
bare_number := `[:,\[][0-9]{10}[,\]}]`

# METADATA
# title: The input may hold a national number
revealing if {
	text := json.marshal(input.input)
	some pattern in [number, bare_number]
	regex.match(pattern, text)
}

# METADATA
# title: What is left out of the log
mask contains part if {
	revealing
	some part in ["/input", "/result"]
}
