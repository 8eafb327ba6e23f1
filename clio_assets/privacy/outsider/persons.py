"""Does a text point at one person or a few, also where no pattern of G-13 would match?

Names where the words around them say that somebody is meant, single offices, single places, ages,
days, exact amounts, numbers in words. A given name or a place alone is not refused: "Story, Anna,
dragon" and "Bus, Sacramento" are topics.
"""

from __future__ import annotations

import re

from clio_assets.privacy.outsider.names import names_somebody
from clio_assets.privacy.outsider.wording import (
    CAPITAL,
    NUMBER_WORD,
    PERSON,
    TO_A_PLACE,
    kinds_found,
    patterns,
)

_TITLE = (
    r"(?-i:Mr|Mrs|Ms|Miss|Mister|Dr|Prof|Doctor|Professor|Judge|Officer|Father|Uncle|Aunt|Aunty"
    r"|Captain|Sergeant|Senator|Reverend|Rabbi|Imam|Coach|[Ss]enora?|Sra?|[Dd]on|[Dd]ona"
    r"|[Dd]octora?|Herrn?|Frau|[Oo]nkel|[Tt]ante|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle|Mme|Mlle"
    r"|[Mm]aitre|[Dd]octeur|[Ss]enhora?|[Ss]eu|[Dd]outora?|[Ss]ignora?|[Dd]ott|[Mm]evrouw"
    r"|[Mm]eneer|Dhr|Mevr|judge|officer|uncle|aunt|professor|doctor|father|[Tt]i[oa])"
)
_NO_NAME = (
    r"(?!(?:Who|Christmas|Universe|Sam|Time|Day|Appointments?|Visits?|Notes?|Reviews?|Strange"
    r"|Quixote|Draft|Feedback|Gifts?|Ideas?|Letters?|Questions?|Training|America|Holmes)\b)"
)
_RELATION = (
    r"(?:neighbou?r|boss|colleague|coworker|co-worker|client|sister|brother|cousin|uncle|aunt"
    r"|husband|wife|son|daughter|friend|roommate|manager|landlord|patient|partner"
    r"|vecin[oa]|jef[ae]|herman[oa]|prim[oa]|hij[oa]|amig[oa]|paciente|marido"
    r"|voisin[e]?|patron(?:ne)?|frere|soeur|cousin[e]?|fils|fille|collegue"
    r"|vizinh[oa]|irma[o]?|filh[oa]|colega|chefe|patra[o]?|vicin[oa]|fratello|sorella"
    r"|buurman|buurvrouw)"
)
_POSSESSIVE = r"(?:my|our|his|her|their|mi|mon|ma|notre|meu|minha|il mio|la mia|mijn|nuestr[oa])"
_MEIN = r"(?:mein|meine|meinem|meinen|meiner|unser|unsere)"
_GERMAN_RELATION = (
    r"(?:Nachbar(?:in|n)?|Chef(?:in)?|Kolleg(?:e|en|in)|Bruder|Schwester|Freund(?:in)?|Sohn"
    r"|Tochter|Mann|Frau|Cousine?|Onkel|Tante|Vermieter(?:in)?)"
)
_ROLE = (
    r"(?:mayor|ceo|cfo|cto|president|principal|headmaster|headmistress|head\s*teacher|director"
    r"|chair(?:man|woman|person)?|founder|owner|captain|coach|bishop|priest|pastor|imam|rabbi"
    r"|sheriff|chief|treasurer|secretary|governor|senator|councill?or|councilman|dean|rector"
    r"|editor|conductor|minister|ambassador|keeper|guard|burgermeister(?:in)?"
    r"|schulleiter(?:in)?|direktor(?:in)?|leiter(?:in)?|vorsitzende[rn]?|geschaftsfuhrer(?:in)?"
    r"|pfarrer(?:in)?|trainer(?:in)?|alcalde(?:sa)?|alcaldesa|directora?|presidente|jef[ae]"
    r"|gerente|parroco|entrenadora?|maire|direct(?:eur|rice)|presidente?|proviseur|cure"
    r"|prefeit[oa]|diretora?|chefe|padre|treinadora?|sindaco|direttore|burgemeester"
    rf"|(?:senior\s+)?{PERSON})"
)
_COUNTRY = r"(?!\s*(?:the\s+)?(?:united|france|brazil|mexico|america|usa|us|uk|eu|germany|spain)\b)"
_SCHOOL = (
    r"(?:School|High|Academy|College|University|Clinic|Hospital|Church|Parish|Kindergarten|Nursery"
    r"|Museum|Warehouse|Court|Close|Street|Road|Lane|Avenue|Boulevard|Drive|Crescent|Square|Terrace"
    r"|Gazette|Rectory)"
)
_GENERIC = (
    r"(?!(?:High|Medical|Law|Business|Middle|Elementary|Primary|Secondary|Graduate|Grad|Driving"
    r"|Summer|Art|Music|Sunday|Nursing|Public|Private|Community|Old|New|My|Your|Our|The|This|A|An"
    r"|Local|Dental|Junior|Senior|Prep|State|Wall|Sesame|Main|High|Supreme|Small|Silk|Times|Abbey"
    r"|City|Animal|Pet|Night|Online|Boarding|Language|Film|Dance|Cooking|Coding|Trade|Tennis|Food"
    r"|Appeal|Hard|Data|Disk|Flash|Test|Root|Before|After|For|From|To|In|At|On|And|Back|Cross"
    r"|Write|Plan|Choose|Find|Compare|Skip|Change|Leave|Start|Apply|Explain|Visit|Pay|Walk)\b)"
)
_KIND_OF_SCHOOL = (
    r"(?:(?:Primary|Middle|High|Elementary|Secondary|Grammar|State|Community|General"
    r"|Children’s|Children's)\s+)?"  # noqa: RUF001
)
_BEFORE_NAME = (
    r"(?:[Cc]olegio|[Ee]scuela|[Ii]nstituto|[Cc]linica|[Hh]ospital|[Cc]alle|[Aa]venida|[Pp]laza"
    r"|[Pp]arroquia|[Ee]scola|[Rr]ua|[Pp]raca|[Tt]ravessa|[Ll]ycee|[Ee]cole|[Cc]ollege|[Cc]linique"
    r"|[Hh]opital|[Rr]ue|[Ii]mpasse|[Pp]aroisse|[Kk]linik|[Pp]raxis|[Gg]ymnasium|[Vv]iale?"
    r"|[Pp]iazza|[Oo]spedale|[Ss]cuola)"
)
_LINK = r"(?:(?:de|del|de la|de las|de los|des|du|da|das|do|dos|dei|degli|delle|della|la|le)\s+)?"
_MONTH = (
    r"(?:january|february|march|april|june|july|august|september|october|november|december"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|januar|februar|marz|mai|juni|juli|oktober|dezember|janvier|fevrier|mars|avril|juin|juillet"
    r"|aout|septembre|octobre|decembre|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro"
    r"|novembro|dezembro|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre)"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth"
    r"|twenty-\w+|thirtieth|thirty-first)"
)
_MONEY = r"(?:euros?|dollars?|pounds?|francs?|pesos?|reais|yen|rupees?|eur|usd|gbp|chf)"
_COUNTED = (
    r"(?:account|order|policy|passport|licen[cs]e|plate|case|ticket|invoice|badge|tracking"
    r"|serial|room|pin|code|reference|phone|customer|member|pedido|cuenta|poliza|matricula"
    r"|kontonummer|bestellnummer|kennzeichen|kundennummer|commande|compte|conta|apolice|placa)"
)

PERSONS = patterns(
    {
        "a name after a title": [
            rf"\b{_TITLE}\.?[ ]+{_NO_NAME}(?:(?:van|von|de)\s+(?:(?:der|den|la)\s+)?)?{CAPITAL}",
        ],
        "a name": [
            rf"\b(?:named|by the name of|genannt|namens|llamad[oa]|nombrad[oa]|nomme[e]?"
            rf"|chamad[oa]|appele[e]?|di nome)\s+{CAPITAL}",
            r"\b(?:patient|man|woman|person|colleague|user|engineer|nurse)s?\s+(?:named|called)\b",
            rf"\bnamed\s+{CAPITAL}",
            rf"\b{_POSSESSIVE}\s+(?:\w+\s+)?{_RELATION}\s+{CAPITAL}",
            rf"\b{_MEIN}\s+(?:\w+\s+)?{_GERMAN_RELATION}\s+{CAPITAL}(?=\s+(?:und|ist|hat|will)\b"
            rf"|$)",
            rf"(?-i:\b(?:Neighbou?r|Boss|Colleague|Client|Cousin|Vecin[oa]|Jef[ae]|Voisine?"
            rf"|Vizinh[oa])\s+{CAPITAL})",
            r"(?-i:(?<![\w.])(?:[A-Z]\.\s?){1,3}[A-Z][a-z]{2,})",
            rf"(?-i:\b(?:[Ff]amili[ea]|[Ff]amille|[Hh]ermanos|[Ee]poux|[Ii]rmaos|[Ff]rere?s"
            rf"|[Tt]enants?"
            rf"|[Pp]ostman)(?:,|\s+\w+,)?\s+(?:the\s+)?{CAPITAL})",
            rf"(?-i:{CAPITAL}\s+family\b)",
            rf"(?-i:\b[Tt]he\s+{CAPITAL}\s+(?:family|household|brothers|sisters|twins))\b",
        ],
        "an office that one person holds": [
            rf"\b{_ROLE}\s+(?-i:{TO_A_PLACE}){_COUNTRY}",
            rf"\b{_ROLE}\s+(?:of|at|in|von)\s+(?:the|an?|one|la|le|el|der)\s+"
            r"(?:\w+\s+)?(?:village|museum|clinic|school|team|club|parish|lighthouse|town)\b",
            r"\b(?:widow(?:er)?|daughters?|sons?|twins|wife|husband|mother|father)\s+of\s+(?:the"
            r"|a)\s",
            rf"\b(?:former|previous|current|youngest|oldest|eldest)\s+{_ROLE}\s+(?:of|at|in|on)\b",
            r"\bnight\s+guard\b",
        ],
        "one person or a few": [
            rf"\b(?:the|this)\s+(?:only|sole|lone|same|single)\s+(?:\w+\s+)?{PERSON}\b",
            rf"\b(?:only|sole|lone)\s+(?:\w+\s+)?{PERSON}\b",
            rf"\b(?:a|one)\s+(?:single|certain|particular)\s+{PERSON}\b",
            rf"\bone\s+{PERSON}\b",
            r"\bthis\s+(?:user|person|patient|man|woman|account)\b",
            r"\bthe\s+(?:user|person|man|woman|patient)\s+(?:is|was|has|had|lives|who|wants|asks"
            r"|works|says|tells|describes)\b",
            rf"\b(?:the|an?|une?|uma?|una|ein|eine)\s+(?:[\w-]+\s+){{0,2}}{PERSON}\s+"
            r"(?:who|whose|lives?|living|asks|writes|pregunta|pide|sucht|fragt|demande|pede)\b",
            rf"\b(?:the|an?|une?|uma?|una|ein|eine)\s+(?:[\w-]+\s+){{0,2}}{PERSON}\s+"
            r"(?:at\s+one|from\s+an?\s+(?:small\s+)?(?:town|village))\b",
            rf"\b(?:two|three|four|2|3|4|dos|zwei|drei|deux|trois|dois|duas)\s+(?:\w+\s+)?"
            rf"(?!{PERSON.replace('|player', '')}?\s){PERSON}(?:s|es|en|innen)\b",
            r"\b(?:unic[oa]|einzige[rn]?|seule?)\s+(?:\w+\s+)?(?:d[oae]l?\s)?" + PERSON + r"\b",
            r"\b(?:unic[oa]|seule?)\s+\w+\s+(?:del pueblo|du village|da vila|da aldeia)\b",
            r"\b(?:the|a)\s+(?:\w+\s+)?(?:couple|\w+(?:er|or|ist|ant|ern|man))\s+(?:who"
            r"|that)\s+\w+(?:s|ed|t)\b",
            rf"^(?:the|la|le|el|il|der|die|o|a)\s+\w*(?:ero|era|ista|ienn?e|eur|euse|iere?|eir[oa]"
            rf"|tora?"
            rf"|estr[oa]|ote|aio|ster|er|erin)\s+(?:de|du|von|vom|di|do|da|of|from|in"
            rf"|at)\s+{CAPITAL}",
            r"\bsomeone(?:'s|’s)\b",  # noqa: RUF001
        ],
        "an age": [
            rf"\b(?:\d{{1,3}}|{NUMBER_WORD}(?:[\s-]{NUMBER_WORD})?)[\s-]+years?[\s-]+old\b(?!s)",
            rf"\b{PERSON}\s+(?:of|aged?)\s+\d{{2}}\b",
            r"\baged\s+\d{1,3}\b(?!\s*(?:to|-|–|and|or|\+))",  # noqa: RUF001
            rf"\bturn(?:s|ed|ing)\s+(?:\d{{2}}|{NUMBER_WORD})(?:-|\b)",
            r"\bborn\s+(?:on|in)\b",
            r"\b\d{1,3}[\s-]jahrige[rnms]?\b|\b\d{1,3}\s+Jahre\s+alt",
            rf"\b{PERSON}\s+de\s+\d{{1,3}}\s+(?:anos|ans)\b|\b\d{{1,3}}\s+anos\s+de\s+(?:edad"
            rf"|idade)",
            r"^\d{2}\s+(?:ans|anos),",
        ],
        "a day": [
            rf"\b(?:\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?|{_ORDINAL})\s+(?:of\s+|de\s+)?{_MONTH}\b",
            rf"\b{_MONTH}\s+(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})\b(?!\s*(?:%|days))",
        ],
        "an exact amount": [
            rf"\b\d{{1,3}}(?:[.,]\d{{3}})*[.,]\d\d\s*(?:{_MONEY}|[€$£¥])",
            rf"\bexactly\s+\d+\s+{_MONEY}|\b{_MONEY}\s+and\s+\d+\s+cents?\b",
            r"[€$£¥]\s?\d{1,3}(?:[.,]\d{3})*[.,]\d\d\b",
            rf"\b(?=(?:\w|[\s-])*(?:hundred|thousand|mil|mille|cien|cent)){NUMBER_WORD}"
            rf"(?:[\s-]+(?:and\s+|y\s+|e\s+|et\s+)?{NUMBER_WORD}){{2,}}\s+{_MONEY}\b",
            r"\b\w*(?:hundert|tausend)(?:und)?\w{3,}\s+(?:euro|franken|dollar)\b",
        ],
        "a number in words": [
            rf"\b{NUMBER_WORD}(?:[\s,-]+{NUMBER_WORD}){{3,}}\b",
            rf"\b{_COUNTED}s?\s*(?:(?:number|no|nr|numero)\b\.?)?\s*"
            rf"(?:is|:|spelled as|ending in|ends in)?\s*(?:[A-Z]\s+)?{NUMBER_WORD}"
            rf"\s+{NUMBER_WORD}\b",
            r"(?-i:\b[Pp]lates?\s+[A-Z]{1,3}[\s-]?[A-Z]{1,3}[\s-]?\d{2,})",
            r"(?-i:\b[A-Z]{1,3}-[A-Z]{1,2}[\s-]\d{2,4}\b)",
            r"\broom\s+\d{2,4}\b|\b(?:flat|apartment|apt|unit)\s+\d+[a-z]?\b",
            rf"\b(?:house\s+)?number\s+(?:\d{{1,4}}|{NUMBER_WORD}),\s+{CAPITAL}",
        ],
        "a single place": [
            rf"(?-i:\b{_GENERIC}{CAPITAL}(?:\s+{CAPITAL})?\s+{_KIND_OF_SCHOOL}{_SCHOOL})\b",
            rf"(?-i:(?:\b(?:at|to|of|in|on|near)\s+){_GENERIC}{CAPITAL}\s+(?:\w+\s+)?"
            r"(?:school|academy|college|clinic|hospital|church|street|road|lane|avenue))\b",
            rf"(?-i:\b{_BEFORE_NAME}\s+{_LINK}{CAPITAL})",
            r"(?-i:\b(?!(?:Haupt|Grund|Hoch|Fahr|Musik|Tanz|Volkshoch|Fach|Berufs|Gesamt|Real"
            r"|Sprach|Abend|Ober|Mittel|Privat|Ski|Einbahn|Neben|Land|Bundes|Wohn|Auto)"
            r"(?:schule|strasse))"
            r"[A-Z]\w{2,}(?:strasse|gasse|schule|gymnasium|allee))\b",
            r"(?-i:\b[A-Z][\w&]+(?:\s+[A-Z][\w&]+)?\s+(?:Ltd|Inc|LLC|GmbH|AG|SARL|SA|SL|Lda|Ltda"
            r"|KG|BV|Oy|AB|Corp|PLC))\b",
            r"\bcorner of\b|\b(?:registration|licen[cs]e plate)\s+[a-z]{1,3}\s",
            rf"\b(?:isle|island|ilha|isla|ile|insel|village|hamlet|parish|pueblo|aldeia|hameau"
            rf"|dorf)\s+(?:of|de|named)\s+{CAPITAL}",
            rf"\b(?:small|tiny|remote|little)\s+(?:town|village|island)\s+(?:of|in|near"
            rf"|on)\s+{CAPITAL}",
        ],
    }
)

_JAPANESE_NAMES = (
    "佐藤|鈴木|高橋|田中|伊藤|渡辺|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|斎藤|清水"
    "|山崎|阿部|池田|橋本|石井|小川|前田|岡田|藤田|後藤|近藤|村上|遠藤|坂本|青木|藤井|西村|太田"
)
JAPANESE = patterns(
    {
        "a name after a title": [
            r"(?<![\u4e00-\u9fff])(?!皆|客|母|父|姉|兄|奥|患者|子|娘|息子|業者|店員|神|王|殿|旦那"
            r"|隣"
            r"|同|多|各|仕|有|異)[\u4e00-\u9fff々]{1,4}(?:さん|くん|ちゃん|氏)",
            rf"(?:{_JAPANESE_NAMES})(?:先生|様|部長|課長|社長|教授|医師|君|家)",
        ],
        "a name": rf"(?:{_JAPANESE_NAMES})(?!部|課|社|先)[\u4e00-\u9fff]{{1,3}}(?=の|は|が|と|を|に"
        rf"|$)",
        "one person or a few": "ただ一人|唯一の.{0,4}(?:人|員|師|者|医)|たった一人",
        "an office that one person holds": r"[\u4e00-\u9fff]{2,}の?(?:市長|町長|村長|校長|園長)",
        "an age": r"[0-9一二三四五六七八九十]{1,3}歳の|[0-9]{1,3}歳,|歳の(?:女性|男性)",
        "a day": r"(?:[0-9一二三四五六七八九十]{1,2})月(?:[0-9一二三四五六七八九十]{1,3})日",
        "a single place": r"[\u4e00-\u9fff]{2,}(?<!公立)(?<!私立)(?:小学校|中学校|病院|医院"
        r"|クリニック)"
        r"(?=の|で|に)|[\u4e00-\u9fff]{1,4}町[一二三四五六七八九十0-9]+丁目|丁目",
    }
)
"""Names before a title, offices, ages, days and places as Japanese writes them."""

HOLIDAYS = re.compile(
    r"\b(?:1(?:st)? january|january 1(?:st)?|14 february|february 14(?:th)?|14 juillet|fourth of "
    r"july|july (?:4(?:th)?|fourth)|4(?:th)?(?: of)? july|1\.? mai|1 er mai|1 de (?:mayo|maio"
    r"|janeiro|enero)|6 de enero|24 december|december 2[45](?:th)?|2[45] december|31 october"
    r"|october 31(?:st)?|31 december|december 31(?:st)?|8 march|march 8(?:th)?|17 march"
    r"|march 17(?:th)?|3\. oktober|7 de setembro|5 de mayo|cinco de mayo|25 avril|9/11"
    r"|september 11(?:th)?)\b",
    re.IGNORECASE,
)
"""Days that everybody knows."""


def pointing_at_persons(text: str) -> list[str]:
    """Return what in a folded text (`wording.folded`) points at one person or a few, as kinds."""
    found = kinds_found(HOLIDAYS.sub(" ", text), PERSONS) + kinds_found(text, JAPANESE)
    if names_somebody(text):
        found.append("a name")
    return list(dict.fromkeys(found))
