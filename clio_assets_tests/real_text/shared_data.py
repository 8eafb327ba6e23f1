"""Tests of real text are skipped, and say so, where the shared data is not."""

import pytest

from benchmarks.real_text import SHARED

needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"NO REAL TEXT: set CLIO_SHARED to the folder that holds data/ (looked in {SHARED})",
)
