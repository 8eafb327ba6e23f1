"""The browser of the page's own tests."""

from clio_assets_tests.release.conftest import browser

__all__ = ["browser"]
