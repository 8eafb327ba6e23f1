"""The Definitions of the second code location: refuses to load until somebody means it."""

from clio_assets.config import load_settings
from clio_assets.safety.zone import open_zone
from clio_assets.storage.closed import close_to_others

close_to_others()
settings = load_settings()
# Before anything else is loaded, so that the refusal is all that one sees.
zone = open_zone(settings)

from clio_assets.safety.defs.build import build_safety_definitions  # noqa: E402

defs = build_safety_definitions(settings, zone)
