"""What may be released, decided by rules that each have a name, a green and a red test.

Pure functions: nothing here reads a file, keeps a state or knows of the orchestrator. The way
through is facts (what is measured of a topic) -> rules (verdicts) -> placement (what is counted
where) -> cells (the breakdowns) -> door (the frames of the release).
"""

GATE_VERSION = "7"
"""Raised whenever a rule changes its meaning: verdicts of another version are stale."""
