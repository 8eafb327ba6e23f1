"""The `clio` command: what Dagster's own commands do not cover."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from clio_assets.config import ConfigError, load_settings
from clio_assets.models.calls import BudgetError
from clio_assets.privacy.keys import SecretKeyError
from clio_assets.release.serve.address import HOST, PORT
from clio_assets.safety.arguments import add_safety_arguments
from clio_assets.storage.closed import close_to_others
from clio_assets.storage.errors import StorageError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 on success, 1 with a sentence on stderr otherwise."""
    parser = argparse.ArgumentParser(prog="clio", description="Insight into AI conversations.")
    parser.add_argument("--config", type=Path, help="the settings file (default: clio.yaml)")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="generate a fortnight of conversations and run it")
    demo.add_argument("--artifact", type=Path, default=Path("artifacts/demo.json"))
    run = commands.add_parser("run", help="run days one after the other, without the daemon")
    run.add_argument("first", nargs="?", help="YYYY-MM-DD (default: all days there are)")
    run.add_argument("last", nargs="?", help="YYYY-MM-DD (default: the first alone)")
    preview = commands.add_parser("preview", help="facets of ten conversations, before paying")
    preview.add_argument("day", help="YYYY-MM-DD")
    commands.add_parser("doctor", help="is this installation safe for real conversations?")
    serve = commands.add_parser("serve", help="show the published reports on this machine")
    serve.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
    serve.add_argument("--host", default=HOST, help="this machine's loopback, and no other")
    add_safety_arguments(commands.add_parser("safety", help="the restricted zone: see, decide"))
    withdraw = commands.add_parser("withdraw", help="take a released period back")
    withdraw.add_argument("period", help="first day of the period, YYYY-MM-DD")
    chosen = parser.parse_args(arguments)
    close_to_others()
    try:
        settings = load_settings(chosen.config)
        if chosen.command == "demo":
            from clio_assets.defs.demo import run_demo

            return run_demo(settings, chosen.artifact)
        if chosen.command == "run":
            from clio_assets.defs.in_process import run_days

            return run_days(settings, chosen.first, chosen.last)
        if chosen.command == "doctor":
            from clio_assets.defs.doctor import run_doctor

            return run_doctor(settings)
        if chosen.command == "safety":
            from clio_assets.safety.operate import run_safety

            return run_safety(settings, chosen)
        if chosen.command == "preview":
            from clio_assets.defs.preview import run_preview

            return run_preview(settings, chosen.day)
        if chosen.command == "serve":
            from clio_assets.release.serve.listen import run_serve

            return run_serve(settings, chosen.host, chosen.port)
        from clio_assets.release.withdraw import withdraw_period

        print(withdraw_period(settings, chosen.period))
    except BrokenPipeError:
        # Whoever reads it (`| head`) has seen enough; the interpreter would flush once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (BudgetError, ConfigError, SecretKeyError, StorageError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
