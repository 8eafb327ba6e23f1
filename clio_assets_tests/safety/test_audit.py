"""The audit only grows, and a row that was changed with another tool is found out."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from clio_assets.safety.audit import Audit, ReasonError
from clio_assets.storage.errors import StorageError

KEY = bytes(range(40, 72))
REASON = "case 4711, abuse report of 3 November"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "safety" / "audit.sqlite"


def written(path: Path, rows: int = 3) -> Audit:
    audit = Audit(path, KEY)
    for row in range(rows):
        audit.write("look", f"group-{row}", REASON)
    return audit


def test_rows_say_who_when_why_and_what(path: Path) -> None:
    audit = written(path)
    entries = audit.entries()
    assert [one.number for one in entries] == [1, 2, 3]
    assert {(one.what, one.reason) for one in entries} == {("look", REASON)}
    assert all(one.who and one.at.endswith("+00:00") for one in entries)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "reason",
    [
        *("", "   ", "x", "because", "a" * 501, "two\nlines of a reason", "two\rlines of a reason"),
        *("another\x00field of the seal", "a colour\x1b[31m of a terminal", "half a letter \udcff"),
    ],
)
def test_without_a_reason_nothing_is_written(path: Path, reason: str) -> None:
    with pytest.raises(ReasonError, match="--reason"):
        Audit(path, KEY).write("look", "group-1", reason)
    assert Audit(path, KEY).entries() == []


def test_a_user_without_a_name_is_a_number(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clio_assets.safety.audit.os.getuid", lambda: 3_999_999_999)
    assert Audit(path, KEY).write("look", "group-1", REASON).who == "user 3999999999"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE number = 3",
        "INSERT OR REPLACE INTO audit SELECT number, at, 'nobody', what, finding, reason, seal "
        "FROM audit WHERE number = 1",
    ],
)
def test_sqlite_itself_refuses_to_change_a_row(path: Path, statement: str) -> None:
    audit = written(path)
    before = audit.entries()
    with (
        sqlite3.connect(path) as con,
        pytest.raises(sqlite3.IntegrityError, match="audit is never"),
    ):
        con.execute(statement)
    assert audit.entries() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET reason = 'something quite different' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 1",
        "UPDATE audit SET number = number + 1 WHERE number = 3",
        "UPDATE audit SET who = 'nobody' WHERE number = 3",
    ],
)
def test_a_row_changed_behind_the_triggers_is_found_out(path: Path, statement: str) -> None:
    audit = written(path)
    with sqlite3.connect(path) as con:
        con.executescript("DROP TRIGGER audit_stays; DROP TRIGGER audit_keeps;")
        con.execute(statement)
    with pytest.raises(StorageError, match="is not what was written"):
        audit.entries()
    with pytest.raises(StorageError, match="is not what was written"):
        audit.write("look", "group-9", REASON)
