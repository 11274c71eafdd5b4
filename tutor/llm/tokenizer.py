"""Conversations to tokens and tokens to text, without transformers.

A model's folder holds `tokenizer.json` and its chat template; both are small
and load in a few hundredths of a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.ext import Extension
from jinja2.nodes import Node, Scope
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from tutor.errors import ModelError
from tutor.models import read_tokenizer
from tutor.records import Message

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
)
"""For base models, which come without a chat template."""

_ENDS = (
    *("<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|endoftext|>", "<|end|>", "<end_of_turn>"),
    "</s>",
)
"""Where a turn ends in the usual families."""


class ChatTokenizer:
    """The tokenizer and chat template of one model."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        template: str,
        special: dict[str, str],
        *,
        for_tools: str | None = None,
        ends: Iterable[int] = (),
    ) -> None:
        """`for_tools` is the template where tools are offered, if the model has one of its own.

        `ends` are tokens that end a reply, beside those known by name.
        """
        self._tokenizer = tokenizer
        self._special = special
        self._template = _compiled(template)
        self._for_tools = _compiled(for_tools) if for_tools else self._template
        self.takes_tools = re.search(r"\btools\b", for_tools or template) is not None
        added = tokenizer.get_added_tokens_decoder()
        named = (tokenizer.token_to_id(name) for name in (*_ENDS, special.get("eos_token")) if name)
        marks = [token.content for token in added.values() if token.special]
        # Longest first, so that no token is left over inside another.
        ordered = sorted(marks, key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self.ends = frozenset(
            {token for token in named if token is not None} | (added.keys() & set(ends))
        )

    @classmethod
    def from_folder(cls, folder: Path) -> ChatTokenizer:
        """Read `tokenizer.json`, its configuration, the chat template, and what ends a reply.

        Raises:
            ModelError: there is no `tokenizer.json`, or a file is damaged.
        """
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        config = _facts(folder / "tokenizer_config.json")
        template, for_tools = _templates(config.get("chat_template"))
        if (folder / "chat_template.jinja").is_file():
            template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
            for_tools = None
        eos = _facts(folder / "generation_config.json").get("eos_token_id")
        ends = [end for end in (eos if isinstance(eos, list) else [eos]) if isinstance(end, int)]
        special = {
            name: value["content"] if isinstance(value, dict) else value
            for name, value in config.items()
            if name in ("bos_token", "eos_token", "pad_token", "unk_token") and value
        }
        return cls(tokenizer, template or PLAIN_TEMPLATE, special, for_tools=for_tools, ends=ends)

    def render(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> str:
        """The conversation as the model was trained to read it, up to its next reply.

        `tools` are offered to it as JSON schemas, if its template has a place for them.
        """
        turns = [{"role": m.role, "content": self._harmless(m.content)} for m in messages]
        offered = {"tools": list(tools)} if tools else {}
        template = self._for_tools if tools else self._template
        try:
            text: str = template.render(
                messages=turns, add_generation_prompt=True, **offered, **self._special
            )
        except (TemplateError, TypeError, ValueError) as error:
            raise ModelError(f"the model's chat template cannot be used: {error}") from None
        return text

    def _harmless(self, content: str) -> str:
        """A content without control tokens, by which a document could forge a turn."""
        while self._control and self._control.search(content):
            content = self._control.sub(" ", content)
        return content

    def prompt(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()
    ) -> list[int]:
        """The tokens of `render`."""
        return self.encode(self.render(messages, tools))

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text


class _Generation(Extension):
    """Passes `{% generation %}` blocks through: they mark for training what the model writes."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return Scope(body, lineno=line)


def _compiled(template: str) -> Template:
    # Templates come with models of strangers: sandboxed, as transformers does.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
    )
    environment.filters["tojson"] = _json
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    environment.globals["raise_exception"] = _raise
    try:
        return environment.from_string(template)
    except TemplateError as error:
        raise ModelError(f"the model's chat template is damaged: {error}") from None


def _json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON as models are trained with it: Jinja's own sorts the keys and escapes for HTML."""
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _facts(file: Path) -> dict[str, Any]:
    """What a JSON file of the model's says; nothing where there is none."""
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{file}: damaged ({error}); fetch the model again") from None
    return found if isinstance(found, dict) else {}


def _templates(found: Any) -> tuple[str | None, str | None]:
    """The template of a configuration and the one for tools; some models have them by name."""
    if not isinstance(found, list):
        return (found if isinstance(found, str) else None), None
    pairs = [(each.get("name"), each.get("template")) for each in found if isinstance(each, dict)]
    texts = {str(name): text for name, text in pairs if isinstance(text, str)}
    return texts.get("default"), texts.get("tool_use")


def _raise(message: str) -> None:
    raise ModelError(f"the model's chat template refused the conversation: {message}")


def save_tokenizer(path: Path, folder: Path) -> None:
    """Write the tokenizer files of a GGUF file into `folder`, by transformers."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    tokenizer.save_pretrained(str(folder))
