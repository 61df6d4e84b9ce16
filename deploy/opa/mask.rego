# METADATA
# title: Decision log masking
# description: |
#   What OPA's decision log shows of a question and its answer: the rules' facts, and nothing by which a person could be found.
#   Two locks. What may lead to somebody is left out of every line: consents, which have a number on record and moments to the
#   millisecond, ages, seals, and the dates of mandates and emergencies. And should a national number ever get into a question, the
#   input and the result of that decision are left out altogether. The log says what was left out.
package system.log

# METADATA
# title: The facts of a question that may lead to a person
personal := [
	"consents",
	"subject/age",
	"subject/sealed",
	"representation/validFrom",
	"representation/validUntil",
	"emergency/validUntil",
]

# METADATA
# title: Where the questions of this decision are
# description: The hub asks one question, or several that waited at the same time.
questions := [sprintf("/input/questions/%s", [name]) | some name, _ in input.input.questions]

# METADATA
# title: Where the answers of this decision are
answers["/result"] := input.result if not input.result.answers

answers[sprintf("/result/answers/%s", [name])] := answer if some name, answer in input.result.answers

# METADATA
# title: What looks like a national number
# description: Eleven digits, with up to two dots, dashes, slashes or blanks between them, and no digit beside them.
number := `(^|[^0-9])[0-9]([-./ ]{0,2}[0-9]){10}($|[^0-9])`

# METADATA
# title: What may be one that was written as a number, and lost its zero
# description: Ten digits without quotes. Times, in milliseconds, have thirteen.
bare_number := `[:,\[][0-9]{10}[,\]}]`

# METADATA
# title: What has digits in a row by chance
# description: The ids that the hub draws, and hashes of notices.
drawn := `"([0-9a-f]{32}|[0-9a-f]{64})"`

# METADATA
# title: The input may hold a national number
# description: |
#   Looked for in the input's JSON as one text, keys and all: walking the input would cost more than the decision.
revealing if {
	text := regex.replace(json.marshal(input.input), drawn, `""`)
	some pattern in [number, bare_number]
	regex.match(pattern, text)
}

# METADATA
# title: What is left out of the log
mask contains part if {
	revealing
	some part in ["/input", "/result"]
}

mask contains sprintf("%s/%s", [place, fact]) if {
	some place in array.concat(["/input"], questions)
	some fact in personal
}

mask contains sprintf("%s/attributes/%s/consents", [place, escaped]) if {
	some place, answer in answers
	some name, ruling in answer.attributes
	count(ruling.consents) > 0
	escaped := replace(replace(name, "~", "~0"), "/", "~1")
}
