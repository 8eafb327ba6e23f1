"""The explorer page of a bundle: one self-contained HTML file, made from released rows alone."""

from clio_assets.release.page.render import render_page

__all__ = ["render_page"]
