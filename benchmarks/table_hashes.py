"""What two runs are compared by: each table's rows, sorted and hashed, by an independent reader."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb


def private_hashes(home: Path) -> dict[str, str]:
    """Hash of every private table but the bookkeeping: "days/2026-11-01.facets" -> hash."""
    found = {}
    root = home / "private"
    for path in sorted(root.rglob("*.duckdb")):
        name = path.relative_to(root).with_suffix("").as_posix()
        found |= {f"{name}.{table}": value for table, value in file_hashes(path).items()}
    return found


def release_hashes(home: Path) -> dict[str, str]:
    """Hash of every released table and of each period's bundle (its manifest hashes its files)."""
    root = home / "release"
    found = {}
    for name in ("released", "clio"):
        path = root / f"{name}.duckdb"
        if path.exists():
            found |= {f"{name}.{table}": value for table, value in file_hashes(path).items()}
    for manifest in sorted(root.glob("bundles/*/*/manifest.json")):
        part = manifest.parent.relative_to(root).as_posix()
        found[part] = hashlib.sha256(manifest.read_bytes()).hexdigest()
    return found


def file_hashes(path: Path) -> dict[str, str]:
    """Hash of the sorted rows of each visible table of one file."""
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE '\\_%' ESCAPE '\\'"
        ).fetchall()
        return {table: _hash(con, table) for (table,) in sorted(tables)}


def _hash(con: duckdb.DuckDBPyConnection, table: str) -> str:
    rows = con.execute(f'SELECT t::VARCHAR FROM "{table}" AS t ORDER BY 1').fetchall()  # noqa: S608
    return hashlib.sha256("\n".join(row for (row,) in rows).encode()).hexdigest()
