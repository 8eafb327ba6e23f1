"""The rows of docs/reliability.md: faults done to the real pipeline, and what was left after."""

import os

# Children are forked from a process that has imported everything. A pool of threads does not
# survive a fork, so nobody gets one; this must be said before the first import.
os.environ.update(
    dict.fromkeys(
        (
            "MKL_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "POLARS_MAX_THREADS",
            "RAYON_NUM_THREADS",
        ),
        "1",
    ),
    DAGSTER_DISABLE_TELEMETRY="1",
    HF_HUB_OFFLINE="1",
    TOKENIZERS_PARALLELISM="false",
)
# The harness has its own home, key and instance, whatever the shell says.
for name in ("CLIO_ACCOUNT_KEY", "CLIO_CONFIG", "CLIO_HOME", "DAGSTER_HOME"):
    os.environ.pop(name, None)
