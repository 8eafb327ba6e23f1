"""How well does the concern facet tell harmful prompts from others, by kind of harm?

python -m benchmarks.concern [--draws 1000] [--seed 1] [--model clio.yaml] [--prompts 200]

The area under the ROC curve of the level (1 to 5) for each label of OpenAI's moderation release
(T. Markov et al., "A Holistic Approach to Undesired Content Detection in the Real World", AAAI
2023), with 95 % intervals by a bootstrap over prompts: against all prompts that are known not to
have the label, many of which have another, and against those that have no label at all. What nobody
said of a prompt is unknown, and the prompt is left out there. Offline levels come from the lexicon,
to which nothing of this set was fitted; with `--model` those of the model that a settings file
configures as well, asked the pipeline's own question: every prompt is then sent there. No text is
printed or kept.
Prints a table and writes artifacts/concern.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from clio_assets.config import Settings, load_settings
from clio_assets.conversations.schema import MESSAGES
from clio_assets.defs.asking import asking
from clio_assets.defs.clio import Clio
from clio_assets.facets.by_model import facets_by_model
from clio_assets.facets.concern import concern_levels
from clio_assets.privacy.pseudonyms import create_key_file

SHARED = Path(os.environ.get("CLIO_SHARED", Path(__file__).parents[2] / "shared")) / "data"
PROMPTS = SHARED / "safety" / "openai_moderation.jsonl.gz"
ARTIFACT = Path("artifacts/concern.json")

LABELS = {
    "S": "sexual",
    "H": "hate",
    "V": "violence",
    "HR": "harassment",
    "SH": "self-harm",
    "H2": "threatening hate",
    "V2": "graphic violence",
}
ANY = "any of them"
WITHOUT_IT, UNLABELLED = "those without it", "those without any"
LEAST = 10
"""Prompts on either side, or there is no area."""


def labelled_prompts() -> pl.DataFrame:
    """The prompts as conversations, with a column of 0, 1 or null for each label and `ANY`.

    `ANY` is 1 where a label is, 0 where none is and at least one is known not to be: raters gave
    the labels that they had a doubt about, so most prompts have no more than a few of them.
    """
    rows = [json.loads(line) for line in gzip.decompress(PROMPTS.read_bytes()).splitlines()]
    labels = {name: pl.Series([row.get(key) for row in rows], dtype=pl.Int8)
              for key, name in LABELS.items()}  # fmt: skip
    said = [[{"role": "user", "content": row["prompt"]}] for row in rows]
    return pl.DataFrame({
        "conversation_id": [str(at) for at in range(len(rows))],
        "account": [str(at) for at in range(len(rows))],
        "metadata": ["{}"] * len(rows),
        "turns": pl.Series([1] * len(rows), dtype=pl.Int32),
        "messages": pl.Series(said, dtype=MESSAGES),
        **labels,
    }).with_columns(pl.max_horizontal(LABELS.values()).alias(ANY))  # fmt: skip


def levels_by_model(prompts: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The prompts that the configured model answered, with its `concern`; answers are not kept."""
    with tempfile.TemporaryDirectory() as folder:
        key = settings.accounts.model_copy(update={"key_file": Path(folder) / "key"})
        own = settings.model_copy(update={"home": Path(folder), "accounts": key})
        create_key_file(key.key_file)
        with asking(Clio(own), "benchmark", "benchmark") as ask:
            facets, _ = facets_by_model(prompts, own, own.models, ask)
    return prompts.join(facets.select("conversation_id", "concern"), on="conversation_id")


def areas(prompts: pl.DataFrame, draws: int, seed: int) -> dict[str, Any]:
    """By label: how many have it; against whom, how many those are, the area and its interval."""
    rated = prompts.filter(pl.col("concern").is_not_null())
    found: dict[str, Any] = {}
    for name in (*LABELS.values(), ANY):
        harmful = rated.filter(pl.col(name) == 1)["concern"]
        against = {WITHOUT_IT: pl.col(name) == 0, UNLABELLED: pl.col(ANY) == 0}
        found[name] = {"with": len(harmful)} | {
            told: area(harmful, rated.filter(others)["concern"], draws, seed)
            for told, others in against.items()
        }
    return found


def area(harmful: pl.Series, others: pl.Series, draws: int, seed: int) -> dict[str, Any]:
    """How likely a harmful prompt's level is above another's, ties by half, with its interval."""
    if min(len(harmful), len(others)) < LEAST:
        return {"prompts": len(others)}
    label = np.repeat([1, 0], [len(harmful), len(others)])
    level = np.concatenate([harmful.to_numpy(), others.to_numpy()])
    times = np.random.default_rng(seed).multinomial(
        len(label), np.full(len(label), 1 / len(label)), draws
    )
    drawn = [roc_auc_score(label, level, sample_weight=each) for each in times]
    ends = np.quantile(drawn, [0.025, 0.975])
    return {
        "prompts": len(others),
        "auroc": round(float(roc_auc_score(label, level)), 3),
        "interval": [round(float(end), 3) for end in ends],
    }


def cell(row: dict[str, Any]) -> str:
    """An area for people."""
    if "auroc" not in row:
        return f"too few of {row['prompts']}"
    return "{auroc:.3f} ({interval[0]:.3f} to {interval[1]:.3f}) of {prompts}".format(**row)


def shares_labelled(prompts: pl.DataFrame) -> dict[int, dict[str, float]]:
    """By level: prompts, and the share that has any label."""
    known = prompts.filter(pl.col(ANY).is_not_null(), pl.col("concern").is_not_null())
    rows = known.group_by("concern").agg(pl.len(), pl.col(ANY).mean()).sort("concern")
    return {level: {"prompts": n, "labelled": round(share, 3)}
            for level, n, share in rows.iter_rows()}  # fmt: skip


def main() -> int:
    """Print the areas and write artifacts/concern.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.concern", description=__doc__)
    parser.add_argument("--draws", type=int, default=1_000, help="of the bootstrap")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path, help="settings whose `models` are to be asked too")
    parser.add_argument("--prompts", type=int, help="that are sent to the model; all by default")
    chosen = parser.parse_args()
    if not PROMPTS.is_file():
        print(f"No prompts: set CLIO_SHARED to the folder that holds data/ (looked in {SHARED}).")
        return 1
    prompts = labelled_prompts()
    read = {"offline": prompts.with_columns(concern=pl.Series(concern_levels(prompts["messages"])))}
    if chosen.model:
        some = prompts.sample(chosen.prompts, seed=chosen.seed) if chosen.prompts else prompts
        settings = load_settings(chosen.model)
        name = settings.models.of("facets").model
        read[name] = levels_by_model(some, settings)
        read[f"offline, the prompts that {name} answered"] = read["offline"].join(
            read[name], on="conversation_id", how="semi"
        )
    found: dict[str, Any] = {"seed": chosen.seed, "draws": chosen.draws}
    for name, rated in read.items():
        found[name] = {"prompts": len(rated), "labels": areas(rated, chosen.draws, chosen.seed),
                       "levels": shares_labelled(rated)}  # fmt: skip
        print(f"{name}: {len(rated)} prompts")
        for label, row in found[name]["labels"].items():
            told = "".join(f"{cell(row[against]):>38}" for against in (WITHOUT_IT, UNLABELLED))
            print(f"  {label:18}{row['with']:>5}{told}")
        print("  labelled by level:", json.dumps(found[name]["levels"]))
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
