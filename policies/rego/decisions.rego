package onlyonce

# METADATA
# title: The decisions
# description: |
#   The entry point for several questions, named by whoever asks: an OPA server decides those that wait in one
#   call, each by itself. Under each name stands what `decision` says when that question alone is the input.
# entrypoint: true
decisions := {
	"revision": data.onlyonce.revision,
	"answers": {name: answer | some name, question in input.questions; answer := decision with input as question},
}
