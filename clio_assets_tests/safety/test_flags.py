"""Another classifier's flag is read as the logs have it, and what it does not say stays unknown."""

from __future__ import annotations

import polars as pl

from clio_assets.safety.flags import flags_of


def test_flags_are_read_and_the_rest_is_unknown() -> None:
    metadata = pl.Series(
        [
            '{"flagged":true}', '{"flagged":0}', '{"flagged":"Yes"}', '{"flagged":"no"}',
            '{"flagged":0.73}', '{"flagged":"maybe"}', '{"other":true}', None,
        ]
    )  # fmt: skip
    assert flags_of(metadata, "flagged").to_list() == [
        True, False, True, False, None, None, None, None,
    ]  # fmt: skip
    assert flags_of(metadata, None).null_count() == len(metadata)
