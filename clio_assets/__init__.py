"""Privacy-preserving insight into AI conversations, as a Dagster data platform."""
