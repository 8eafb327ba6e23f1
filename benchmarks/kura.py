"""kura (PyPI) run on the same endpoint as this project."""

from __future__ import annotations

from pathlib import Path

from benchmarks.environments import Json, environment_python, run_module

REQUIREMENTS = Path(__file__).with_name("kura_requirements.txt")


def run_kura(conversations: Path, url: str) -> Json:
    """Run kura's pipeline over a file of conversations; what it cost, as kura_pipeline.py says.

    Raises:
        RuntimeError: kura failed.
    """
    return run_module(
        environment_python(REQUIREMENTS),
        "benchmarks.kura_pipeline",
        str(conversations),
        OPENAI_BASE_URL=url,
        OPENAI_API_KEY="none",
        # Its progress bar would cost it CPU that is not its pipeline's.
        TQDM_DISABLE="1",
    )
