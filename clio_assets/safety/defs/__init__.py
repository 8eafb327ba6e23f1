"""All that Dagster sees of the safety zone."""
