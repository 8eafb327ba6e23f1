"""The one Definitions that Dagster loads."""

from clio_assets.config import load_settings
from clio_assets.defs.build import build_definitions

defs = build_definitions(load_settings())
