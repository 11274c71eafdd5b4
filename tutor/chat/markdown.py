"""Words of documents and models, made safe to be drawn as Markdown.

What they say is shown; what they could do is not: no picture is loaded, no
link or HTML is made, and no character that Chainlit's Markdown gives a meaning
of its own (`:name`, a lone `$` or `~`) swallows words. Code and formulas stay
as they are.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

AUTHORED = {".md", ".markdown", ".ipynb", ".rmd", ".qmd"}
"""Formats whose authors write Markdown; in others `*` and `_` are plain characters."""

_AS_IT_IS = re.compile(
    r"^[ \t]*(?P<fence>```+|~~~+)[^\n]*\n.*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|\$\$.+?\$\$"
    r"|(?<![`\\])(?P<tick>`+)(?!`)[^\n]+?(?<!`)(?P=tick)(?!`)"
    r"|(?<![\\$\w])\$(?![\s$])[^$\n]+?(?<![\s\\])\$(?![\d$])"
    r"|(?<!\]\()(?<!\w)(?P<address>(?:https?://|www\.)[^\s<>`\"')\]|]*[^\s<>`\"')\]|.,;:!?*_])",
    re.MULTILINE | re.DOTALL,
)
"""Fenced code, display formulas, code in a line, formulas in a line, addresses of the web."""

_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n.*?(?:^[ \t]*\1|\Z)", re.MULTILINE | re.DOTALL)
_FORMULA_LINE = re.compile(r"^([ \t]*)\$\$[ \t]*(\S[^$\n]*?)[ \t]*\$\$[ \t]*$", re.MULTILINE)
"""A display formula on one line: Markdown would set it as small as in running text."""
_ROWS = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z))+", re.MULTILINE)
_RULE = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")

_LINK = re.compile(
    r"!?\[(?P<text>[^\[\]]*)\]"
    r"\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_MEANT = re.compile(
    r"[\[\]]"  # what is left of links, pictures, footnotes and their definitions
    r"|<(?=[A-Za-z/!?])"  # HTML, and addresses in angle brackets
    r"|:(?=[:\w])"  # directives
    r"|\$"  # what opens or closes no formula
    r"|(?<!~)~(?!~)"  # strikes through from here to the next "about"
)
_FONT_BULLETS = dict.fromkeys(map(ord, "\x7f\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf0e0"), "•")
"""Bullets that the fonts of PDFs keep at codes of their own."""
_EMPHASIS = re.compile(r"[*_]")
_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")


def is_authored(source: str) -> bool:
    """Whether a document's own text is Markdown."""
    return PurePosixPath(source).suffix.lower() in AUTHORED


def neutral(text: str, *, authored: bool = True) -> str:
    """Markdown that shows the words of `text` and does nothing else."""
    text = text.translate(_FONT_BULLETS)
    parts: list[str] = []
    end = 0
    for match in _AS_IT_IS.finditer(text):
        # An address is shown as code: Markdown makes a link of it otherwise.
        kept = f"`{match['address']}`" if match["address"] else match.group()
        parts += [_words(text[end : match.start()], authored), kept]
        end = match.end()
    parts.append(_words(text[end:], authored))
    return _laid_out("".join(parts))


def _laid_out(text: str) -> str:
    """Formulas on lines of their own, and rows that were cut off their table as a table."""
    parts: list[str] = []
    end = 0
    for match in [*_FENCED.finditer(text), None]:
        stretch = text[end : match.start() if match else None]
        stretch = _FORMULA_LINE.sub(r"\1$$\n\1\2\n\1$$", stretch)
        parts.append(_ROWS.sub(_with_head, stretch))
        if match:
            parts.append(match.group())
            end = match.end()
    return "".join(parts)


def _with_head(rows: re.Match[str]) -> str:
    """Rows without a head get an empty one, without which Markdown shows their bars."""
    first, *others = rows.group().splitlines()
    if _RULE.fullmatch(first) or (others and _RULE.fullmatch(others[0])):
        return rows.group()
    columns = len(_BAR.findall(first)) - 1
    return f"\n|{'  |' * columns}\n|{'---|' * columns}\n{rows.group()}"


def _words(text: str, authored: bool) -> str:
    """A stretch without code and formulas. Links and pictures leave their words."""
    changed = 1
    while changed and "](" in text:
        text, changed = _LINK.subn(lambda match: match["text"], text)
    parts: list[str] = []
    end = 0
    for match in _ESCAPED.finditer(text):  # what is escaped already stays so
        parts += [_escaped(text[end : match.start()], authored), match.group()]
        end = match.end()
    parts.append(_escaped(text[end:], authored))
    return "".join(parts)


def _escaped(text: str, authored: bool) -> str:
    text = _MEANT.sub(lambda match: "\\" + match.group(), text)
    return text if authored else _EMPHASIS.sub(lambda match: "\\" + match.group(), text)
