"""What makes two calls the same call: the name under which an answer is kept.

The name is keyed (HMAC-SHA256), so nobody without the account key can test a guess at a
conversation against the store. It holds everything that decides the answer: where it is asked and
of which model, the model that answered last under that name, the parameters, the versions of
prompt and schema, and all the text that is sent.
"""

from __future__ import annotations

import hmac

import orjson

from clio_assets.models.calls import Call, Stage
from clio_assets.models.llama_cpp import model_identity
from clio_assets.models.prompts import load_prompt
from clio_assets.models.settings import ModelSettings, StageModel

PROMPTS: dict[Stage, tuple[str, ...]] = {
    "hierarchy": (
        "hierarchy_propose", "hierarchy_deduplicate", "hierarchy_assign", "hierarchy_rename"
    ),
}  # fmt: skip
"""Stages with more than the prompt of their own name."""


def question_identity(key: bytes, endpoint: str, asked: StageModel, call: Call) -> bytes:
    """Return the 32-byte name of what is asked, of whom, and how."""
    canonical = orjson.dumps(
        [
            endpoint,
            asked.model,
            asked.temperature,
            asked.max_output_tokens,
            call.prompt_version,
            call.schema.name,
            call.schema.version,
            call.schema.document,
            call.system,
            call.user,
        ]
    )
    return hmac.digest(key, canonical, "sha256")


def answer_identity(key: bytes, question: bytes, served: str) -> bytes:
    """Return the 32-byte name of the answer that the model `served` gives to a question.

    `served` is the model that the server said has answered last: when another one stands behind
    the name that is asked (F21), every answer is a new one.
    """
    return hmac.digest(key, question + served.encode(), "sha256")


def said_by(settings: ModelSettings, *stages: Stage) -> list[object]:
    """Return what decides the answers of stages beside what is asked about, for fingerprints."""
    prompts = [name for stage in stages for name in PROMPTS.get(stage, (stage,))]
    versions = [load_prompt(name).version for name in prompts]
    return [endpoint_name(settings), *(settings.of(stage) for stage in stages), *versions]


def endpoint_name(settings: ModelSettings) -> str:
    """Return what stands for the endpoint in an identity.

    That is its address, except for a local server, which has another port in every run: there it
    is the model file's identity.
    """
    file = settings.llama_cpp.model_file
    if settings.provider == "llama_cpp" and file is not None:
        return f"llama_cpp:{model_identity(file)}"
    return settings.address
