"""The letters of documents as a keyboard has them: words are found however they were set."""

from __future__ import annotations

import re
import unicodedata

_BRITISH = re.compile(r"(?<=[a-z]{4})(?:is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)|our(?=s?$))")
_INVISIBLE = re.compile(r"\u00ad\s*|[\u200b-\u200d\u2060\ufeff]")


def plain_letters(text: str) -> str:
    """A text without ligatures, soft hyphens and signs of no width, its accents on their letters.

    For comparing and embedding alone: a quote stays as the document has it. (Unicode's
    compatibility composition, NFKC, Unicode Standard Annex 15.)
    """
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def american(word: str) -> str:
    """A lower-case word in one spelling: regularize for regularise, behavior for behaviour.

    What it does to a word such as "noise" does no harm: it does it everywhere.
    """
    return _BRITISH.sub(lambda match: "iz" if match.group() == "is" else "or", word)
