"""What the command line accepts, and how it says what it does not."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tutor import __version__
from tutor.cli import commands
from tutor.cli.arguments import STRATEGIES, parser
from tutor.config import Sampling

COMMANDS = ["ingest", "search", "ask", "eval", "chat", "doctor"]


def parse(*arguments: str) -> argparse.Namespace:
    return parser().parse_args(list(arguments))


def subparsers() -> dict[str, argparse.ArgumentParser]:
    (action,) = [a for a in parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(action.choices)


def test_every_command_has_a_function_to_run_it() -> None:
    assert set(COMMANDS) <= subparsers().keys()
    for name in subparsers():
        assert callable(getattr(commands, f"run_{name}"))


def test_every_command_shows_worked_examples_in_its_help() -> None:
    for name, command in subparsers().items():
        text = command.format_help()
        assert "examples:" in text, name
        assert f"tutor {name}" in text.split("examples:")[1]


def test_every_option_is_explained() -> None:
    for name, command in subparsers().items():
        for action in command._actions:
            if action.option_strings:
                assert action.help, f"tutor {name} {action.option_strings}"


def test_what_is_not_given_leaves_the_settings_in_force() -> None:
    arguments = parse("ask", "Why?")
    for name in ("index", "model", *Sampling.model_fields):
        assert getattr(arguments, name, None) is None


def test_all_of_the_contracts_options() -> None:
    parse("ingest", "--corpus", "c", "--index", "i", "--rebuild", "--json")
    parse("search", "Why?", "-k", "3", "--index", "i", "--json")
    parse("search", "--queries", "q.jsonl")
    parse("ask", "--questions", "q.jsonl", "--model", "none", "--json")
    parse("eval", "--qa", "qa.jsonl", "--index", "i", "--json")
    parse("chat", "--host", "0.0.0.0", "--port", "80", "--index", "i")
    parse("doctor", "--json")
    given = parse(
        *("ask", "Why?", "--index", "i", "--strategy", "top-p", "--temperature", "0.7"),
        *("--top-k", "5", "--top-p", "0.8", "--max-new-tokens", "9", "--seed", "1"),
    )
    assert given.question == "Why?"
    assert given.index == Path("i")
    values = (given.strategy, given.temperature, given.top_k, given.top_p)
    assert values == ("top-p", 0.7, 5, 0.8)
    assert (given.max_new_tokens, given.seed) == (9, 1)


def test_a_negative_value_is_a_value_and_no_option() -> None:
    assert parse("ask", "Why?", "--temperature", "-1").temperature == -1


def test_the_strategies_are_those_of_the_settings() -> None:
    annotation = Sampling.model_fields["strategy"].annotation
    assert annotation.__args__ == STRATEGIES  # type: ignore[union-attr]
    assert STRATEGIES == ("greedy", "random", "top-k", "top-p")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["ask", "Why?", "--strategy", "beam"], "invalid choice: 'beam'"),
        (["ask", "Why?", "--temperature", "warm"], "--temperature"),
        (["ask", "Why?", "--top-k", "1.5"], "--top-k"),
        (["ask", "Why?", "--seed", "x"], "--seed"),
        (["ask", "Why?", "--beams", "4"], "--beams"),
        (["search", "Why?", "-k", "0"], "0 is not at least 1"),
        (["search", "Why?", "-k", "many"], "-k"),
        (["chat", "--port", "0"], "0 is not a port"),
        (["chat", "--port", "70000"], "70000 is not a port"),
        (["eval"], "--qa"),
        (["ingest", "stray"], "stray"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse(*arguments)
    assert exit_.value.code == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse("--version")
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"tutor {__version__}\n"
