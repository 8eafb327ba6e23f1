"""The report as a reader of HTML sees it, without a browser."""

from __future__ import annotations

from html.parser import HTMLParser


class Read(HTMLParser):
    """Every table by its caption, each row as column -> text, all text, all elements."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tables: dict[str, list[dict[str, str]]] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._within: list[str] = []
        self._heads: list[str] = []
        self._cells: list[str] = []
        self._caption = ""
        self.feed(page.decode())

    def of(self, element: str, **attributes: str) -> list[dict[str, str | None]]:
        """Attributes of the elements of that name that have these ones; `kind` is a class."""
        kind = attributes.pop("kind", None)
        return [
            found
            for name, found in self.elements
            if name == element
            and (kind is None or kind in (found.get("class") or "").split())
            and attributes.items() <= found.items()
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within.append(tag)
        if tag == "caption":
            self._caption, self._heads = "", []
        if tag == "tr":
            self._cells = []
        if tag in {"th", "td"}:
            self._cells.append("")
        if tag == "code" and "td" in self._within:
            self._cells[-1] += "\n"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if "style" in self._within:
            return
        self.text += data
        if "caption" in self._within:
            self._caption += data
        elif {"th", "td"} & set(self._within) and "svg" not in self._within:
            self._cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass
        if tag == "thead":
            self._heads = self._cells
        elif tag == "tr" and "tbody" in self._within:
            row = dict(zip(self._heads, self._cells, strict=True))
            self.tables.setdefault(self._caption, []).append(row)
