"""Safety: what no single conversation shows, in a zone and a code location of its own."""
