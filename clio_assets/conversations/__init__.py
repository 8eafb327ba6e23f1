"""Conversation logs: read whatever format they are in, validate each row, normalise the text."""
