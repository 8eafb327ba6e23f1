"""G-14 by rules refuses none of the names that the sample's topics get."""

from __future__ import annotations

import pytest

from clio_assets_tests.defs.pipelines import DAYS
from clio_assets_tests.defs.prepared import Pipeline

pytestmark = pytest.mark.platform


@pytest.mark.parametrize("day", DAYS)
def test_no_name_of_the_sample_is_refused(audited: Pipeline, day: str) -> None:
    judged = audited.clio.layout.period_file(day).query(
        "SELECT passed FROM topic_audit JOIN topics USING (topic_id) "
        "WHERE rule = 'G-14' AND name <> ''"
    )
    assert len(judged) >= 10
    assert judged["passed"].all()
