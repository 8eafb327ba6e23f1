"""The one Definitions that Dagster loads."""

from clio_assets.config import load_settings
from clio_assets.defs.build import build_definitions
from clio_assets.defs.doctor import require_safe
from clio_assets.storage.closed import close_to_others

close_to_others()
settings = load_settings()
if settings.production:
    require_safe(settings)
defs = build_definitions(settings)
