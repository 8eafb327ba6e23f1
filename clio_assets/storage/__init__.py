"""Where tables live: one DuckDB file a day and a period, and the release database."""
