"""The models the platform calls: today the local embedder."""
