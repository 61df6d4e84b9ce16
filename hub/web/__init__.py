"""Pages for people: templates and their texts, and no logic. What they show is decided before."""
