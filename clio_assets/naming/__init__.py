"""Names and summaries of topics."""
