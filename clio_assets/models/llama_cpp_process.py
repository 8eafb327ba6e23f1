"""The process that holds llama.cpp's server, and ends with whoever started it.

python -m clio_assets.models.llama_cpp_process FILE ALIAS THREADS PARALLEL CONTEXT_TOKENS
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import Any, TextIO


def main() -> None:
    """Serve the file, say where on stdout, and stay until stdin is closed."""
    _end_with_stdin()
    said = _quiet_stdout()
    file, alias, *numbers = sys.argv[1:]
    threads, parallel, context_tokens = map(int, numbers)
    server = _serve(file, alias, threads, parallel, context_tokens)
    print(server.listening_address, file=said, flush=True)
    # Where the starter ended before the signal was asked for, this returns at once.
    sys.stdin.read()
    # Nothing is to be saved, and a server told to stop just after it has started waits for ever.
    os._exit(1)


def _end_with_stdin() -> None:
    """Have the kernel end this process when the other end of stdin is closed.

    The starter holds that end, so it is closed however the starter ends, SIGKILL included. A
    thread that reads stdin would not do: loading a model holds the interpreter's lock.
    """
    fcntl.fcntl(sys.stdin, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sys.stdin, fcntl.F_SETFL, fcntl.fcntl(sys.stdin, fcntl.F_GETFL) | os.O_ASYNC)


def _quiet_stdout() -> TextIO:
    """Return a copy of stdout, and send what native code prints, which may quote, to nowhere."""
    said = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return said


def _serve(file: str, alias: str, threads: int, parallel: int, context_tokens: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = file
    params.model_alias = {alias}
    params.hostnames = ["127.0.0.1"]  # port 0: a free one
    params.offline = True
    params.n_parallel = parallel
    params.n_ctx = context_tokens * parallel  # shared out evenly among the parallel requests
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    # For requests without a seed of their own; llama.cpp's default is a new one each time.
    params.sampling.seed = 1
    params.verbosity = -1
    # What would show one user's prompts to another user of the machine, or to a web page.
    params.endpoint_slots = params.ui = False
    params.cors_origins = ""
    # Former prompts, up to 8 GiB of them by default; a slot still keeps its last one's prefix.
    params.cache_ram_mib = 0
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
