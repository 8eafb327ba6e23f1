"""Reading and normalising one day of logs."""

import datetime as dt
from collections import Counter

import dagster as dg
import polars as pl

from clio_assets.conversations.normalising import (
    duplicate_keys,
    duplicate_marks,
    normalise,
    read_opted_out,
)
from clio_assets.conversations.reading import read_day
from clio_assets.conversations.schema import CONVERSATIONS, QUARANTINE, RAW_CONVERSATIONS
from clio_assets.conversations.source_files import day_fingerprint
from clio_assets.defs.clio import Clio
from clio_assets.defs.partitions import Partitions
from clio_assets.defs.step import (
    ONE_A_RUN,
    OWNERS,
    PRIVATE,
    columns,
    private_count,
    private_rows,
    step,
)
from clio_assets.storage.fingerprint import fingerprint

ROWS = 2_000
COUNTS: dict[str, pl.DataType] = {"rows_in": pl.Int64()}


def conversation_assets(partitions: Partitions) -> list[dg.AssetsDefinition]:
    """The assets of the first two steps."""

    @dg.asset(
        partitions_def=partitions.daily,
        group_name="conversations",
        kinds={"python", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=PRIVATE,
        backfill_policy=ONE_A_RUN,
        metadata=columns(RAW_CONVERSATIONS),
    )
    @step
    def raw_conversations(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a conversation as read, validated, its account pseudonymised. Zone: private.

        A row that fails is in `quarantine` with its file, line and reason, never its text.
        """
        day = context.partition_key
        source = clio.settings.source
        made_from = fingerprint(
            step="raw_conversations",
            version="1",
            files=day_fingerprint(source, dt.date.fromisoformat(day)),
            source=source.model_dump(exclude={"path", "opted_out", "last_day"}),
            key=clio.key_identity,
        )
        file = clio.layout.day(day)
        tables = {
            "raw_conversations": RAW_CONVERSATIONS,
            "quarantine": QUARANTINE,
            "rows_read": COUNTS,
        }
        with file.replacing("raw_conversations", made_from, tables) as new:
            if new is not None:
                now = dt.datetime.now(dt.UTC)
                batches = read_day(
                    source, dt.date.fromisoformat(day), clio.pseudonym, now=now, batch_rows=ROWS
                )
                for n, batch in enumerate(batches):
                    new.append("raw_conversations", batch.accepted)
                    new.append("quarantine", batch.quarantined)
                    new.append("rows_read", pl.DataFrame({"rows_in": [batch.rows_in]}))
                    context.log.info("Read about %d rows.", ROWS * (n + 1))
        reasons = Counter(file.read("quarantine", ["reason"])["reason"].to_list())
        rows = file.query("SELECT count(*) FROM raw_conversations").item()
        return dg.MaterializeResult(
            metadata={
                **private_rows(rows),
                "unchanged": new is None,
                "quarantined": private_count(sum(reasons.values())),
                "reasons": dg.MetadataValue.json(
                    {reason: private_count(count) for reason, count in sorted(reasons.items())}
                ),
            }
        )

    @dg.asset(
        deps=[raw_conversations],
        partitions_def=partitions.daily,
        group_name="conversations",
        kinds={"polars", "duckdb"},
        code_version="1",
        owners=OWNERS,
        tags=PRIVATE,
        backfill_policy=ONE_A_RUN,
        metadata=columns(CONVERSATIONS),
    )
    @step
    def conversations(
        context: dg.AssetExecutionContext, clio: dg.ResourceParam[Clio]
    ) -> dg.MaterializeResult:
        """Grain: a normalised conversation. Zone: private.

        Opted-out accounts are removed, system and tool turns left out, long conversations cut at
        turn boundaries; duplicates are kept and marked, so that shares stay true.
        """
        file = clio.layout.day(context.partition_key)
        opted_out = read_opted_out(clio.settings.source.opted_out, clio.pseudonym)
        made_from = fingerprint(
            step="conversations",
            version="1",
            raw=clio.upstream(file, "raw_conversations"),
            opted_out=sorted(opted_out),
            settings=clio.settings.conversations,
        )
        with file.replacing("conversations", made_from, {"conversations": CONVERSATIONS}) as new:
            if new is not None:
                raw = "raw_conversations"
                keys = [duplicate_keys(batch, opted_out) for batch in file.batches(raw, ROWS)]
                marks = duplicate_marks(pl.concat(keys)) if keys else None
                for batch in file.batches(raw, ROWS):
                    limit = clio.settings.conversations.max_characters
                    new.append("conversations", normalise(batch, opted_out, limit, marks))
        figures = file.query(
            "SELECT count(*) AS n, count(duplicate_of) AS repeated FROM conversations"
        ).row(0, named=True)
        share = figures["repeated"] / figures["n"] if figures["n"] else 0.0
        return dg.MaterializeResult(
            metadata={
                **private_rows(figures["n"]),
                "unchanged": new is None,
                "duplicate_share": round(share, 2),
            }
        )

    return [raw_conversations, conversations]
