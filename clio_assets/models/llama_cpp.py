"""A GGUF file on this machine as an OpenAI-compatible endpoint, for as long as it is needed.

llama.cpp's own HTTP server, from the package `xllamacpp`, in a process of its own. In this process
it would work too, but loading a model holds the interpreter's lock: for that long (3 s for 135
million parameters on two busy cores, 55 s while the system failed to find memory for a context
that was too large) no signal is handled and no other thread runs, so a run could not be cancelled.
And native code that aborts takes its process with it.
"""

from __future__ import annotations

import hashlib
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from clio_assets.config import ConfigError
from clio_assets.models.settings import LlamaCppSettings

INSTALL = "run: pip install 'clio-assets[local]'"
SETTING = "`models.llama_cpp.model_file`"
LOAD_SECONDS = 600.0
"""How long a model may take to load: 40 GB from a disk of 70 MB/s."""

STOP_SECONDS = 5.0
_PROCESS = "clio_assets.models.llama_cpp_process"
_EDGE = 1 << 20


@contextmanager
def local_server(settings: LlamaCppSettings) -> Iterator[str]:
    """Serve `settings.model_file` on a free port of 127.0.0.1; the base URL, ending in /v1.

    `parallel` requests are answered at once, each with a window of `context_tokens`; more wait.
    The server says that `model_identity(file)` has answered. It is stopped on leaving, and ends by
    itself when this process dies.

    Raises:
        ConfigError: the `local` extra is not installed, there is no such GGUF file, or llama.cpp
            cannot serve it.
    """
    file = _checked(settings.model_file)
    if find_spec("xllamacpp") is None:
        raise ConfigError(f"`models.provider: llama_cpp` needs the package xllamacpp; {INSTALL}")
    process = _start(file, settings)
    try:
        yield f"{_address(process)}/v1"
    finally:
        _stop(process)


def model_identity(file: Path) -> str:
    """Name a model file and tell it from another of the same name: its stem and 8 hex digits.

    The digits are of its length and its first and last MiB, which hold the metadata and some of
    the weights: a whole hash of 40 GB would take a minute.
    """
    with file.open("rb") as content:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        digest = hashlib.sha256(b"%d " % size + content.read(_EDGE))
        content.seek(max(0, size - _EDGE))
        digest.update(content.read(_EDGE))
    return f"{file.stem}-{digest.hexdigest()[:8]}"


def _checked(file: Path | None) -> Path:
    if file is None:
        raise ConfigError(f"{SETTING}: give the path of a GGUF file.")
    try:
        with file.open("rb") as content:
            magic = content.read(4)
    except OSError as error:
        raise ConfigError(f"{SETTING}: {file} cannot be read ({error.strerror}).") from None
    if magic != b"GGUF":
        raise ConfigError(f"{SETTING}: {file} is not a GGUF file, which is what llama.cpp reads.")
    return file


def _start(file: Path, settings: LlamaCppSettings) -> subprocess.Popen[str]:
    threads = settings.threads or os.cpu_count() or 1
    numbers = (threads, settings.parallel, settings.context_tokens)
    return subprocess.Popen(
        [sys.executable, "-m", _PROCESS, str(file), model_identity(file), *map(str, numbers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Spinning threads wait for one that is not running while another process has its core: 20
        # short requests, two threads on two cores of which both are busy, more than 100 s spinning
        # and 25 s sleeping (2026-11-22).
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
        text=True,
    )


def _address(process: subprocess.Popen[str]) -> str:
    """Wait for the address that the process says once the model is loaded."""
    assert process.stdout is not None  # noqa: S101  asked for above
    told, _, _ = select.select([process.stdout], [], [], LOAD_SECONDS)
    address = process.stdout.readline().strip() if told else ""
    if not address:
        how = "did not load it" if told else f"had not loaded it after {LOAD_SECONDS:.0f} s"
        raise ConfigError(
            f"{SETTING}: llama.cpp {how}: the file may be damaged or of a kind it does not know, "
            "or this machine has too little memory for it with `models.llama_cpp.context_tokens` "
            "times `parallel`."
        )
    return address


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
