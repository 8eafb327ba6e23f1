"""Safety: what no single conversation shows, in a zone and a code location of its own.

Data flow one way: the detectors are plain functions over frames and arrays, and Dagster is in `defs`.
"""
