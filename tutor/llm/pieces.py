"""What the tokens of a vocabulary stand for, as bytes, whatever the kind of tokenizer.

Byte-level tokenizers (GPT-2 and most since) spell every byte as a printable
character; SentencePiece spells a space as "▁" and single bytes as "<0xE2>".
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer, decoders

from tutor.models import read_tokenizer

Piece = tuple[int, bytes, bool]
"""A token's number, the bytes it stands for, and whether it is a mark of control."""

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Pieces:
    """The pieces that a tokenizer cuts texts into."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def from_folder(cls, folder: Path) -> Pieces:
        """Read `tokenizer.json`.

        Raises:
            ModelError: it is not there, or damaged.
        """
        return cls(read_tokenizer(folder / "tokenizer.json"))

    def split(self, text: str) -> list[Piece]:
        """The tokens of a text in order. Those of a byte-level tokenizer hold its very bytes."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        return [self.piece(token) for token in ids]

    def piece(self, token: int) -> Piece:
        """One token of the vocabulary."""
        if token in self._added:
            content, special = self._added[token]
            return token, content.encode(), special
        spelling = self._tokenizer.id_to_token(token) or ""
        if self._byte_level:
            data = bytes(_BYTES[c] for c in spelling if c in _BYTES)
        elif found := _BYTE.fullmatch(spelling):
            data = bytes([int(found[1], 16)])
        else:
            data = spelling.replace("▁", " ").encode()
        return token, data, False

    @cached_property
    def _added(self) -> dict[int, tuple[str, bool]]:
        """Tokens that stand beside the vocabulary: they are spelled as they are."""
        added = self._tokenizer.get_added_tokens_decoder()
        return {token: (mark.content, mark.special) for token, mark in added.items()}

    @cached_property
    def _byte_level(self) -> bool:
        kind = self._tokenizer.decoder
        return isinstance(kind, decoders.ByteLevel) or "ByteLevel" in repr(kind)


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's spelling of bytes: printable ones stand for themselves, the others follow 255.

    Radford et al. 2019, the published code's `bytes_to_unicode`.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    spelled = {chr(byte): byte for byte in printable}
    return spelled | {chr(256 + number): byte for number, byte in enumerate(others)}


_BYTES = _byte_alphabet()
