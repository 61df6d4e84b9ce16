"""The demo: synthetic people, sources and a login, a catalogue, and what `onlyonce demo` does with them."""
