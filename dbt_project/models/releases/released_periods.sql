select
    period,
    period_kind,
    period_start,
    period_end,
    version,
    mode,
    profile,
    counts_unit,
    conversations,
    leaf_coverage,
    top_coverage,
    topics,
    withheld,
    thresholds,
    input_fingerprint,
    configuration_fingerprint,
    code_version,
    gate_version
from {{ source('released', 'released_periods') }}
order by period_start, period
