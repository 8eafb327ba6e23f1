"""F25: whatever stands in the logs, every row is accounted for and every day gets its report."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.fault_matrix.forking import Child
from benchmarks.fault_matrix.invariants import require
from benchmarks.fault_matrix.pipeline import FIRST_DAY, SETTINGS, Pipeline
from benchmarks.fault_matrix.reader import look
from benchmarks.fault_matrix.rows import Bench, Row

PARTS = ("one day after the other",)
DAYS: dict[str, int | str] = {
    "2026-11-01": "no file",
    "2026-11-02": "an empty file",
    "2026-11-03": 1,
    "2026-11-04": 5,
    "2026-11-05": 21,
    "2026-11-06": 40,
    "2026-11-07": "bad rows among good",
}
BAD_DAY = "2026-11-07"
BOM = b"\xef\xbb\xbf"


def read_bad_input(bench: Bench, part: str) -> Row:  # noqa: ARG001 - every row is called so
    """F25: rows in = accepted + quarantined, with their reasons; each day gets its report."""
    row = Row("F25")
    folder = bench.pipeline.folder / "inputs"
    good = _good_rows(bench.pipeline)
    expected = _write(folder / "logs", good)
    pipeline = Pipeline(folder, folder / "logs", last_day=BAD_DAY)
    key = bench.pipeline.settings.accounts.key_file
    pipeline.settings.accounts.key_file.parent.mkdir(parents=True, mode=0o700)
    pipeline.settings.accounts.key_file.write_bytes(
        (bench.stages / "end" / "private" / key.name).read_bytes()
    )
    pipeline.settings.accounts.key_file.chmod(0o600)
    for day, what in DAYS.items():
        name = f"conversations: {what}" if isinstance(what, int) else what
        with row.attempt(name):
            outcome = pipeline.run(day)
            require(outcome.error is None, outcome.message)
            seen = Child(partial(_account, pipeline.home, day), pipeline.log).outcome()
            require(seen.error is None, f"{seen.error}: {seen.message}")
            accepted, reasons = expected[day]
            require(seen.value["accepted"] == accepted, f"{seen.value['accepted']} accepted")
            require(seen.value["reasons"] == reasons, f"quarantined {seen.value['reasons']}")
            require(seen.value["rows_in"] == accepted + sum(reasons.values()), "rows were lost")
            require(
                seen.value["fewest"] is None or seen.value["fewest"] >= _smallest(), "too small"
            )
            row.notes[f"topics released, {name}"] += seen.value["topics"]
    return row


def _smallest() -> int:
    """A published count of accounts: the threshold rounded to 5."""
    return 5 * round(SETTINGS["privacy"]["internal"]["min_accounts"] / 5)


def _good_rows(pipeline: Pipeline) -> list[dict[str, Any]]:
    text = gzip.decompress((pipeline.settings.source.path / f"{FIRST_DAY}.jsonl.gz").read_bytes())
    return [json.loads(line) for line in text.splitlines()]


def _on(row: dict[str, Any], day: str, **changes: Any) -> dict[str, Any]:
    return {**row, "started_at": f"{day}{row['started_at'][10:]}", **changes}


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode()


def _write(logs: Path, good: list[dict[str, Any]]) -> dict[str, tuple[int, dict[str, int]]]:
    """Write the days; return how many rows of each are good, and the reasons of the others."""
    logs.mkdir(parents=True)
    expected: dict[str, tuple[int, dict[str, int]]] = {}
    for day, what in DAYS.items():
        count = what if isinstance(what, int) else 0
        expected[day] = count, {}
        if what != "no file":
            lines = [_line(_on(row, day)) for row in good[:count]]
            (logs / f"{day}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    bad = _bad_rows(good[0])
    # The last second of the day by UTC, though the row's own clock says the next day.
    edge = _on(good[0], BAD_DAY, conversation_id="edge", started_at="2026-11-08T01:59:59+02:00")
    lines = [_line(_on(row, BAD_DAY)) for row in good] + [_line(edge)]
    half = len(lines) // 2
    lines = lines[:half] + [line for line, _ in bad] + lines[half:]
    (logs / f"{BAD_DAY}.jsonl").write_bytes(BOM + b"\r\n".join(lines))
    expected[BAD_DAY] = len(good) + 1, dict(sorted(Counter(reason for _, reason in bad).items()))
    return expected


def _bad_rows(row: dict[str, Any]) -> list[tuple[bytes, str]]:
    """A line of each kind and the reason it must get."""
    changed: Callable[..., bytes] = lambda **changes: _line(  # noqa: E731
        _on(row, BAD_DAY, **{"conversation_id": "bad", **changes})
    )
    saying = lambda text: [{"role": "user", "content": text}]  # noqa: E731
    return [
        (b'{"conversation_id": "cut', "bad_json"),
        (b"[1, 2, 3]", "wrong_type"),
        (changed(messages=saying("zero \0 byte")), "nul_character"),
        (changed().replace(b'"user"', b'"us\x00er"'), "nul_character"),
        (changed(messages=saying("word " * 2_000_000)), "line_too_long"),
        (changed().replace(b'"user"', b'"us\xff\xfeer"'), "bad_utf8"),
        (changed(account_id=None), "missing_field"),
        (changed(messages="not a list"), "wrong_type"),
        (changed(started_at="tomorrow"), "bad_time"),
        (changed(messages=[]), "no_user_message"),
        (changed(started_at="2099-01-01T00:00:00Z"), "future_date"),
        (changed(started_at="2026-11-08T00:00:00Z"), "outside_day"),
        (changed(started_at="2026-11-07T00:30:00+02:00"), "outside_day"),
        (_line(_on(row, BAD_DAY)), "duplicate_id"),
    ]


def _account(home: Path, day: str) -> dict[str, Any]:
    """What became of a day's rows, and what was released of them."""
    seen = look(home)
    require(f"{day}/index.html" in seen["bundles"], "no report")
    with duckdb.connect(str(home / "private" / "days" / f"{day}.duckdb"), read_only=True) as con:
        accepted = con.execute("SELECT count(*) FROM raw_conversations").fetchall()[0][0]
        rows_in = con.execute("SELECT coalesce(sum(rows_in), 0)::INT FROM rows_read").fetchall()
        reasons = con.execute("SELECT reason, count(*) FROM quarantine GROUP BY ALL ORDER BY ALL")
        reasons_found = dict(reasons.fetchall())
    with duckdb.connect(str(home / "release" / "released.duckdb"), read_only=True) as con:
        topics = con.execute(
            "SELECT topics FROM released_periods WHERE period = ?", [day]
        ).fetchall()
        fewest = con.execute(
            "SELECT min(accounts) FROM released_topics WHERE period = ? AND level = 0", [day]
        ).fetchall()
    return {
        "accepted": accepted,
        "rows_in": rows_in[0][0],
        "reasons": reasons_found,
        "topics": topics[0][0],
        "fewest": fewest[0][0],
    }
