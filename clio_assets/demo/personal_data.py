"""Made-up personal data, valid in form and owned by nobody, for the privacy checks to look for."""

from __future__ import annotations

import string
from collections.abc import Callable
from random import Random

from clio_assets.demo.grammar import REFERENCE, alternatives, read_yaml

# Syllables of made-up names.
_HEADS = ("Ba", "Be", "Bri", "Ca", "Da", "Do", "El", "Fa", "Ga", "Ha", "Ira", "Jo", "Ka", "Lu")
_MIDDLES = ("dra", "len", "mi", "nor", "pa", "ri", "sha", "ta", "vel", "zo", "kri", "mon", "rad")
_TAILS = ("sk", "ne", "del", "lin", "vic", "ro", "man", "ster", "qvist", "lez", "mur", "tov")


class PersonalData:
    """Makes sentences with personal data; nothing is made twice by one instance."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._made: set[str] = set()
        self._carriers = {
            language: alternatives(text) for language, text in read_yaml("personal_data").items()
        }
        self._makers: dict[str, Callable[[], str]] = {
            "name": self._name,
            "email": lambda: (
                f"{self._name().replace(' ', '.').lower()}@example.{self._of('com org net')}"
            ),
            "phone": lambda: f"+1 {self._number(200, 989)} 555 01{self._digits(2)}",
            "card": self._card,
            "iban": self._iban,
            "api_key": lambda: (
                "sk-" + "".join(rng.choices(string.ascii_letters + string.digits, k=40))
            ),
            "address": lambda: (
                f"{self._number(2, 240)} {self._word()} Street, {self._digits(5)} {self._word()}"
            ),
        }

    def sentence(self, language: str) -> tuple[str, list[str]]:
        """Return a sentence in the language and the personal data it carries."""
        planted: list[str] = []

        def make(name: str) -> str:
            value = self._makers[name]()
            while value in self._made:
                value = self._makers[name]()
            self._made.add(value)
            planted.append(value)
            return value

        carrier = self._rng.choice(self._carriers[language])
        return REFERENCE.sub(lambda match: make(match[1]), carrier), planted

    def _of(self, words: str) -> str:
        return self._rng.choice(words.split())

    def _number(self, low: int, high: int) -> int:
        return self._rng.randint(low, high)

    def _digits(self, count: int) -> str:
        return "".join(self._rng.choices(string.digits, k=count))

    def _word(self) -> str:
        rng = self._rng
        return rng.choice(_HEADS) + rng.choice(_MIDDLES) + rng.choice(_TAILS)

    def _name(self) -> str:
        first = self._rng.choice(_HEADS) + self._rng.choice(_MIDDLES)
        return (
            f"{first} {self._rng.choice(_HEADS)}{self._rng.choice(_MIDDLES)}{self._word().lower()}"
        )

    def _card(self) -> str:
        body = "4" + self._digits(14)
        digits = body + luhn_digit(body)
        return " ".join(digits[start : start + 4] for start in range(0, 16, 4))

    def _iban(self) -> str:
        account = self._digits(18)
        return f"DE{iban_check('DE', account)}{account}"


def luhn_digit(body: str) -> str:
    """The check digit of a card number (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def iban_check(country: str, account: str) -> str:
    """The two check digits of an IBAN (ISO 13616, mod 97)."""
    letters = "".join(str(int(letter, 36)) for letter in country)
    return f"{98 - int(account + letters + '00') % 97:02d}"
