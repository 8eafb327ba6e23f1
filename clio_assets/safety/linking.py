"""From an account of the zone back to the id in the logs: with both keys, and kept nowhere."""

from __future__ import annotations

import datetime as dt

import polars as pl

from clio_assets.config import Settings
from clio_assets.conversations.reading import read_day
from clio_assets.privacy.pseudonyms import load_key, pseudonymiser
from clio_assets.safety.audit import Entry
from clio_assets.safety.review import conversations_of
from clio_assets.safety.zone import SafetyZone
from clio_assets.storage.layout import Layout


def accounts_of(settings: Settings, zone: SafetyZone, entry: Entry) -> pl.DataFrame:
    """suspect, account: the accounts of a finding as the logs name them, read from the logs anew.

    Raises:
        AccountKeyError: there is no account key.
        UnknownFindingError: no day has the finding that `entry` names.
        SourceError: the logs of a day cannot be read any more.
    """
    told = conversations_of(zone, Layout(settings.home, settings.period), entry)
    wanted = set(told["suspect"])
    pseudonym = pseudonymiser(load_key(settings.accounts))
    ids: dict[str, str] = {}

    def noted(account_id: str) -> str:
        made = pseudonym(account_id)
        if (suspect := zone.suspect(made)) in wanted:
            ids[suspect] = account_id
        return made

    for day in told["day"].unique().sort():
        date = dt.date.fromisoformat(day)
        for _ in read_day(settings.source, date, noted, now=dt.datetime.now(dt.UTC)):
            pass
    return pl.DataFrame(
        sorted(ids.items()), schema={"suspect": pl.String, "account": pl.String}, orient="row"
    )
