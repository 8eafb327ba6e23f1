"""Three days of the sample through the whole pipeline: what was planted comes out, or stays in,
and the page shows what was released.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest
from sklearn.cluster import KMeans

from clio_assets.config import parse_settings
from clio_assets.defs.clio import Clio
from clio_assets.defs.in_process import run_history
from clio_assets.demo.generate import generate_demo, load_truth
from clio_assets.demo.plan import planned_topics
from clio_assets.demo.planted import Planted, commonest_topics, compare_with_truth
from clio_assets.demo.summary import leaf_purity, period_figures
from clio_assets.privacy.pseudonyms import create_key_file
from clio_assets.release.bundle import latest_bundle
from clio_assets_tests.release.walk.through import MANNERS, Manner, walk

# The campaign runs on the first two, one account dominates a topic on the third.
DAYS = ["2026-11-10", "2026-11-11", "2026-11-12"]
ACCOUNTS_PER_TOPIC = 75
CAMPAIGN = planned_topics().campaign

pytestmark = pytest.mark.platform


@dataclass(frozen=True)
class Released:
    """Three released days and the truth behind them."""

    clio: Clio
    truth: pl.DataFrame

    def compared(self) -> Planted:
        return compare_with_truth(self.clio.layout, self.truth, CAMPAIGN, DAYS, self.leaves())

    def leaves(self) -> pl.DataFrame:
        return commonest_topics(self.clio.layout, self.clio.releases, self.truth, DAYS)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Released:
    home = tmp_path_factory.mktemp("demo")
    generate_demo(home / "logs", home / "truth", seed=1)
    source = {"path": str(home / "logs"), "first_day": DAYS[0], "last_day": DAYS[-1]}
    settings = parse_settings({"home": str(home), "seed": 1, "source": source}, base=home)
    create_key_file(settings.accounts.key_file)
    with dg.instance_for_test() as instance:
        assert run_history(settings, instance, tell=lambda *_: None)
    return Released(Clio(settings), load_truth(home / "truth"))


def test_every_planted_topic_is_released_and_no_secret(released: Released) -> None:
    planted = released.compared()
    assert planted.missing == []
    assert planted.due >= 3 * 14
    assert planted.personal_data > 150
    assert planted.personal_data_released == 0
    assert not planted.campaign_released
    assert planted.kept


def test_leaves_are_many_and_pure(released: Released) -> None:
    clio = released.clio
    assert min(period_figures(clio.releases, DAYS)["topics_released"]) >= 12
    assert leaf_purity(released.leaves()) >= 0.9


def test_plain_k_means_finds_the_topics_and_keeps_languages_with_them(released: Released) -> None:
    embedded = released.clio.layout.day(DAYS[0]).read("embeddings")
    planted = embedded.join(released.truth, on="conversation_id", maintain_order="left")
    topics, languages = planted["topic"].to_numpy(), planted["language"].to_numpy()
    vectors = planted["vector"].to_numpy()
    accounts = embedded["account"].n_unique()
    purities, kept = [], []
    for seed in range(3):
        clusters = KMeans(
            round(accounts / ACCOUNTS_PER_TOPIC), n_init=5, random_state=seed
        ).fit_predict(vectors)
        found = np.empty_like(topics)
        for cluster in np.unique(clusters):
            names, counts = np.unique(topics[clusters == cluster], return_counts=True)
            found[clusters == cluster] = names[counts.argmax()]
        purities.append((found == topics).mean())
        spanish_sql = (topics == "sql_queries") & (languages == "es")
        kept.append((found == topics)[spanish_sql].mean())
    assert np.mean(purities) >= 0.93
    assert np.mean(kept) >= 0.7


def test_what_one_account_dominates_is_not_released(released: Released) -> None:
    clio = released.clio
    names = [clio.releases.read("released_topics", day)["name"].to_list() for day in DAYS]
    assert any("Cover letter" in name for name in names[1])
    assert not any("Cover letter" in name for name in names[2])


def test_a_secret_in_a_released_file_is_found(released: Released) -> None:
    day = released.truth.filter(pl.col("day").cast(pl.String) == DAYS[0])
    secret = day["planted_pii"].explode().drop_nulls()[0]
    leak = released.clio.layout.bundles / "leak.json"
    leak.write_text(f'"{secret.upper()} {CAMPAIGN.mark}"', encoding="utf-8")
    try:
        planted = released.compared()
    finally:
        leak.unlink()
    # The planted values of other conversations may be parts of this one.
    assert planted.personal_data_released >= 1
    assert planted.campaign_released
    assert not planted.kept


@pytest.mark.browser
@pytest.mark.parametrize("manner", MANNERS, ids=str)
def test_the_page_shows_what_its_tables_say(
    released: Released, browser: Any, manner: Manner
) -> None:
    bundle = latest_bundle(released.clio.layout.bundles, DAYS[-1])
    assert bundle
    walk(browser, bundle, manner)
