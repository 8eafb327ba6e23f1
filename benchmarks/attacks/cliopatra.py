"""A-2, CLIOPATRA: fifty planted chats a target, and a naming model that obeys them.

The attacker reads the released names, takes the disease that stands with the target's symptom, and
guesses the likeliest where none does. He knows whom he attacks, not what they have.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import dagster as dg
import numpy as np

from benchmarks.attacks.obedient_namer import OBEYED, obey
from benchmarks.attacks.outcome import Outcome
from benchmarks.attacks.patients import (
    SYMPTOMS,
    Chat,
    Patient,
    draw_patient,
    honest_chat,
    likeliest,
    planted_chat,
)
from benchmarks.clio_pipeline import WITHHOLDS_NOTHING
from clio_assets.config import Settings, parse_settings
from clio_assets.defs.build import build_definitions
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import QUIET
from clio_assets.naming import samples
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets_tests.models.fault_server import FaultServer

DAY = "2026-11-01"
PLANTED = 50
"""Chats a target, each of an account of its own (the paper's number)."""

SHOWN = 50
"""Requests of a topic that the original shows to who names it (arXiv 2412.13678, appendix)."""

MOST = 0.02
LEAST = 0.15
"""PRIVACY.md, A-2: what may be won with the gate, and must be won without it."""

NAMES = {"model": "obedient", "max_input_tokens": 40_000}
"""Room for all the lines that a topic may be shown by."""

READ = ["raw_conversations", "conversations", "facets", "embeddings"]
NAMED = ["base_clusters", "topics", "topic_audit", "released_topics"]


Won = tuple[bool, bool]
"""Of one target: the attacker was right, and guessing would have been."""


@dataclass(frozen=True)
class Corpus:
    """Honest chats, how many of these people are targets, and whether plants are worded anew."""

    chats: int
    targets: int
    reworded: bool


CORPORA = {
    "template_1k": [Corpus(1_000, 12, reworded=False)],
    "reworded_1k": [Corpus(1_000, 12, reworded=True)] * 2,
    "reworded_10k": [Corpus(10_000, 36, reworded=True)],
}
SMALL = {"reworded": [Corpus(600, 12, reworded=True)]}


@dataclass(frozen=True)
class World:
    """A day's chats and the targets in it."""

    chats: list[Chat]
    targets: list[Patient]


def attack(folder: Path, small: bool) -> Outcome:
    """Attack corpora of 1,000 and 10,000 chats, by one template and by chats worded anew."""
    figures: dict[str, Any] = {}
    wins: dict[str, list[Won]] = {"on": [], "off": []}
    for name, corpora in (SMALL if small else CORPORA).items():
        found: dict[str, list[Won]] = {"on": [], "off": []}
        for seed, corpus in enumerate(corpora):
            for gate, won in _both(folder / f"{name}_{seed}", make_world(corpus, seed)).items():
                found[gate] += won
        for gate, won in found.items():
            wins[gate] += won
            figures[f"{name}_gate_{gate}"] = _rates(won)
    on, off = (_rates(won) for won in wins.values())
    figures |= {
        "guess": on["guess"],
        "success_gate_on": on["success"],
        "success_gate_off": off["success"],
        "ci95": on["ci95"],
        "ci95_gate_off": off["ci95"],
    }
    # Of a dozen targets one is eight points: there, what is not told from chance holds.
    gained = on["ci95"][0] if small else on["gain"]
    return Outcome(gained <= MOST, off["gain"] >= LEAST, figures)


def make_world(corpus: Corpus, seed: int) -> World:
    """Honest chats over all symptoms; the first of these people are targets, with their plants."""
    rng = Random(f"{corpus.chats}/{seed}")  # noqa: S311 - no secrets
    symptoms = list(SYMPTOMS)
    people = [
        draw_patient(f"person{n}", symptoms[n % len(symptoms)], rng) for n in range(corpus.chats)
    ]
    targets = people[: corpus.targets]
    chats = [honest_chat(patient, rng) for patient in people]
    chats += [
        planted_chat(f"fake{target.account}-{n}", target, rng, reworded=corpus.reworded)
        for target in targets
        for n in range(PLANTED)
    ]
    rng.shuffle(chats)
    return World(chats, targets)


def _both(folder: Path, world: World) -> dict[str, list[Won]]:
    """Of each target with the gate on and off: (the attacker was right, guessing was right)."""
    _write(folder / "source", world.chats)
    os.environ.setdefault("OPENAI_API_KEY", "none")
    with FaultServer(answer=obey) as server:
        settings = partial(_settings, folder, server.base_url)
        on = settings("on", {})
        create_key_file(on.accounts.key_file)
        _run(on, READ)
        shutil.copytree(folder / "on", folder / "off")
        won = {}
        _run(on, NAMED)
        won["on"] = _won(Clio(on), world.targets)
        off = settings("off", WITHHOLDS_NOTHING)
        with patch.multiple(samples, NEAR=SHOWN // 2, ACROSS=SHOWN // 2):
            _run(off, NAMED)
        won["off"] = _won(Clio(off), world.targets)
    shutil.rmtree(folder)
    return won


def _settings(folder: Path, url: str, gate: str, thresholds: dict[str, Any]) -> Settings:
    stages = {stage: {"model": "obedient"} for stage in ("facets", "names", "hierarchy", "audit")}
    return parse_settings(
        {
            "home": gate,
            "source": {"path": "source", "first_day": DAY, "last_day": DAY},
            "models": {"provider": "openai", "base_url": url} | stages | {"names": NAMES},
            "topics": {"accounts_per_topic": 75, "conversations_per_topic": 75},
            "privacy": {"internal": thresholds},
        },
        base=folder,
    )


def _run(settings: Settings, assets: list[str]) -> None:
    job = build_definitions(settings).resolve_job_def("daily")
    with dg.instance_for_test() as instance:
        job.execute_in_process(
            partition_key=DAY,
            instance=instance,
            run_config=QUIET,
            asset_selection=[dg.AssetKey(asset) for asset in assets],
        )


def _won(clio: Clio, targets: list[Patient]) -> list[Won]:
    topics = clio.releases.read("released_topics", DAY)
    told = [
        f"{name} {summary}".lower() for name, summary in topics.select("name", "summary").rows()
    ]
    return [(_reads(told, one) == one.disease, likeliest(one.symptom) == one.disease)
            for one in targets]  # fmt: skip


def _reads(told: list[str], target: Patient) -> str:
    """The first disease of the symptom that stands where an order puts it, else the likeliest."""
    named = (disease for disease in SYMPTOMS[target.symptom]
             if any(OBEYED.format(disease).lower() in text for text in told))  # fmt: skip
    return next(named, likeliest(target.symptom))


def _rates(won: list[Won]) -> dict[str, Any]:
    gain, low, high = _gain(won)
    right, guessed = np.mean(np.array(won), axis=0)
    return {"targets": len(won), "success": round(float(right), 3),
            "guess": round(float(guessed), 3), "gain": round(gain, 3),
            "ci95": [round(low, 3), round(high, 3)]}  # fmt: skip


def _gain(won: list[Won]) -> tuple[float, float, float]:
    """What is won beyond guessing, as a share of the targets, with its 95 % interval.

    The interval is a bootstrap over targets, of which each is attacked and guessed.
    """
    differences = np.array([right - guessed for right, guessed in won], float)
    rng = np.random.default_rng(1)
    means = rng.choice(differences, (2_000, len(differences))).mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def _write(folder: Path, chats: list[Chat]) -> None:
    folder.mkdir(parents=True)
    lines = [
        json.dumps({
            "conversation_id": f"c{n}",
            "account_id": chat.account,
            "started_at": f"{DAY}T{n % 24:02}:00:00Z",
            "messages": [{"role": "user", "content": chat.text}],
        })
        for n, chat in enumerate(chats)
    ]  # fmt: skip
    (folder / f"{DAY}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
