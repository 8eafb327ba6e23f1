"""A fortnight of sample conversations, generated from a grammar and a seed, with its truth."""
