"""Prompts are files: Markdown with a part for each role and named placeholders.

A part begins with a line `# system` or `# user`; a placeholder is written
`{{name}}`. Values are put in as they are: what looks like a placeholder
inside a value stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tutor.errors import PromptError
from tutor.records import Message, Role

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_PART = re.compile(r"^# (system|user|assistant)\s*$", re.MULTILINE)


def read_prompt(folder: Path, name: str) -> str:
    """The text of `name`.md in `folder`.

    Raises:
        PromptError: there is no such file, or it is not UTF-8 text.
    """
    file = folder / f"{name}.md"
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"prompt {file} cannot be read: {error}") from None


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced.

    Raises:
        PromptError: a placeholder has no value, or a value no placeholder.
    """
    wanted = set(_PLACEHOLDER.findall(text))
    if missing := sorted(wanted - values.keys()):
        raise PromptError(f"the prompt asks for {{{{{missing[0]}}}}}, which is not known here")
    if unused := sorted(values.keys() - wanted):
        raise PromptError(f"the prompt has no place for {{{{{unused[0]}}}}}")
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], text)


def messages(text: str, values: Mapping[str, str]) -> list[Message]:
    """A prompt's parts as messages, filled.

    Raises:
        PromptError: as `fill`, or the text has no part.
    """
    fill(text, values)  # each part has only some of the placeholders; check them together
    pieces = _PART.split(text)
    if len(pieces) < 3:
        raise PromptError("the prompt has no part: begin one with a line '# user'")
    roles: list[Role] = [role for role in pieces[1::2]]  # type: ignore[misc]
    return [
        Message(role, _PLACEHOLDER.sub(lambda m: values[m.group(1)], part.strip()))
        for role, part in zip(roles, pieces[2::2], strict=True)
    ]
