"""Does a text say something sensitive of somebody, without any name?

The line: a condition, a faith or an offence is a subject ("HIV medication", "Divorce, court
fees", "Support for cancer patients"), which rule G-15 lets through with twice the accounts. It is
an attribute where it is said of one: of whoever speaks ("my HIV", "I am bankrupt"), of somebody
they know ("her abortion", "my bipolar brother"), or of one person described by it ("divorced
colleague", "a nurse who has hepatitis"). Many at large, in the plural, are a subject. A few words
name people by what would harm them and hardly serve as a subject ("undocumented", "HIV positive",
"ex-convict"); they are refused wherever they stand.
"""

from __future__ import annotations

from clio_assets.privacy.outsider.wording import PERSON, kinds_found, patterns

# As they are written without accents. Words that mean something harmless besides (race, strike,
# visa, son, black) are in G-15's list and not here.
_CONDITION = (
    r"(?:hiv|vih|aids|sida|cancer|cancro|krebs|tumou?r|leuk[ae]mia|chemo\w*|dementia|demenz"
    r"|alzheimer\w*|epilep\w+|hepatitis|herpes|chlamydia|syphilis|gonorrh\w+|std|lupus|diabetes"
    r"|depres\w+|bipolar\w*|schi[zs]o\w+|esquizo\w+|psychos\w+|anxiety disorder|ptsd|ocd|adhd"
    r"|autis\w+|eating disorder|anorex\w+|bulimi\w+|self-harm|suicid\w+|selbstmord\w*|addict\w*"
    r"|sucht|alcoholi\w+|alkohol\w+|alcooli\w+|overdose|rehab|methadone|drug use|painkillers"
    r"|erectile\w*|impoten\w+|infertil\w+|miscarriage|abort\w+|abtreibung|avortement|pregnan\w+"
    r"|schwanger\w*|grossesse|embaraz\w+|gravidez|gravida|affair|adultery|infidelity|sexuality"
    r"|coming out|transition|gender dysphoria|rape|sexual assault|molest\w+|restraining order"
    r"|arrest|verhaftung|detencion|conviction|condena|condenacao|verurteilung|condamnation"
    r"|criminal record|casier|vorstrafe|antecedentes|probation|parole|prison sentence"
    r"|bankruptcy|union membership|asylum\w*|asyl\w*|asilo|asile|deportation|abschiebung"
    r"|disability|paralysis|transplant|dialysis|visa overstay|diagnos\w+|antipsychotics?"
    r"|antidepress\w+|stoma|insulin|self-harm\w*|selbstverletz\w*|drogensuch\w*|drug habit|drinks"
    r"|terminated a pregnancy|outed|shoplifting|irregular\w*|situation irreguliere|parkinson\w*"
    r"|multiple sclerosis|ms|stroke|ivf|vasectomy|sex drive|colostomy|crohn|fehlgeburt"
    r"|fausse couche|ludopat\w+|gambling|psychiatric\w*|paranoi\w*)"
)
_BEARING = (
    r"(?:hiv[\s-]positive|seropositiv\w*|gay|lesbian|lesbisch\w*|lesbic[oa]|lesbienne|schwul\w*"
    r"|bisexual|bisexuell\w*|transgender|trans|transsexual|homosex\w+|closeted|queer|pregnant"
    r"|schwangere?[rn]?|enceinte|embarazada|gravida|divorced|divorciad[oa]|divorcee?"
    r"|geschiedene[rn]?"
    r"|bipolar\w*|schizophren\w*|esquizo\w+|autisti\w+|autiste|autista|depressed|depressiv\w*"
    r"|deprimid[oa]|suicidal|alcoholi\w+|alcoolique|alcoolatra|alkoholkrank\w*|addicted"
    r"|drogenabhang\w+"
    r"|disabled|deaf|blind|wheelchair|behindert\w*|handicape\w*|epilep\w+|diabetic|diabetisch\w*"
    r"|undocumented|indocumentad[oa]|illegal|jewish|judi[oa]|judisch\w*|juive?|muslim\w*"
    r"|musulman\w*|muculman[oa]|sikh|hindu|roma|gypsy|gitan[oa]|convicted|vorbestraft\w*|bankrupt"
    r"|hiv|unionized|raped|abused|closet)"
)
_MY = (
    r"(?:my|mi|mis|mein|meine|meinem|meinen|meiner|mon|ma|mes|meu|minha|meus|minhas|mio|mia|mijn"
    r"|our|her|his)"
)
_HIS = r"(?:\w+(?:'s|’s)|su|sus|ihre?[mnr]?|seine?[mnr]?|son|sa|ses)"  # noqa: RUF001
_I_AM = (
    r"(?:i am|i'm|i have|i've|i was|i got|he is|she is|he has|she has|he was|she was|soy|estoy"
    r"|tengo|ich bin|ich habe|je suis|j'ai|sou|estou|tenho|io sono)"
)
_A_FEW_WORDS = r"(?:[\w'’-]+\s+){0,2}"  # noqa: RUF001

ATTRIBUTES = patterns(
    {
        "said of who speaks or of somebody they know": [
            rf"\b{_MY}\s+{_A_FEW_WORDS}(?:{_CONDITION}|{_BEARING})\b",
            rf"\b{_HIS}\s+{_CONDITION}\b",
            rf"\b(?:{_MY}|own)\s+(?:\w+\s+)?(?:{PERSON}\s+(?:[\w'’-]+\s+){{0,4}})?"  # noqa: RUF001
            rf"(?:{_CONDITION}|{_BEARING})\b",
            rf"\b{_I_AM}\s+(?:(?:an?|un|una|ein|eine|um|uma|been|a)\s+)?{_A_FEW_WORDS}"
            rf"(?:{_BEARING}|{_CONDITION})\b",
            rf"\b{_MY}\s+(?:husband|wife|brother|sister|son|daughter|mother|father|partner)\s+"
            rf"(?:is|has|was)\s+{_A_FEW_WORDS}(?:{_CONDITION}|{_BEARING}|expelled)\b",
            r"\b(?:aborto|gravidez|doenca|prisao|cancer|depressao)\s+(?:dela|dele)\b",
            r"\bi\s+(?:cut myself|overstayed|voted|relapsed|overdosed|tried to kill)\b",
            r"\b(?:arrest|prison|conviction|diagnosis|abortion|suicide attempt),?\s+(?:my"
            r"|regret)\b",
            rf"\b(?:he|she)\s+(?:left|entered|is in|went to)\s+(?:{_CONDITION})\b",
            r"\b(?:my|her|his)\s+(?:\w+\s+){1,3}(?:was|is|were)\s+(?:abused|raped|arrested"
            r"|expelled)\b",
        ],
        "said of one person": [
            rf"\b(?:{_BEARING})\s+(?:\w+\s+)?{PERSON}\b",
            rf"\b{PERSON}\s+(?:{_BEARING})\b",
            rf"\b(?:an?|the|one|une?|una|eine?"
            rf"|uma?)\s+(?:\w+\s+)?{PERSON}\s+(?:[\w'’-]+\s+){{0,4}}"  # noqa: RUF001
            rf"(?:{_CONDITION}|{_BEARING})\b",
            rf"\b{PERSON}\s+(?:with|mit|con|avec|com)\s+(?:{_CONDITION}|no papers)\b",
            rf"\b{PERSON}\s+(?:who|que|qui|der|die)\s+(?:is|has|was|lost|had|es|tiene|a|est|tem|e"
            rf"|ist|hat)\s+{_A_FEW_WORDS}(?:{_BEARING}|{_CONDITION}|faith)\b",
            r"\b(?:two|three|four|dos|tres|zwei|drei|deux|trois|duas)\s+(?:pregnant|gay|muslim"
            r"|jewish|deaf|disabled|divorced|undocumented)\b",
            rf"\b(?:the|an?)\s+(?:only|lone)\s+(?:{_BEARING})\b",
            r"\b(?:the|an?)\s+(?:pregnant|gay|transgender|deaf|disabled|jewish|muslim)\s+\w+\s+"
            r"(?:on|at|in|who|next)\b",
            r"\bwheelchair user\b|\blesbian couple\b|\bgay couple next\b",
        ],
        "what somebody was told, did or hid": [
            r"\bdiagnosed with\b|\btested positive\b|\bcom(?:e|ing|es) out (?:as|to|at)\b"
            r"|\bcame out\b",
            r"\bcaught\s+(?:shoplifting|stealing|cheating)\b|\bouted\b|\bi stopped believing\b",
            r"\bsuicide attempt\b|\bcut myself\b|\bno papers\b|\bwithout papers\b",
            r"^(?:i|we|ich|wir|je|j'|nous|eu)\s+(?!ching\b)\w+",
            rf"\b{_MY}\s+{PERSON}\s+(?:is|was|has|had|takes|drinks|deals|wurde|ist|hat|tuvo|esta|es"
            r"|tiene|a|est|tem|foi)\b",
            rf"^{PERSON}\s+(?:\w+ed|is|was|has|had|takes|drinks|deals)\b(?! outcomes)",
            r"\brelapsed\b|\bserved time\b|\bnobody (?:at|in) \w+ knows\b|\bexpired visa\b",
            r"\bthe only (?:black|white|gay|muslim|jewish|deaf|asian|trans)\b|\bwears a hijab\b",
            r"\b(?:hide|hiding) (?:my|the|her|his) (?:pregnancy|sexuality|faith|illness)\b",
        ],
        "people named by what would harm them": [
            r"\bundocumented\b|\bhiv[\s-]positive\b|\bseropositiv\w*|\bcloseted\b"
            r"|\bex-?\s?convicts?\b"
            r"|\billegal immigrants?\b|\bimigrantes? ilega\w+|\bindocumentad\w+|\bsans-papiers\b"
            r"|\bvorbestraft\w*",
            "不法滞在|在留資格のない",
        ],
    }
)
JAPANESE = patterns(
    {
        "said of who speaks or of somebody they know": "(?:私|僕|俺|息子|娘|夫|妻|彼|彼女|母|父|兄"
        "|弟|姉"
        "|妹)[のがは].{0,6}(?:HIV|エイズ|うつ|鬱|妊娠|がん|癌|自閉症|離婚|中絶|アルコール|薬物|借金"
        "|前科|流産|ゲイ|レズビアン|依存症|逮捕|障害|統合失調症)",
        "said of one person": "(?:妊娠|離婚|服役|入院)(?:している|した|中の).{0,3}(?:同僚|上司|部下"
        "|隣人"
        "|友人|社員|先生|先輩|後輩)",
    }
)


def attributes_of_somebody(text: str) -> list[str]:
    """Return how a folded text (`wording.folded`) says something sensitive of somebody."""
    found = kinds_found(text, ATTRIBUTES) + kinds_found(text, JAPANESE)
    return list(dict.fromkeys(found))
