"""Base clusters, topics that last, their hierarchy and their place on the map."""
