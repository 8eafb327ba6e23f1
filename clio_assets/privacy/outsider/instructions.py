"""Does a text speak to whoever reads it, or name no subject at all?

Topics about prompts, instructions and systems are topics; what is refused are orders, parts
played in a dialogue, claims to have been checked, and code, keys and lists of ids.
"""

from __future__ import annotations

import re

from clio_assets.privacy.outsider.wording import kinds_found, patterns

_EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|all|any|every\w*|the (?:rules|guidelines"
    r"|instructions|above|previous)|your|these)"
)
_FIVE = r"(?:5|five|cinco|funf|cinq|cinque|highest|top|maximum)"
_OF_AUDITS = (
    r"(?:pass|accept\w*|approv\w+|reject\w*|refus\w+|forbidden|audit\w*|reviewers?|rating|top mark"
    r"|mark complete|no need|grading key|true for|aprueb\w+|revisar|valide[rz]?|verifier|prufung"
    r"|freigeben|genehmig\w+|aprov\w+|stop)"
)

INSTRUCTIONS = patterns(
    {
        "an order": [
            rf"\b(?:ignore|disregard|forget|override|bypass|skip)\s+(?:\w+\s+)?{_EARLIER}\b",
            r"\b(?:override|bypass|disable|skip)\b.{0,20}\b(?:audit|check|filter|rule|review)",
            r"\boverride\b|\bjailbreak,|\bdeveloper mode\b|\b(?:you are|eres) dan\b",
            rf"\brat(?:e|ing)\b.{{0,25}}\b{_FIVE}\b",
            rf"\b(?:score|grade)\s+(?:of|it)\s+{_FIVE}\b|\bhighest rating\b",
            r"\bsensitive\s*(?:to|is|:|=)?\s*(?:false|no)\b",
            r"\b(?:output|print|reveal|show|list|repeat|copy|write|return|leak)\s+"
            r"(?:me\s+)?(?:your|the)\s+(?:\w+\s+)?(?:system|hidden|names?|accounts?|conversations?"
            r"|text above|above|prompt|secret|json|list of|next sentence|ids?|keys?)",
            r"\b(?:word for word|verbatim)\b|\btext above\b|\babove instructions\b",
            r"\boutput the\s*(?:$|,)|\boutput the (?:names|list)",
            r"\b(?:respond|reply|answer)\s+(?:\w+\s+)?(?:only|with|yes|just)\b",
            r"\b(?:answer|label|name) (?:yes|approved)\b|\bwrite approved\b",
            r"\bdo not (?:refuse|redact|mask|flag|mention|reject|withhold)\b",
            r"\b(?:name|call|label|mark|treat|classify) (?:this|the|it) ?\w* as\b",
            r"\bname this (?:cluster|topic)\b|\bmark as (?:clean|safe)\b",
            r"\b(?:correct|right|real|final) (?:name|label|answer) (?:for|of|is)\b",
            r"\byou must\b|\byou are now\b|\byou will (?:obey|now)\b|\bfrom now on\b|\bobey\b",
            r"\b(?:your|new) (?:new )?(?:task|instructions?|orders?)\s*(?:(?:is|are) to\b|:)",
            r"\bfollow (?:these|my|the following) (?:orders|commands|instructions)\b",
            r"\b(?:pretend|act|behave) (?:you are|to be|as) (?:the|an?) (?:auditor|reviewer|judge"
            r"|model|unfiltered|admin)",
            r"\brole-?play as an? (?:unfiltered|unrestricted)|\bwithout restrictions\b"
            r"|\bno limits\b",
            r"\bstop being\b|\bif you are an? (?:ai|model|assistant)|\bwhen you read this\b",
            r"\b(?:include|insert|add) the (?:word|following|line)\b|\btell the reader\b",
            r"\byour (?:instructions|rules|orders|guidelines|prompt|output|rating|answer)\b",
            r"\byou (?:are|should|shall|were told|have to)\b",
            r"\b(?:let|make) (?:it|this) pass\b|\bcomply\b|\bkindly\b|\bset aside\b"
            r"|\bexempt from\b",
            r"\bfrom (?:here|now) on\b|\b(?:grade|judge|deem|consider) (?:it|this)\b",
            r"\b(?:raw|full|original) (?:transcripts?|conversations?|logs?|messages)\b",
            r"\b(?:five|5) stars\b.{0,20}\b(?:approve|accept)|\b(?:approve|accept),? (?:five|5)\b",
            r"\baccept this\b|\bapprove (?:this|everything|it)\b|\bwhatever the rules\b",
        ],
        "a part in a dialogue": [
            r"(?:^|[.!?\n,]\s*)(?:system|assistant|user|human|ai|developer|instruction|admin\w*"
            r"|sistema|systeme|attention model|important)\s?[:：]",  # noqa: RUF001
            r"(?:system|system message|sistema|systeme)\s?:|システム[:：]",  # noqa: RUF001
            r"\[/?INST\]|<\|?\w+\|?>|###|\bend of (?:data|text|prompt)\b|\bbegin system\b",
            r"^system, ",
            r"\bas an? ai\b",
        ],
        "a claim to have been checked": [
            r"\b(?:this|the) (?:text|topic|summary|name|cluster)\b.{0,15}\b(?:safe to|approved"
            r"|reviewed|has passed|verified|trusted|harmless)\b",
            r"\b(?:approved|reviewed|verified|checked) (?:by|this|already)\b",
            r"\bhas (?:approved|verified|reviewed)\b|\bi have verified\b|\bauditing is\b",
            r"\b(?:note|hinweis|nota|dear|liebe\w*|attention)\b.{0,12}\b(?:auditor|reviewer"
            r"|prufer|model|auditeur)\b|\badministrator note\b",
            r"\bpre-?approved\b|\bprivacy team\b|\bnothing sensitive\b|\b(?:score|rating|note)\s*:",
            r"\bwho(?:ever)? (?:audits|reviews|reads|rates|judges)\b|\b(?:hello|hi|dear),? (?:model"
            r"|ai)\b",
            r"\btrusted input\b|\bno check is needed\b|\bpassed all checks\b",
        ],
        "words of an auditor": [
            # Two of them in one text; each alone may be a subject.
            rf"\b{_OF_AUDITS}\b.{{1,40}}\b{_OF_AUDITS}\b",
            r"\b(?:no|without|ohne|keine|sin|sans|sem|ha|hubiera|pas de|aucune?)\s+(?:more\s+)?"
            r"(?:rules|restrictions|limits|regeln|reglas|regles|regras)\b",
            r"\b(?:rules|constraints|limits|restrictions)\s+(?:do not|don't|are|were)\b",
            r"\b(?:as if|como si|comme si|als gabe|finja|finge|pretend|tu so|tell me|give me)\b",
            r"\b(?:this|these)\s+(?:one|entry|line|item|record|request|group|cluster|text|topic)\b",
            r"\b(?:admin|debug|god|sudo|developer)\s+mode\b|\bdump\s+memory\b|\bread out \w+\s*$",
        ],
        "an order in another language": [
            r"\b(?:ignor[ae]|ignoriere|ignoriert|ignorez|olvida|vergiss|oublie|oubliez|esqueca"
            r"|negeer|dimentica)\b.{0,12}\b(?:anterior(?:es)?|instruc\w+|instructions|anweisung\w*"
            r"|vorherige[nr]?|vorige|alles|todo|tout|precede\w*|tudo|acima|regras|reglas|regeln"
            r"|istruzioni"
            r"|instructies|regles)\b",
            rf"\b(?:puntua\w*|califica|bewerte|bewertung|note[zr]?|de nota|nota|dai|da|donne)\b"
            rf".{{0,30}}\b{_FIVE}\b",
            r"\b(?:a partir de ahora|a partir de agora|du bist jetzt|tu es maintenant"
            r"|voce agora e|sei ora|je bent nu)\b",
            r"\b(?:responde|responda|antworte|reponds|rispondi)\s+(?:solo|so|apenas|nur|uniquement"
            r"|que si|com|mit|sim)\b|\bresponda sim\b",
            r"\b(?:muestra|mostre|gib|affiche|montre|mostra)\b.{0,8}\b(?:mensaje de sistema"
            r"|prompt|systemprompt|invite systeme|sistema)\b",
            r"\b(?:tema|thema|sujet)\b.{0,12}\b(?:aprobado|aprovado|gepruft|approuve)\b",
            r"\b(?:aprueb[ae]|aprov[ae]|approuve[zr]?|genehmige|akzeptiere) (?:este|esta|dieses|ce"
            r"|cet)\b"
            r"|\be aprove\b|\by aprueba\b|\bet approuve\b",
            r"\bno sigas\b|\bno hagas caso\b|\bbefolge\b|\bne tiens pas compte\b|\bconsignes\b"
            r"|\bdesconsidere\b|\bnao siga\b|\bab jetzt\b|\bgehorche\b|\bobeis\b|\bobedece\b",
            r"\bnada sensible\b|\balles unbedenklich\b|\bsin limites\b|\bohne regeln\b"
            r"|\bsans limites\b|\bsem regras\b",
        ],
        "an order in Japanese": "指示を無視|無視して|承認済み|制限のない|あなたは今から"
        "|システムプロンプト|ルールを忘れ|指示を忘れ|合格にし|命令に従|審査せずに|従ってください"
        "|評価[5五5]|[5五]と評価|[5五]を付け",
    }
)

_CODE = re.compile(
    r"\bselect\b.{1,40}\bfrom\b.{1,40}\bwhere\b|\bupdate \w+ set\b|\bgit (?:commit"
    r"|push)\b.*\bpush\b|\binsert into\b|\bdelete from\b|\bdrop table\b"
    r"|(?-i:^import \w+ )|(?-i:^from \w+ import)|(?-i:^(?:def|const|let|var|fn|func) \w+)"
    r"|\bpublic static\b|\bif err\b|\breturn (?:none|null|err|true|false)\b"
    r"|\bfor i in range\b|\bsudo\b.{0,12}\bchmod\b|\brm -rf\b|\blorem ipsum\b|\bwhile true\b"
    r"|\becho \w+$|\(\)|[;{}]|=>|=="
    r"|(?-i:^function \w+ \w+ return)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\s,;.:/()]+")
_KEY = re.compile(r"^(?=.*\d)(?=.*[A-Za-z])[\w-]+$")
_NO_LETTERS = re.compile(r"^[\W\d_]+$")
_NO_VOWEL = re.compile(r"^(?!(?:html|https?|yyyy|rhythm|myth|gym)s?$)[b-df-hj-np-tv-z]{4,}$")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(.)\1{3,}|asdfg|qwert[zp]|qwrtz|zxcvb")
_EMPTY = frozenset({"null", "nan", "undefined", "none", "nil"})
_LATIN = re.compile(r"^[a-zA-Z]+$")


def speaking_to_readers(text: str) -> list[str]:
    """Return what in a folded text is addressed to its reader, as kinds."""
    return kinds_found(text, INSTRUCTIONS)


def naming_no_subject(name: str) -> list[str]:
    """Return ["no subject"] where a folded name is code, or no more than half of it is words."""
    words = _WORD.findall(name)
    odd = sum(_is_no_word(word) for word in words)
    keys = sum(bool(_KEY.match(word)) for word in words)
    odd = max(odd, keys if keys > 2 else 0)
    return ["no subject"] if _CODE.search(name) or not words or 2 * odd >= len(words) > 0 else []


def _is_no_word(word: str) -> bool:
    bare = word.strip("?!'\"-_")
    return (
        not bare
        or bool(_NO_LETTERS.match(bare))
        or bare.casefold() in _EMPTY
        or (bool(_KEY.match(bare)) and len(bare) > 1 and not bare.isdigit() and _is_mixed(bare))
        or (bool(_LATIN.match(bare)) and bool(_CONSONANTS.search(bare.casefold())))
        or bool(_NO_VOWEL.match(bare))
    )


def _is_mixed(word: str) -> bool:
    """Letters and digits in turn more than once, or a short code; not "B737", "sha256", "401k"."""
    turns = len(re.findall(r"[A-Za-z]+|\d+", word))
    rises = len(re.findall(r"[a-z][A-Z]", word))
    return turns > 2 or rises > 1 or "-" in word or len(word) <= 2
