"""Which words of a text may be shown together: those that many accounts use together.

Words that each have support (G-11) can still say together what one account says. Fifty planted
chats that repeat a person's age and symptom, and name a few diseases each ten times, lend support
to every word of that person's own request: a model that obeys them finds it among the lines it is
shown and names the disease (CLIOPATRA, arXiv 2603.09781; attack A-2). So a line shows a set of
words that `minimum` accounts use together, and nothing by which fewer than that could be told from
the rest of those.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray


class SharedWords:
    """The words of a topic's texts: which accounts use which of them together."""

    def __init__(
        self, texts: Sequence[Collection[str]], accounts: Sequence[int], minimum: int
    ) -> None:
        """texts: the words of each of n texts; accounts: whose they are; minimum: as in G-11."""
        self._minimum = minimum
        self._rows = np.argsort(accounts, kind="stable")
        self._first = np.unique(np.asarray(accounts)[self._rows], return_index=True)[1]
        column = {word: n for n, word in enumerate(sorted({w for words in texts for w in words}))}
        uses = np.zeros((len(column), len(texts)), bool)
        for place, row in enumerate(self._rows):
            uses[[column[word] for word in texts[row]], place] = True
        # The most used words first.
        order = np.argsort(-self._counts(uses), kind="stable")
        self._words, self._uses = np.array([*column])[order], uses[order]

    def shared_with(self, row: int) -> tuple[frozenset[str], int]:
        """Return the words to show for a text, and a row that holds them: its own where it does.

        The text's most used words first, each kept while `minimum` accounts use all that are kept.
        Then each word is added that fewer than `minimum` of these accounts do not use: its lack
        would set those few apart.
        """
        own = self._uses[:, self._rows == row][:, 0]
        users = np.ones(self._uses.shape[1], bool)
        kept = np.zeros(len(self._words), bool)
        for word in np.flatnonzero(own):
            both = users & self._uses[word]
            if self._counts(both[None])[0] >= self._minimum:
                kept[word], users = True, both
        while kept.any() and (added := self._implied(kept, users)) is not None:
            kept[added], users = True, users & self._uses[added]
        holders = self._rows[users]
        shown = frozenset(self._words[kept].tolist())
        return shown, row if row in holders else int(holders.min())

    def _implied(self, kept: NDArray[np.bool_], users: NDArray[np.bool_]) -> int | None:
        """The most used word that is missing and that nearly all of the users use."""
        counts = self._counts(self._uses & users)
        nearly_all = counts > self._counts(users[None])[0] - self._minimum
        missing = np.flatnonzero(nearly_all & (counts >= self._minimum) & ~kept)
        return int(missing[0]) if len(missing) else None

    def _counts(self, uses: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Accounts with a text in each of some sets of texts (k, n)."""
        if not uses.size:
            return np.zeros(len(uses), np.int64)
        counts: NDArray[np.int64] = np.logical_or.reduceat(uses, self._first, axis=1).sum(1)
        return counts
