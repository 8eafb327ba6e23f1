"""What the platform costs besides the model: on a stub of the endpoint, beside kura.

python -m benchmarks.bench [--conversations 20000] [--only client,pipelines,growth]

`client`: with 200 ms a call, the share of the endpoint's concurrency that is used, and the CPU of a
call above the openai package's own. `pipelines`: with no latency, the CPU of facets and of
everything after them, and the peak memory, of kura and of this project, on the same conversations
and the same stub. `growth`: the calls for names and hierarchy of more and more topics. Prints a
table and writes artifacts/bench.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from benchmarks.endpoint_stub import endpoint_stub
from benchmarks.environments import Json, run_module
from benchmarks.kura import run_kura
from clio_assets.demo.generate import generate_demo

ARTIFACT = Path("artifacts/bench.json")
PARTS = ("client", "pipelines", "growth")
DIMENSION = 1536
"""Of text-embedding-3-small, kura's default."""

LATENCY, CONCURRENCY, CALLS = 0.2, 64, 6_000

SHARE_OF_CONCURRENCY = 0.95
CPU_MS_ABOVE_OPENAI = 0.5
OF_KURA = {"facets_cpu_seconds": 1 / 2, "after_cpu_seconds": 1 / 10, "peak_mib": 1 / 3}
"""What may be used of kura's figures."""

GROWTH = (500, 1_000, 2_000, 4_000)
"""Conversations of a day; ten a base cluster."""

ASKED = {
    "naming": ("topic_names",),
    "hierarchy": ("parents_proposed", "parents_kept", "parent_chosen"),
}
"""What the stub is asked for by stage."""


def client_costs(conversations: Path) -> Json:
    """Ask the same questions with the openai package alone and with the project's client."""
    found: Json = {}
    for client in ("openai", "clio"):
        with endpoint_stub(LATENCY, CONCURRENCY) as stub:
            options = ["--calls", str(CALLS), "--concurrency", str(CONCURRENCY)]
            found[client] = measured(
                "benchmarks.client_cost", client, stub.url, str(conversations), *options
            )
    allowed = CONCURRENCY / LATENCY
    used = round(found["clio"]["calls_per_second"] / allowed, 3)
    above = round(found["clio"]["cpu_ms_per_call"] - found["openai"]["cpu_ms_per_call"], 3)
    checks = {
        f"uses {SHARE_OF_CONCURRENCY:.0%} of the concurrency": used >= SHARE_OF_CONCURRENCY,
        f"{CPU_MS_ABOVE_OPENAI} ms above openai": above <= CPU_MS_ABOVE_OPENAI,
    }
    return found | {"share_of_concurrency": used, "cpu_ms_above_openai": above, "checks": checks}


def pipelines(conversations: Path) -> Json:
    """Run both pipelines on the same stub."""
    found: Json = {}
    with endpoint_stub(dimension=DIMENSION) as stub:
        found["kura"] = run_kura(conversations, stub.url)
        found["kura"]["calls"] = stub.counts()
        print("kura:", json.dumps(found["kura"]), flush=True)  # it takes a quarter of an hour
        stub.reset()
        held = found["kura"]["conversations"] / found["kura"]["base_clusters"]
        ours = measured("benchmarks.clio_pipeline", str(conversations), stub.url, str(round(held)))
        found["clio"] = ours | {"calls": stub.counts()}
    shares = {name: round(found["clio"][name] / found["kura"][name], 3) for name in OF_KURA}
    checks = {f"{name} at most {most:.2f} of kura's": shares[name] <= most
              for name, most in OF_KURA.items()}  # fmt: skip
    return found | {"shares_of_kura": shares, "checks": checks}


def growth(folder: Path) -> Json:
    """Count naming and hierarchy calls of days with about twice the topics each, on all levels."""
    rows: list[Json] = []
    for conversations in GROWTH:
        place = folder / str(conversations)
        made = generate_demo(place / "logs", place / "truth", 1, 1, conversations)
        with endpoint_stub(dimension=DIMENSION) as stub:
            ours = measured("benchmarks.clio_pipeline", str(made.files[0]), stub.url, "10")
            counts = stub.counts()
        calls = {
            stage: sum(counts.get(kind, 0) for kind in kinds) for stage, kinds in ASKED.items()
        }
        rows.append({"topics": ours["topics"]} | calls)
    few, many = rows[0], rows[-1]
    times = many["topics"] / few["topics"]
    checks = {f"{stage} calls grow no faster than topics": many[stage] <= 1.1 * times * few[stage]
              for stage in ASKED}  # fmt: skip
    return {"days": rows, "checks": checks}


def measured(module: str, *arguments: str) -> Json:
    """Run a module of this project in a process of its own; the JSON that it prints last."""
    return run_module(sys.executable, module, *arguments, OPENAI_API_KEY="none")


def table(found: Json) -> str:
    """The figures as lines for people."""
    lines = []
    if part := found.get("client"):
        lines.append(f"{'':10}{'calls/s':>10}{'CPU ms/call':>14}")
        for name in ("openai", "clio"):
            cost = part[name]
            lines.append(
                f"{name:10}{cost['calls_per_second']:>10.0f}{cost['cpu_ms_per_call']:>14.2f}"
            )
    if part := found.get("pipelines"):
        lines.append(
            f"{'':10}{'facets CPU s':>14}{'after CPU s':>14}{'peak MiB':>10}{'clusters':>10}"
        )
        for name in ("kura", "clio"):
            cost = part[name]
            lines.append(
                f"{name:10}{cost['facets_cpu_seconds']:>14.1f}{cost['after_cpu_seconds']:>14.1f}"
                f"{cost['peak_mib']:>10}{cost['base_clusters']:>10}"
            )
    if part := found.get("growth"):
        lines.append(f"{'topics':>10}{'naming calls':>14}{'hierarchy calls':>17}")
        lines += [f"{day['topics']:>10}{day['naming']:>14}{day['hierarchy']:>17}"
                  for day in part["days"]]  # fmt: skip
    for part in found.values():
        if isinstance(part, dict):
            for told, kept in part.get("checks", {}).items():
                lines.append(f"{'kept' if kept else 'MISSED':8}{told}")
    return "\n".join(lines)


def main() -> int:
    """0 when every limit that was measured is kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts out of {', '.join(PARTS)}")
    parser.add_argument("--artifact", type=Path, default=ARTIFACT)
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    if unknown := sorted(set(parts) - set(PARTS)):
        parser.error(f"no such part: {', '.join(unknown)}")
    found: Json = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "conversations": chosen.conversations,
    }
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        made = generate_demo(place / "logs", place / "truth", 1, 1, chosen.conversations)
        if "client" in parts:
            found["client"] = client_costs(made.files[0])
        if "pipelines" in parts:
            found["pipelines"] = pipelines(made.files[0])
        if "growth" in parts:
            found["growth"] = growth(place)
    print(table(found))
    chosen.artifact.parent.mkdir(exist_ok=True)
    chosen.artifact.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    checks = [kept for part in PARTS for kept in found.get(part, {}).get("checks", {}).values()]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
