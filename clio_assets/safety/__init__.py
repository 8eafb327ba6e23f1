"""Account-linked findings for a few authorised people: a zone of its own beside the release."""
