import json
import sys

import numpy as np
import pytest

from benchmarks.environments import is_installed
from benchmarks.evaluation.baselines import BASELINES, baseline_labels, run_baseline
from benchmarks.evaluation.exchange import Task, answer, read_labels, read_task, write_task

TOPICS, EACH = 4, 60
TRUTH = np.repeat(np.arange(TOPICS), EACH)


@pytest.fixture
def task():
    noise = np.random.default_rng(1).normal(scale=0.05, size=(TOPICS * EACH, 16))
    vectors = (np.eye(16)[TRUTH] + noise).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"word{topic} \u00e9\u4f60\n{row}" for row, topic in enumerate(TRUTH)]
    return Task("bertopic", vectors, texts, None)


def test_a_task_is_read_as_it_was_written(task, tmp_path):
    write_task(tmp_path, task)
    found = read_task(tmp_path)
    assert (found.name, found.texts, found.k) == (task.name, task.texts, task.k)
    assert found.vectors.dtype == np.float32
    np.testing.assert_array_equal(found.vectors, task.vectors)


def test_a_script_gives_back_labels_and_what_they_cost(task, tmp_path, monkeypatch, capsys):
    write_task(tmp_path, task)
    monkeypatch.setattr(sys, "argv", ["script", str(tmp_path)])
    answer(lambda given: given.vectors.argmax(axis=1).tolist())
    assert json.loads(capsys.readouterr().out).keys() == {"cpu_seconds", "seconds", "peak_mib"}
    labels = read_labels(tmp_path, len(TRUTH))
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, TRUTH)
    with pytest.raises(RuntimeError, match="shape"):
        read_labels(tmp_path, len(TRUTH) + 1)


@pytest.mark.parametrize(
    ("name", "texts", "told"),
    [("lda", TRUTH, "no such"), ("kura", [], "0 texts"), ("bertopic_kmeans", TRUTH, "number")],
)
def test_what_cannot_be_run_is_said_before_anything_is_installed(task, name, texts, told):
    with pytest.raises(ValueError, match=told):
        run_baseline(name, task.vectors, texts)


@pytest.mark.platform
@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_finds_what_is_plain_and_merges_the_nearest(task, name):
    requirements = BASELINES[name].requirements
    if not is_installed(requirements):
        pytest.skip(f"NO BASELINE: run_baseline({name!r}, ...) installs {requirements.name}")
    labels = baseline_labels(name, task.vectors, task.texts, TOPICS - 1)
    assert len(set(labels)) == TOPICS - 1
    assert len(set(zip(labels, TRUTH, strict=True))) == TOPICS
