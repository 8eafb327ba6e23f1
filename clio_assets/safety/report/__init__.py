"""The zone's own page, marked restricted: what was found, over time, and what was decided."""
