"""Pages without script: a template of ours, one style, and a policy that allows nothing else."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from clio_assets.release.page.render import policy_hash


def render_inert(
    template: str, style: str, finalize: Callable[[object], object] | None = None, **values: object
) -> bytes:
    """Return the page; its Content-Security-Policy allows exactly its style, by hash.

    `finalize` is what each value passes on its way into the page, before it is escaped.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=finalize,
    )  # fmt: skip
    return (
        environment.from_string(template)
        .render(
            policy=(
                f"default-src 'none'; style-src '{policy_hash(style)}'; img-src data:; "
                "base-uri 'none'; form-action 'none'"
            ),
            style=Markup(style),  # noqa: S704 - our own file, not data
            **values,
        )
        .encode()
    )
