"""What `clio safety` understands; apart, so that the command loads none of the zone's code."""

from argparse import ArgumentParser

RUN, QUEUE, REPORT, LOOK, LINK = "run", "queue", "report", "look", "link"
STATES = {"reopen": "open", "dismiss": "dismissed", "confirm": "confirmed"}
"""What is decided -> the state a finding is in from then on."""


def add_safety_arguments(safety: ArgumentParser) -> None:
    """The sub-commands of `clio safety`; each that shows something asks for a reason."""
    commands = safety.add_subparsers(dest="safety_command", required=True)
    run = commands.add_parser(RUN, help="look through days one after the other; shows nothing")
    run.add_argument("first", nargs="?", help="YYYY-MM-DD (default: all days there are)")
    run.add_argument("last", nargs="?", help="YYYY-MM-DD (default: the first alone)")
    listed = commands.add_parser(QUEUE, help="what was found, the surest open finding first")
    report = commands.add_parser(REPORT, help="make the zone's page anew and print where it is")
    review = commands.add_parser("review", help="the conversations of a finding, or a decision")
    review.add_argument("finding", help="as the queue names it")
    decisions = review.add_mutually_exclusive_group()
    for decision, state in STATES.items():
        decisions.add_argument(
            f"--{decision}", dest="decision", action="store_const", const=decision,
            help=f"the finding is {state} from now on",
        )  # fmt: skip
    decisions.add_argument(
        "--link", dest="decision", action="store_const", const=LINK,
        help="print the account ids as the logs have them; nothing keeps them",
    )  # fmt: skip
    for command in (listed, report, review):
        command.add_argument("--reason", help="why; kept with your name in the audit")
