"""The Content-Security-Policy that a page states, sent as a header as well.

In a header it holds from the first byte, and it can say what a meta element cannot: that no other
page may frame this one.
"""

from __future__ import annotations

from html.parser import HTMLParser

from clio_assets.release.serve.guard import NOTHING


def stated_policy(page: bytes) -> str:
    """A page's own policy, framed by nobody; one that allows nothing where it states none."""
    reader = _Reader()
    reader.feed(page.decode("utf-8", errors="replace"))
    stated = " ".join(reader.policy.split())
    # A header is ASCII without line breaks; ours always is.
    if not stated or not stated.isascii() or not stated.isprintable():
        return NOTHING
    return f"{stated.rstrip('; ')}; frame-ancestors 'none'"


class _Reader(HTMLParser):
    """Finds the first policy in the head."""

    policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "meta" and (found.get("http-equiv") or "").lower() == "content-security-policy":
            self.policy = self.policy or found.get("content") or ""
