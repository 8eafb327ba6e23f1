"""What holds for every test."""

import pytest
from hypothesis import settings

# A rule is tested for what it says, not for how fast: on a busy machine one example in hundreds
# took longer than the 200 ms that hypothesis allows.
settings.register_profile("clio", deadline=None)
settings.load_profile("clio")

LONG = ("real_text", "local_model", "released_demo")
"""Files of minutes each: begun first, or one core would work through the last of them alone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; what runs on several cores is handed out in this order.

    Files stay whole and as they are: a test may stand where it does for a reason.
    """
    long = {item.path for item in items if any(name in item.nodeid for name in LONG)}
    medium = {item.path for item in items if item.get_closest_marker("platform")}
    items.sort(key=lambda item: (item.path not in long, item.path not in medium))
