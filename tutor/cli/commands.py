"""The commands: each parses nothing, calls one stage and prints what it gave."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from typing import Any

from tutor.cli.batch import Row, read_rows, read_summary
from tutor.cli.drawing import Bars, draw_answer, draw_hits, draw_report
from tutor.config import Sampling, Settings, load_settings
from tutor.errors import TutorError

Arguments = argparse.Namespace


def settings_of(arguments: Arguments) -> Settings:
    """The settings in force, the command line's values over all others."""
    names = {*Settings.model_fields, *Sampling.model_fields}
    return load_settings({k: v for k, v in vars(arguments).items() if k in names})


def print_json(row: dict[str, Any]) -> None:
    print(json.dumps(_finite(row), ensure_ascii=False, allow_nan=False), flush=True)


def _finite(value: Any) -> Any:
    """The value with null for numbers that JSON has no word for."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _finite(part) for key, part in value.items()}
        case list() | tuple():
            return [_finite(part) for part in value]
    return value


def run_ingest(arguments: Arguments) -> int:
    settings = settings_of(arguments)
    from tutor.embed import load_embedder
    from tutor.ingest import ingest

    embedder = load_embedder(settings, questions=False)
    report = ingest(settings, embedder, rebuild=arguments.rebuild, progress=Bars())
    if arguments.json:
        print_json(report.to_json())
    else:
        draw_report(report)
    return 0


def run_search(arguments: Arguments) -> int:
    rows = _rows(arguments, arguments.queries, "--queries")
    settings = settings_of(arguments)
    from tutor.assembly import load_retriever
    from tutor.cli.batch import search_row

    retriever, _ = load_retriever(settings)
    for row in rows:
        hits, milliseconds = search_row(retriever, row, arguments.k)
        if arguments.json:
            listed = [hit.to_json() for hit in hits]
            print_json({**row.identity(), "hits": listed, "ms": round(milliseconds, 1)})
        else:
            draw_hits(row.question, hits)
    return 0


def run_ask(arguments: Arguments) -> int:
    rows = _rows(arguments, arguments.questions, "--questions")
    settings = settings_of(arguments)
    from tutor.assembly import load_tutor

    tutor = load_tutor(settings, warn=lambda line: print(f"tutor: {line}", file=sys.stderr))
    if len(rows) > 1:
        tutor.warm_up()
    failed = False
    for number, row in enumerate(rows, start=1):
        out = arguments.out / str(number) if len(rows) > 1 else arguments.out
        events = tutor.answer(row.question, row.history)
        try:
            shown = draw_answer(events, out, quiet=arguments.json).to_json()
        except TutorError as error:  # a server's hiccup: the other rows may well be answered
            if arguments.questions is None:
                raise
            failed, shown = True, {"error": str(error)}
            if not arguments.json:
                print(flush=True)  # ends the line that it broke off in
            _tell_failed(number if row.id is None else row.id, error)
        if arguments.json:
            print_json({**row.identity(), **shown})
    return int(failed)


def _tell_failed(name: object, error: TutorError) -> None:
    print(f"tutor: question {name}: {error}", file=sys.stderr)


def run_lab(arguments: Arguments) -> int:
    from tutor.cli.labs import lab

    row = lab(arguments.rest)
    if row is not None:
        print_json(row)
    return 0


def run_route(arguments: Arguments) -> int:
    rows = _rows(arguments, arguments.utterances, "--utterances", "an UTTERANCE")
    settings = settings_of(arguments)
    from tutor.cli.route import in_words, route_json, routed
    from tutor.tools.router import load_router

    router = load_router(settings)
    router.route("ready")  # so that the first row's time holds no loading
    for row in rows:
        found, milliseconds = routed(router, row)
        if arguments.json:
            print_json(route_json(row, found, milliseconds))
        else:
            print(f"{row.question}\n  {in_words(found)}" if len(rows) > 1 else in_words(found))
    return 0


def run_eval(arguments: Arguments) -> int:
    settings = settings_of(arguments)
    from tutor import evaluate
    from tutor.assembly import load_tutor
    from tutor.cli.drawing import draw_differences, draw_failures, draw_figures

    questions = evaluate.read_questions(arguments.qa)
    before = read_summary(arguments.against) if arguments.against else None
    tutor = load_tutor(settings, warn=lambda line: print(f"tutor: {line}", file=sys.stderr))
    tutor.warm_up()
    bars = Bars()
    bars.start("asking", len(questions), "question")
    errors: list[tuple[str, TutorError]] = []
    outcomes = evaluate.evaluate(
        questions, tutor, tutor.retriever, lambda q, error: errors.append((q.id, error)), bars.step
    )
    bars.finish()
    for name, error in errors:
        _tell_failed(name, error)
    if not outcomes:
        return 1
    summary = {"qa": str(arguments.qa), "model": tutor.model_name, **evaluate.summarise(outcomes)}
    if errors:
        summary["errors"] = len(errors)
    differences = None if before is None else evaluate.differences(before, summary)
    failures = evaluate.failures(outcomes) if arguments.failures else []
    if arguments.json:
        if differences is not None:
            summary["differences"] = {name: [old, new] for name, old, new in differences}
        if arguments.failures:
            summary["failures"] = [outcome.to_json() for outcome in failures]
        print_json(summary)
        return int(bool(errors))
    draw_figures(summary)
    if differences is not None:
        draw_differences(differences)
    if failures:
        draw_failures(failures)
    return int(bool(errors))


def run_chat(arguments: Arguments) -> int:
    settings = settings_of(arguments)
    from tutor.chat import serve

    serve(settings, arguments.host, arguments.port)
    return 0


def run_doctor(arguments: Arguments) -> int:
    from tutor.cli.doctor import draw_findings, examine

    findings = examine(settings_of(arguments))
    if arguments.json:
        for finding in findings:
            print_json(finding.to_json())
    else:
        draw_findings(findings)
    return 0 if all(finding.ok or not finding.needed for finding in findings) else 1


def _rows(
    arguments: Arguments, file: os.PathLike[str] | None, option: str, one: str = "a QUESTION"
) -> list[Row]:
    """The one question given, or those of the batch file."""
    if (arguments.question is None) == (file is None):
        print(f"tutor {arguments.command}: give either {one} or {option} FILE", file=sys.stderr)
        raise SystemExit(2)
    if file is not None:
        return read_rows(file)
    if not arguments.question.strip():
        raise TutorError("the question is empty; write what you want to know")
    return [Row(None, arguments.question)]
