"""Safety: what no single conversation shows, in a zone and a code location of its own.

Data flow one way. Detectors are plain functions over frames and arrays; Dagster is in `defs`.
"""
