"""All that Dagster sees: each asset reads a partition, calls one function, writes a partition."""
