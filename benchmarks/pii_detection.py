"""What the scan (G-13) finds of marked personal data, and what a pattern cannot see.

python -m benchmarks.pii_detection [--samples 300]

Counts spans: each marked value is scanned alone, so that a neighbour cannot help it. Beside the
marked texts (set CLIO_SHARED to the folder that holds data/), example phone numbers of every region
and secrets drawn in the form of their providers. Values are read, never shown or written.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import phonenumbers

from benchmarks.attacks.audit_set import audit_set
from benchmarks.pii_secrets import IPV6, draw_form, secrets_of_providers
from clio_assets.privacy.decoding import TooManyReadingsError
from clio_assets.privacy.outsider.objections import objections
from clio_assets.privacy.scan import scan

SHARED = Path(os.environ.get("CLIO_SHARED", Path(__file__).parents[2] / "shared")) / "data" / "pii"
ARTIFACT = Path("artifacts/pii_detection.json")

Spans = dict[str, list[str]]
"""Entity -> its values."""

ENTITIES = {
    "US_SSN": "NATIONAL_ID", "PESEL": "NATIONAL_ID", "NIP": "NATIONAL_ID",
    "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "DATE": "DATE_TIME", "ZIP": "ZIP_CODE",
    "STREET_ADDRESS": "ADDRESS", "GPE": "LOCATION", "NAME": "PERSON", "DOCTOR": "PERSON",
    "CLIENT_NAME": "PERSON", "COMPANY": "ORGANIZATION", "LINK": "DOMAIN_NAME",
    "US_DRIVER_LICENSE": "LICENCE", "CITY": "LOCATION", "POLICY_NUMBER": "CASE_NUMBER",
    "CLAIM_ID": "CASE_NUMBER", "TICKET_ID": "CASE_NUMBER", "ORDER_NUMBER": "CASE_NUMBER",
    "TRANSACTION_ID": "CASE_NUMBER", "CASE_ID": "CASE_NUMBER", "TITLE": "PREFIX",
}  # fmt: skip
"""Names of the sources -> ours, where they differ."""

OF_PATTERNS = (
    "EMAIL_ADDRESS", "PHONE_NUMBER", "PHONE_NUMBER of every region", "CREDIT_CARD", "IBAN_CODE",
    "IP_ADDRESS", "DOMAIN_NAME", "NATIONAL_ID", "LICENCE", "ACCOUNT", "CASE_NUMBER", "SECRET",
)  # fmt: skip
"""What a pattern can be expected to find; the rest needs to be understood."""

MEANT = {
    "EMAIL_ADDRESS": {"EMAIL", "EMAIL_ADDRESS"},
    "CREDIT_CARD": {"CREDIT_CARD"},
    "IBAN_CODE": {"IBAN_CODE"},
    "IP_ADDRESS": {"IP_ADDRESS"},
    "DOMAIN_NAME": {"LINK"},
    "PHONE_NUMBER": {"PHONE_NUMBER"},
}
"""Kinds of the scan that claim an entity by name; most numbers are only called DIGITS."""

_PLACEHOLDER = re.compile(r"\[([A-Z]+(?:_[A-Z]+)*)(?:_\d+)?\]")


def marked_spans(file: Path) -> Spans:
    """Entity -> the values marked in one of the published files."""
    document = json.loads(gzip.decompress(file.read_bytes()))
    found: Spans = defaultdict(list)
    if isinstance(document, list):
        for row in document:
            for span in row["spans"]:
                found[ENTITIES.get(span["entity_type"], span["entity_type"])].append(
                    span["entity_value"]
                )
    else:
        for row in document["data"]:
            for entity, value in _aligned(row["context"], row["anonymized_context"]):
                found[ENTITIES.get(entity, entity)].append(value)
    return found


def _aligned(text: str, masked: str) -> Iterator[tuple[str, str]]:
    """Values that a masked copy of a text leaves out; nothing where the two do not match."""
    labels = _PLACEHOLDER.findall(masked)
    kept = _PLACEHOLDER.sub("\0", masked).split("\0")
    if any(not between.strip() for between in kept[1:-1]):
        return
    match = re.fullmatch("(.{1,120}?)".join(map(re.escape, kept)), text)
    if match:
        pairs = zip(labels, match.groups(), strict=True)
        yield from ((label, value) for label, value in pairs if not value.startswith("["))


def texts_without_values(samples: int, seed: int) -> list[str]:
    """Texts of the files with spans, each without its marked values."""
    texts = set()
    for file in sorted(SHARED.glob("presidio_*.json.gz")):
        for row in json.loads(gzip.decompress(file.read_bytes())):
            texts.add(re.sub(r"\{\{\w+\}\}", "", row["masked"]))
    return random.Random(seed).sample(sorted(texts), min(samples, len(texts)))  # noqa: S311


def phone_numbers() -> list[str]:
    """The example numbers of each region and kind, as written at home and abroad."""
    found = set()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                for form in ("NATIONAL", "INTERNATIONAL", "E164"):
                    style = getattr(phonenumbers.PhoneNumberFormat, form)
                    found.add(phonenumbers.format_number(number, style))
    return sorted(found)


def gather(samples: int, seed: int) -> Spans:
    """Entity -> at most `samples` of its values; all numbers of regions and all secrets."""
    found: Spans = defaultdict(list)
    for file in sorted(SHARED.glob("*.json.gz")):
        for entity, values in marked_spans(file).items():
            found[entity] += values
    draw = random.Random(seed)  # noqa: S311 - which values are measured is no secret
    chosen = {
        entity: draw.sample(distinct, min(samples, len(distinct)))
        for entity, values in sorted(found.items())
        if len(distinct := sorted(set(values))) >= 10
    }
    chosen["IP_ADDRESS"] = chosen.get("IP_ADDRESS", []) + draw_form(IPV6, draw, 20)
    chosen["PHONE_NUMBER of every region"] = phone_numbers()
    chosen["SECRET"] = secrets_of_providers(seed)
    return chosen


def kinds_in(text: str) -> set[str]:
    """What the scan says of a text; one too deeply encoded is withheld as well."""
    try:
        return {hit.kind for hit in scan(text)}
    except TooManyReadingsError:
        return {"TOO_MANY_READINGS"}


def measure(spans: Spans) -> dict[str, dict[str, float | int | None]]:
    """For each entity: spans, recall, what the outsider's rules add, precision of its kinds."""
    kinds = {entity: [kinds_in(value) for value in values] for entity, values in spans.items()}
    rows = {}
    for entity, values in spans.items():
        found = [bool(said) for said in kinds[entity]]
        either = [hit or bool(objections(f"Write letters about {value}", ""))
                  for hit, value in zip(found, values, strict=True)]  # fmt: skip
        meant = MEANT.get(entity, set())
        right = sum(bool(said & meant) for said in kinds[entity])
        claimed = right + sum(
            bool(said & meant)
            for other, all_said in kinds.items()
            if not other.startswith(entity) and {entity, other} != {"DOMAIN_NAME", "EMAIL_ADDRESS"}
            if other != "SECRET"  # some hold a link or an address
            for said in all_said
        )
        rows[entity] = {
            "spans": len(values),
            "recall": round(sum(found) / len(values), 3),
            "with_rules": round(sum(either) / len(values), 3),
            "named": round(right / len(values), 3) if meant else None,
            "precision": round(right / claimed, 3) if claimed else None,
        }
    return rows


def main() -> int:
    """Print the table and write artifacts/pii_detection.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pii_detection", description=__doc__)
    parser.add_argument("--samples", type=int, default=300, help="values of an entity, at most")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        print(f"No marked texts: set CLIO_SHARED to the folder that holds data/ (not {SHARED}).")
    rows = measure(gather(chosen.samples, chosen.seed))
    names = audit_set().filter(label="clean")["name"]
    clean = {
        "clean names": [name for name in names if not re.search(r"\d{4}", name)],
        "texts without their values": texts_without_values(2 * chosen.samples, chosen.seed),
    }
    alarms = {
        kind: {"texts": len(texts), "hit": sum(bool(kinds_in(text)) for text in texts)}
        for kind, texts in clean.items()
    }
    order = [*OF_PATTERNS, *sorted(set(rows) - set(OF_PATTERNS))]
    print(f"{'entity':32}{'spans':>7}{'recall':>9}{'G-13+14':>9}{'named':>8}{'precision':>11}")
    for entity in order:
        if (row := rows.get(entity)) is not None:
            cells = ["" if row[name] is None else f"{row[name]:.3f}"
                     for name in ("recall", "with_rules", "named", "precision")]  # fmt: skip
            print(
                f"{entity:32}{row['spans']:7}{cells[0]:>9}{cells[1]:>9}{cells[2]:>8}{cells[3]:>11}"
            )
    for kind, row in alarms.items():
        print(f"{row['hit']} of {row['texts']} {kind} are hit.")
    document = {"entities": {name: rows[name] for name in order if name in rows}, "alarms": alarms}
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
