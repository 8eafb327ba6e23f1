"""How the patterns of this folder read a text, and the words that they share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from clio_assets.privacy.decoding import visible

_ACCENTS = re.compile("[\u0300-\u036f]")

CAPITAL = r"(?-i:[A-ZØŁÞÐÆŒĐ][\w-]+)"
"""A word with a capital letter, also in patterns that ignore case."""
_PLACE = r"(?:of|in|at|for|from|on|von|vom|in|im|aus|bei|de|del|du|des|da|do|em|di|van|a|à)"
TO_A_PLACE = rf"{_PLACE}\s+(?:(?:the|la|le|el|il|der|die|das|den|o|os|as|los|las)\s+)?{CAPITAL}"
""" "of Fernby", "at the Tallis": which one of many is meant."""

PERSON = (
    r"(?:man|woman|lady|guy|girl|boy|person|patient|employee|worker|cowork\w+|co-worker|colleague"
    r"|neighbou?r|nurse|engineer|teacher|student|pupil|apprentice|trainee|resident|tenant|pilot"
    r"|widow(?:er)?|owner|player|councillor|accountant|plumber|firefighter|veterinarian|vet"
    r"|cashier|guard|designer|officer|clerk|driver|farmer|baker|dentist|priest|roommate|flatmate"
    r"|friend|boss|manager|client|customer|tenant|uncle|aunt|cousin|brother|sister|husband|wife"
    r"|mother|father|mom|dad|son|daughter|partner|ex|spouse|girlfriend|boyfriend|fiancee?|au pair"
    r"|nanny|teen|teenager|couple|member|cleaner"
    r"|mujer|hombre|vecin[oa]|companer[oa]|emplead[oa]|enfermer[oa]|profesor[a]?|alumn[oa]"
    r"|panader[oa]|veterinari[oa]|medic[oa]|herman[oa]|marido|esposa?|madre|hij[oa]|amig[oa]"
    r"|paciente|jef[ae]|tio|tia|prim[oa]"
    r"|mann|nachbar(?:in)?|kolleg(?:e|en|in)|mitarbeiter(?:in)?|lehrer(?:in)?|schuler(?:in)?"
    r"|pfleger(?:in)?|tierarzt|tierarztin|auszubildende[rn]?|patient(?:in)?|bruder|schwester|vater"
    r"|mutter|sohn|tochter|freund(?:in)?|mitbewohner(?:in)?|chef(?:in)?|onkel|tante"
    r"|femme|homme|voisin[e]?|collegue|employe[e]?|infirmi(?:er|ere)|professeure?|eleve|patient[e]?"
    r"|veterinaire|frere|soeur|mari|mere|pere|fils|fille|ami[e]?|patron(?:ne)?|oncle"
    r"|mulher|homem|vizinh[oa]|colega|funcionari[oa]|enfermeir[oa]|professora?|alun[oa]|irma[o]?"
    r"|filh[oa]|mae|pai|patra[o]?|dentista"
    r"|vicin[oa]|collega|fratello|sorella|buurman|buurvrouw)"
)
"""One person, by what they are to somebody or to others; in the singular."""

NUMBER_WORD = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|thousand"
    r"|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|veinte|treinta|cuarenta"
    r"|cincuenta|cien|ciento|mil|doscientos|trescientos|quinientos"
    r"|null|eins|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|zwanzig|dreissig|vierzig|funfzig"
    r"|un|deux|trois|quatre|cinq|sept|huit|neuf|dix|vingt|trente|quarante|cinquante|cent|mille"
    r"|um|dois|duas|quatro|sete|oito|nove|dez|vinte|trinta|quarenta|cem|cento|duzentos"
    r"|due|tre|quattro|cinque|sei|sette|otto)"
)


def folded(text: str) -> str:
    """As a reader sees it (NFKC, nothing invisible), without accents; case and line breaks stay."""
    parted = unicodedata.normalize("NFKD", visible_lines(text))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parted)).replace("ß", "ss")


def visible_lines(text: str) -> str:
    """`decoding.visible` of each line."""
    return "\n".join(visible(line) for line in text.splitlines())


def patterns(wanted: Mapping[str, str | Iterable[str]]) -> dict[str, re.Pattern[str]]:
    """Compile kind -> alternatives; case is ignored where a pattern does not say otherwise."""
    return {
        kind: re.compile(given if isinstance(given, str) else "|".join(given), re.IGNORECASE)
        for kind, given in wanted.items()
    }


def kinds_found(text: str, wanted: Mapping[str, re.Pattern[str]]) -> list[str]:
    """Return the kinds whose pattern stands in a folded text."""
    return [kind for kind, pattern in wanted.items() if pattern.search(text)]
