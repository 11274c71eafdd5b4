"""Conversations to tokens and tokens to text, without transformers.

A model's folder holds `tokenizer.json` and its chat template; both are small
and load in a few hundredths of a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from tutor.errors import ModelError
from tutor.models import read_tokenizer
from tutor.records import Message

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
)
"""For base models, which come without a chat template."""


class ChatTokenizer:
    """The tokenizer and chat template of one model."""

    def __init__(self, tokenizer: Tokenizer, template: str, special: dict[str, str]) -> None:
        self._tokenizer = tokenizer
        self._special = special
        # Templates come with models of strangers: sandboxed, as transformers does.
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        environment.globals["raise_exception"] = _raise
        self.takes_tools = re.search(r"\btools\b", template) is not None
        try:
            self._template = environment.from_string(template)
        except TemplateError as error:
            raise ModelError(f"the model's chat template is damaged: {error}") from None
        names = {special.get("eos_token", ""), "<|im_end|>", "<|eot_id|>", "<|endoftext|>", "</s>"}
        found = (tokenizer.token_to_id(name) for name in names if name)
        marks = [t.content for t in tokenizer.get_added_tokens_decoder().values() if t.special]
        # Longest first, so that no token is left over inside another.
        ordered = sorted(marks, key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self.ends = frozenset(token for token in found if token is not None)

    @classmethod
    def from_folder(cls, folder: Path) -> ChatTokenizer:
        """Read `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja`.

        Raises:
            ModelError: there is no `tokenizer.json`.
        """
        tokenizer = read_tokenizer(folder / "tokenizer.json")
        config: dict[str, Any] = {}
        file = folder / "tokenizer_config.json"
        if file.is_file():
            try:
                config = json.loads(file.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ModelError(f"{file}: damaged ({error}); fetch the model again") from None
        template = config.get("chat_template")
        if (folder / "chat_template.jinja").is_file():
            template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
        special = {
            name: value["content"] if isinstance(value, dict) else value
            for name, value in config.items()
            if name in ("bos_token", "eos_token", "pad_token", "unk_token") and value
        }
        if not isinstance(template, str):
            template = PLAIN_TEMPLATE
        return cls(tokenizer, template, special)

    def render(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> str:
        """The conversation as the model was trained to read it, up to its next reply.

        `tools` are offered to it as JSON schemas, if its template has a place for them.
        """
        turns = [{"role": m.role, "content": self._harmless(m.content)} for m in messages]
        offered = {"tools": list(tools)} if tools else {}
        try:
            text: str = self._template.render(
                messages=turns, add_generation_prompt=True, **offered, **self._special
            )
        except TemplateError as error:
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


def _raise(message: str) -> None:
    raise ModelError(f"the model's chat template refused the conversation: {message}")


def save_tokenizer(path: Path, folder: Path) -> None:
    """Write the tokenizer files of a GGUF file into `folder`, by transformers."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    tokenizer.save_pretrained(str(folder))
