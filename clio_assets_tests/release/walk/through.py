"""One walk through the whole page of a bundle, whichever release it is of.

Every figure it meets is compared with the tables beside the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clio_assets_tests.release.opened import PHONE, WIDE, Opened
from clio_assets_tests.release.serve.serving import serving
from clio_assets_tests.release.walk import (
    colours,
    comparison,
    finding,
    languages,
    moves,
    on_map,
    outline,
    panel,
    table,
)
from clio_assets_tests.release.walk.tables import Tables

Step = Callable[[Opened, Tables], None]

LOOKS: list[Step] = [on_map.assert_map, colours.assert_every_colour]
"""What light and dark, wide and phone change."""
USES: list[Step] = [
    outline.assert_tree,
    panel.assert_panel_of_every_topic,
    panel.assert_choice_and_return,
    on_map.assert_press_chooses,
    on_map.assert_wheel_and_drag,
    on_map.assert_keys_on_the_map,
    table.assert_table,
    comparison.assert_periods_compared,
    comparison.assert_values_compared,
    languages.assert_languages,
    finding.assert_search,
    finding.assert_filters,
    finding.assert_whats_new_leads_on,
    moves.assert_keys_in_the_tree,
    moves.assert_back,
    moves.assert_addresses,
    moves.assert_pictures,
]


@dataclass(frozen=True)
class Manner:
    """How the page is opened, and whether it is used besides being looked at."""

    viewport: dict[str, int]
    scheme: str
    served: bool
    used: bool

    def __str__(self) -> str:
        size = "phone" if self.viewport == PHONE else "wide"
        return f"{size}-{self.scheme}-{'served' if self.served else 'file'}"


MANNERS = [
    Manner(WIDE, "light", served=False, used=True),
    Manner(PHONE, "dark", served=True, used=True),
    # What one does is the same in any colours, and costs most of a walk.
    Manner(WIDE, "dark", served=True, used=False),
    Manner(PHONE, "light", served=False, used=False),
]


def walk(browser: Any, bundle: Path, manner: Manner) -> None:
    """Go through every view of a published bundle, and fail where it is not as its tables say."""
    tables = Tables(bundle)
    options = {"viewport": manner.viewport, "color_scheme": manner.scheme}
    of_topics = [*LOOKS, *(USES if manner.used else [])] if tables.topics else []
    with _address(bundle, manner) as address:
        visit = Opened(browser, address, **options)
        for step in [outline.assert_opening, *of_topics, moves.assert_fits_and_accessible]:
            visit.at("")
            step(visit, tables)
            visit.assert_silent()
        assert visit.policy_refuses_script()
        visit.page.close()


@contextmanager
def _address(bundle: Path, manner: Manner) -> Iterator[str]:
    if not manner.served:
        yield (bundle / "index.html").as_uri()
        return
    # <home>/release/bundles/<period>/v1
    with serving(bundle.parents[3]) as running:
        yield f"http://127.0.0.1:{running.port}/{bundle.parent.name}/{bundle.name}/"
