"""An independent reader of a home: plain DuckDB and hashes, nothing of the pipeline's own code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.fault_matrix.invariants import require

STAGING = "_new_"
STEPS = "_steps"
"""What each table was made from: no table of a step, so empty in a file just made."""

NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Seen:
    """What a home holds: what anybody may read in it, and every file there is."""

    tables: dict[str, str]
    """`file:table` -> hash of its sorted rows; staging tables are no tables."""
    bundles: dict[str, str]
    """`period/file` -> hash, of the bundle that latest.json names."""
    leftovers: list[str]
    """Staging tables."""
    files: list[str]

    def visible(self) -> tuple[dict[str, str], dict[str, str]]:
        """What a reader can come to see."""
        return self.tables, self.bundles


def look(home: Path) -> dict[str, Any]:
    """Read everything; what comes back is a `Seen` as a dictionary.

    Raises:
        InvariantBroken: a published bundle or a release is not what it must be.
    """
    tables: dict[str, str] = {}
    leftovers: list[str] = []
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    for path in files:
        if path.suffix != ".duckdb" or path.name.startswith("."):
            continue
        name = str(path.relative_to(home))
        for table, digest in read_tables(path).items():
            if table.startswith(STAGING):
                leftovers.append(f"{name}:{table}")
            elif (table, digest) != (STEPS, NOTHING):
                tables[f"{name}:{table}"] = digest
    check_verdicts(home)
    return asdict(
        Seen(
            tables=tables,
            bundles=read_bundles(home / "release" / "bundles"),
            leftovers=leftovers,
            files=[str(path.relative_to(home)) for path in files],
        )
    )


def read_tables(path: Path) -> dict[str, str]:
    """The hash of each table's rows, in any order."""
    with duckdb.connect(str(path), read_only=True) as con:
        return {name: _rows_hash(con, name) for name in _names(con)}


def unreadable_tables(path: Path) -> set[str]:
    """Tables of a file that opens, of which DuckDB cannot read every row."""
    found = set()
    with duckdb.connect(str(path), read_only=True) as con:
        names = _names(con)
    for name in names:
        # A connection that met damage refuses everything that follows.
        with duckdb.connect(str(path), read_only=True) as con:
            try:
                _rows_hash(con, name)
            except duckdb.Error:
                found.add(name)
    return found


def _names(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]


def read_bundles(bundles: Path) -> dict[str, str]:
    """Follow each latest.json and hash what it names again (F04)."""
    found = {}
    for pointer in sorted(bundles.glob("*/latest.json")):
        latest = json.loads(pointer.read_bytes())
        folder = pointer.parent / latest["folder"]
        manifest = (folder / "manifest.json").read_bytes()
        require(_sha256(manifest) == latest["manifest_sha256"], f"{folder}: another manifest")
        stated = json.loads(manifest)["files"]
        present = {path.name for path in folder.iterdir()}
        require(present == {*stated, "manifest.json"}, f"{folder}: not the files of its manifest")
        for name, entry in stated.items():
            digest = _sha256((folder / name).read_bytes())
            require(digest == entry["sha256"], f"{folder / name}: another content")
            found[f"{pointer.parent.name}/{name}"] = digest
        found[f"{pointer.parent.name}/manifest.json"] = _sha256(manifest)
    return found


def check_verdicts(home: Path) -> None:
    """I3: each released topic has a stored verdict of each rule, and all are good."""
    releases = home / "release" / "released.duckdb"
    if not releases.exists():
        return
    with duckdb.connect(str(releases), read_only=True) as con:
        tables = {name for (name,) in con.execute("SHOW TABLES").fetchall()}
        if "released_topics" not in tables:
            return
        released = con.execute(
            "SELECT period, topic_id, (SELECT count(DISTINCT rule) FROM released_decisions AS d "
            "WHERE (d.period, d.topic_id) = (t.period, t.topic_id)) FROM released_topics AS t"
        ).fetchall()
    for period in {period for period, _, _ in released}:
        (path,) = (home / "private" / "periods").glob(f"*/{period}.duckdb")
        with duckdb.connect(str(path), read_only=True) as con:
            rules = con.execute("SELECT count(DISTINCT rule) FROM topic_audit").fetchone()
            good = dict(
                con.execute(
                    "SELECT topic_id, count(DISTINCT rule) FROM topic_audit "
                    "GROUP BY topic_id HAVING bool_and(passed)"
                ).fetchall()
            )
        every = rules[0] if rules else 0
        require(every, f"{period}: released without an audit")
        for _, topic, decisions in (row for row in released if row[0] == period):
            require(good.get(topic) == every, f"{period}: a topic without every verdict")
            require(decisions >= every, f"{period}: a topic without every decision")


def _rows_hash(con: duckdb.DuckDBPyConnection, table: str) -> str:
    rows = con.execute(f'SELECT md5(t::VARCHAR) FROM "{table}" AS t').fetchall()  # noqa: S608
    return _sha256("\n".join(sorted(row for (row,) in rows)).encode())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
