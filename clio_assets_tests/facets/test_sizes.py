import polars as pl
import pytest

from clio_assets.facets.sizes import length_bucket, turns_bucket


@pytest.mark.parametrize(
    ("turns", "bucket"),
    [(1, "1"), (2, "2-3"), (3, "2-3"), (4, "4-9"), (9, "4-9"), (10, "10+"), (10_000, "10+")],
)
def test_turns(turns, bucket):
    assert pl.select(turns_bucket(pl.lit(turns))).item() == bucket


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        ("", "up to 20 words"),
        ("word " * 20, "up to 20 words"),
        ("word " * 21, "21-100 words"),
        ("don't " * 100, "21-100 words"),
        ("word " * 101, "over 100 words"),
        ("你好" * 20, "up to 20 words"),
        ("你好" * 21, "21-100 words"),
    ],
)
def test_length(text, bucket):
    assert pl.select(length_bucket(pl.lit(text))).item() == bucket
