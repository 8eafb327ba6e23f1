"""The prepared pipelines of clio_assets_tests/defs."""

from clio_assets_tests.defs.conftest import audited, copied

__all__ = ["audited", "copied"]
