"""The command line: parses, calls, prints. Nothing heavy is imported until a command runs."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tutor.cli.arguments import parser
from tutor.errors import TutorError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns 0 when done, 1 on a clear error; wrong usage exits with 2."""
    arguments = parser().parse_args(argv)
    _reencode(arguments)
    as_json = getattr(arguments, "json", False) or "--json" in getattr(arguments, "rest", ())
    _encode_output(as_json=as_json)
    _quiet_libraries()
    from tutor.cli import commands

    try:
        run = getattr(commands, f"run_{arguments.command}")
        status: int = run(arguments)
    except TutorError as error:
        print(f"tutor: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tutor: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # the disk is full, a folder may not be written
        where = f"{error.filename}: " if error.filename else ""
        print(f"tutor: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    return status


def _reencode(arguments: argparse.Namespace) -> None:
    """Replace bytes of the question that are no text in this system's encoding."""
    if isinstance(getattr(arguments, "question", None), str):
        arguments.question = arguments.question.encode("utf-8", "replace").decode()


def _encode_output(*, as_json: bool) -> None:
    """Never fail over a character that the terminal lacks; JSON is UTF-8 (RFC 8259)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")


def _quiet_libraries() -> None:
    """Keep progress bars and advice of libraries off the terminal, and telemetry off the wire."""
    for name, value in (
        ("TOKENIZERS_PARALLELISM", "false"),
        ("HF_HUB_DISABLE_TELEMETRY", "1"),
        ("HF_HUB_DISABLE_PROGRESS_BARS", "1"),
        ("TRANSFORMERS_VERBOSITY", "error"),
    ):
        os.environ.setdefault(name, value)
