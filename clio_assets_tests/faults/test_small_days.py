"""F25: a day without rows, with one, or with bad ones gets its (empty) release and report."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets_tests.defs.pipelines import DAYS, definitions_of, launch, settings_at

pytestmark = pytest.mark.platform


def row(day: str, n: int) -> bytes:
    return json.dumps(
        {
            "conversation_id": f"c{n}",
            "account_id": f"a{n}",
            "started_at": f"{day}T12:00:0{n}Z",
            "messages": [{"role": "user", "content": f"How do I prune {n} roses?"}],
        }
    ).encode()


def days_of_logs() -> dict[str, tuple[list[bytes], dict[str, int]]]:
    """The lines of each day, and what must become of them; the second day has no file at all."""
    first, second, third = DAYS
    bad = [b'{"cut', row(third, 1).replace(b"prune", b"pr\xffne"), row(first, 9)]
    good = [row(third, n) for n in range(8)]
    return {
        first: ([row(first, 1)], {"accepted": 1}),
        second: ([], {"accepted": 0}),
        third: (
            [*good[:3], *bad, *good[3:]],
            # A third of a day's rows in quarantine would stop it (F22).
            {"accepted": 8, "bad_json": 1, "bad_utf8": 1, "outside_day": 1},
        ),
    }


def test_small_days_run_to_their_report(tmp_path: Path) -> None:
    settings = settings_at(tmp_path)
    settings.source.path.mkdir()
    create_key_file(settings.accounts.key_file)
    definitions = definitions_of(settings)
    expected = days_of_logs()
    for day, (lines, became) in expected.items():
        if lines:
            (settings.source.path / f"{day}.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
        assert launch(definitions, day).success, day
        private = settings.home / "private" / "days" / f"{day}.duckdb"
        with duckdb.connect(str(private), read_only=True) as con:
            found = con.execute(
                "SELECT 'accepted', count(*) FROM raw_conversations UNION ALL "
                "SELECT reason, count(*) FROM quarantine GROUP BY reason"
            ).fetchall()
            read = con.execute("SELECT coalesce(sum(rows_in), 0) FROM rows_read").fetchall()
        assert dict(found) == became
        assert read[0][0] == sum(became.values()) == len(lines)
        pointer = settings.home / "release" / "bundles" / day / "latest.json"
        assert (pointer.parent / json.loads(pointer.read_bytes())["folder"] / "index.html").exists()
    with duckdb.connect(str(settings.home / "release" / "clio.duckdb"), read_only=True) as con:
        periods = con.execute("SELECT period, topics FROM released_periods ORDER BY period")
        assert periods.fetchall() == [(day, 0) for day in DAYS]
        assert con.execute("SELECT * FROM released_topics").fetchall() == []
