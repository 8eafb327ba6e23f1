"""Seconds and peak memory of the comparison as prompts grow, each size in a process of its own.

The prompts are drawn word by word from how often a word follows another in the real requests. Where
that was seldom seen any word may follow (Witten and Bell 1991, "The zero-frequency problem"), and
words are the platform's own: otherwise rare passages, whole texts where no spaces are written, come
out verbatim from dozens of accounts, and a campaign that begins with one is what many say. The
vectors lie between two real ones with noise: as varied as real ones and as unevenly crowded,
without a thousand copies of each. One in a thousand belongs to a campaign of 20.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.stage_costs import peak_mib
from clio_assets.privacy.text_support import tokens
from clio_assets.safety.distinct import distinct

GROWTH = (20_000, 100_000, 300_000, 1_000_000)
PROMPTS_PER_ACCOUNT = 3
CAMPAIGN, CAMPAIGN_SHARE = 20, 0.001
DAYS = 14


def growth(sizes: Iterable[int]) -> list[dict[str, Any]]:
    """Return for each size: seconds by the clock and of all cores, peak memory in MiB, campaigns
    planted, those of them found, and groups that are none of them."""
    rows = []
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.coordination_growth", str(size)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append(json.loads(said.splitlines()[-1]))
    return rows


def grown(
    texts: pl.Series, vectors: NDArray[np.float32], size: int, seed: int = 0
) -> tuple[pl.DataFrame, NDArray[np.float32]]:
    """Return `size` requests as `coordinated_accounts` takes them, and their vectors."""
    rng = np.random.default_rng(seed)
    said = _sentences(_words(texts), size, rng)
    mixed = vectors[rng.integers(len(vectors), size=size)]
    mixed += vectors[rng.integers(len(vectors), size=size)]
    mixed += 0.03 * rng.standard_normal(mixed.shape, dtype=np.float32)
    account = rng.integers(size // PROMPTS_PER_ACCOUNT, size=size)
    at = rng.uniform(0, DAYS, size)
    for group, own in enumerate(planted_accounts(size)):
        rows = slice(group * CAMPAIGN, (group + 1) * CAMPAIGN)
        template = " ".join(said[rows][:3])
        said[rows] = [f"{template} number {n}" for n in range(CAMPAIGN)]
        mixed[rows] = mixed[group * CAMPAIGN]
        account[rows] = sorted(int(name) for name in own)
        at[rows] = rng.uniform(6, 8, CAMPAIGN)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    requests = pl.DataFrame(
        {
            "account": pl.Series(account).cast(pl.String),
            "started_at": pl.Series((at * 86_400e6).astype(np.int64)).cast(
                pl.Datetime("us", "UTC")
            ),
            "text": said,
            "vector": np.arange(size),
        }
    )
    return requests, mixed


def planted_accounts(size: int) -> list[set[str]]:
    """Return the accounts of each campaign among `size` requests: numbers from `size` up."""
    groups = max(int(size * CAMPAIGN_SHARE / CAMPAIGN), 1)
    firsts = range(size, size + groups * CAMPAIGN, CAMPAIGN)
    return [{str(first + n) for n in range(CAMPAIGN)} for first in firsts]


def _words(texts: pl.Series) -> list[list[str]]:
    cut = tokens(pl.DataFrame({"text": texts}).with_row_index("line"))
    return cut.group_by("line", maintain_order=True).agg("token")["token"].to_list()


def _sentences(texts: list[list[str]], size: int, rng: np.random.Generator) -> list[str]:
    """Return texts drawn from a chain of word pairs, as long as the real ones."""
    words = [word for text in texts for word in [*text, ""]]
    vocabulary, code = np.unique(words, return_inverse=True)
    order = np.argsort(code[:-1], kind="stable")
    follows = code[1:][order]
    begins = np.searchsorted(code[:-1][order], np.arange(len(vocabulary) + 1))
    starts = np.flatnonzero(np.append(True, np.array(words[:-1]) == ""))
    lengths = np.array([len(text) for text in texts])[rng.integers(len(texts), size=size)]
    now = code[rng.choice(starts, size)]
    line = [now]
    # After a word seen n times with t different ones behind it, any follows by t / (n + t).
    seen = np.diff(begins)
    pairs = distinct(code[:-1] * len(vocabulary) + code[1:]) // len(vocabulary)
    different = np.bincount(pairs, minlength=len(vocabulary))
    other = different / np.maximum(different + seen, 1)
    for _ in range(int(lengths.max()) - 1):
        now = follows[
            begins[now]
            + (rng.random(size) * np.maximum(begins[now + 1] - begins[now], 1)).astype(np.int64)
        ]
        anything = rng.random(size) < other[now]
        now = np.where(anything, code[rng.integers(len(code), size=size)], now)
        line.append(now)
    drawn = np.stack(line, axis=1)
    return [" ".join(vocabulary[row[:length]]) for row, length in zip(drawn, lengths, strict=True)]


def _measured(size: int) -> dict[str, Any]:
    from benchmarks.coordination import by_group, real_requests, same
    from clio_assets.safety.coordinated_accounts import coordinated_accounts

    real, vectors = real_requests()
    requests, grown_vectors = grown(real["text"], vectors, size)
    first_seen = requests.group_by("account").agg(first_seen=pl.col("started_at").min())
    # Drawing the prompts takes more memory than comparing them: the peak begins anew.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = peak_mib()
    started, worked = time.perf_counter(), time.process_time()
    findings = coordinated_accounts(requests, grown_vectors, first_seen)
    worked, seconds = time.process_time() - worked, time.perf_counter() - started
    campaigns = planted_accounts(size)
    groups = by_group(findings.members).values()
    right = [
        next((n for n, own in enumerate(campaigns) if same(group, own)), None) for group in groups
    ]
    return {
        "prompts": size,
        "seconds": round(seconds, 1),
        "processor_seconds": round(worked, 1),
        "peak_mib": peak_mib(),
        "peak_before_mib": before,
        "planted": len(campaigns),
        "found": len(set(right) - {None}),
        "false_groups": right.count(None),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(int(sys.argv[1]))) + "\n")
