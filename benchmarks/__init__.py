"""Measurements of the whole pipeline; each module prints a table and writes artifacts/*.json."""
