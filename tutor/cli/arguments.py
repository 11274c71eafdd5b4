"""What the command line accepts, and its help."""

from __future__ import annotations

import argparse
from pathlib import Path

from tutor import __version__

LAB_EXAMPLES = """examples:
  tutor lab                                  list the labs
  tutor lab gan --help                       the options of one
  tutor lab gan --digit 7 --n 20 --seed 3    twenty sevens
  tutor lab diffusion --action denoise --out pictures
  tutor lab train gan --data FOLDER_OF_MNIST"""

FORMS = ("normal", "short", "detailed", "simple", "example", "socratic")
STRATEGIES = ("greedy", "random", "top-k", "top-p")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(
        prog="tutor",
        description="A course tutor that answers from the course's own documents.",
        epilog="examples:\n"
        "  tutor ingest                          index the documents in corpus/\n"
        '  tutor ask "What is a GAN?"            a cited answer in the terminal\n'
        "  tutor chat                            the chat page, on localhost:8000\n"
        "\nSettings: tutor.toml, TUTOR_... variables; `tutor doctor` shows them.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"tutor {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_ingest(commands)
    _add_search(commands)
    _add_ask(commands)
    _add_lab(commands)
    _add_route(commands)
    _add_eval(commands)
    _add_chat(commands)
    _add_doctor(commands)
    return root


Commands = argparse._SubParsersAction  # argparse has no public name for it


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, summary: str, examples: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return command


def _add_index(command: argparse.ArgumentParser) -> None:
    command.add_argument("--index", type=Path, metavar="DIR", help="the index (default: index)")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object per line on stdout")


def _add_ingest(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "ingest",
        "index the documents of a course",
        "  tutor ingest\n  tutor ingest --corpus ~/lectures --index ~/lectures-index\n"
        "  tutor ingest --rebuild                after changing the embedding model",
    )
    command.add_argument("--corpus", type=Path, metavar="DIR", help="the documents (corpus)")
    _add_index(command)
    command.add_argument("--rebuild", action="store_true", help="make the index anew")
    _add_json(command)


def _add_search(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "search",
        "find passages, without an answer",
        '  tutor search "mode collapse" -k 3\n  tutor search --queries questions.jsonl --json',
    )
    command.add_argument("question", nargs="?", metavar="QUESTION")
    command.add_argument("--queries", type=Path, metavar="FILE", help="a JSON row per question")
    command.add_argument("-k", type=_positive, default=5, metavar="N", help="hits (default: 5)")
    _add_index(command)
    _add_json(command)


def _add_ask(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "ask",
        "answer a question from the course, with evidence",
        '  tutor ask "Why do GANs collapse?"\n'
        '  tutor ask "What is an LSTM?" --form simple\n'
        '  tutor ask "What is an LSTM?" --strategy top-p --temperature 0.7 --seed 1\n'
        '  tutor ask "show me sixteen sevens from the GAN"\n'
        "  tutor ask --questions questions.jsonl --json > answers.jsonl",
    )
    command.add_argument("question", nargs="?", metavar="QUESTION")
    command.add_argument("--questions", type=Path, metavar="FILE", help="a JSON row per question")
    _add_index(command)
    command.add_argument("--model", metavar="NAME", help="bundled, none, a path, hub name or URL")
    command.add_argument("--form", choices=FORMS, help="how the answer is given (normal)")
    command.add_argument("--out", type=Path, default=Path("labs-out"), metavar="DIR", help="where "
                         "pictures of a lab go, if the question runs one (labs-out)")  # fmt: skip
    sampling = command.add_argument_group("sampling")
    sampling.add_argument("--strategy", choices=STRATEGIES, help="how tokens are chosen (greedy)")
    sampling.add_argument("--temperature", type=float, metavar="T", help="0 to 5 (1)")
    sampling.add_argument("--top-k", type=int, metavar="K", help="tokens kept by top-k (50)")
    sampling.add_argument("--top-p", type=float, metavar="P", help="nucleus of top-p (0.9)")
    sampling.add_argument("--min-p", type=float, metavar="M", help="share of the likeliest (0)")
    sampling.add_argument("--repetition-penalty", type=float, metavar="R", help="1 to 2 (1, off)")
    sampling.add_argument("--max-new-tokens", type=int, metavar="N", help="at most (160)")
    sampling.add_argument("--seed", type=int, metavar="S", help="same seed, same text")
    _add_json(command)


def _add_lab(commands: Commands[argparse.ArgumentParser]) -> None:
    # Each lab has options of its own, which `cli.labs` parses: to this parser no word is an
    # option, since no word begins with a NUL.
    command: argparse.ArgumentParser = commands.add_parser(
        "lab",
        help="run a lab: GAN, VAE, diffusion, attention and more, with pictures",
        prefix_chars="\0",
        add_help=False,
        epilog=LAB_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("rest", nargs="*")


def _add_route(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "route",
        "say which lab a wish in plain words would run, without running it",
        '  tutor route "draw sixteen sevens with the GAN"\n'
        "  tutor route --utterances utterances.jsonl --json",
    )
    command.add_argument("question", nargs="?", metavar="UTTERANCE")
    command.add_argument("--utterances", type=Path, metavar="FILE", help="a JSON row per utterance")
    _add_json(command)


def _add_eval(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "eval",
        "measure the tutor on questions with known answers",
        "  tutor eval --qa tests/data/course_qa.jsonl\n"
        "  tutor eval --qa qa.jsonl --json > before.json   # later:\n"
        "  tutor eval --qa qa.jsonl --against before.json --failures",
    )
    command.add_argument("--qa", type=Path, metavar="FILE", required=True, help="QA rows as JSONL")
    _add_index(command)
    command.add_argument("--model", metavar="NAME", help="as for ask; none: evidence only")
    command.add_argument("--failures", action="store_true", help="list what went wrong")
    command.add_argument("--against", type=Path, metavar="FILE", help="an earlier run's --json")
    _add_json(command)


def _add_chat(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "chat",
        "open the chat page",
        "  tutor chat\n  tutor chat --host 0.0.0.0 --port 80   for a whole class",
    )
    command.add_argument("--host", default="127.0.0.1", metavar="H", help="(127.0.0.1)")
    command.add_argument("--port", type=_port, default=8000, metavar="P", help="(8000)")
    _add_index(command)


def _add_doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands, "doctor", "check the installation and say what is missing", "  tutor doctor"
    )
    _add_json(command)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{value} is not a port (1 to 65535)")
    return value
