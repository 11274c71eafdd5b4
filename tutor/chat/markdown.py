"""Words of documents and models, made safe to be drawn as Markdown.

What they say is shown; what they could do is not: no picture is loaded, no
link or HTML is made, and no character that Chainlit's Markdown gives a meaning
of its own (`:name`, a lone `$` or `~`) swallows words. Code and formulas stay
as they are, which is safe only where CommonMark takes them for such as well: so
each is written in a way that leaves no doubt, and the marks of any other are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath

AUTHORED = {".md", ".markdown", ".ipynb", ".rmd", ".qmd"}
"""Formats whose authors write Markdown; in others `*` and `_` are plain characters."""

_LINE_END = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""What ends a line for CommonMark or for `str.splitlines`, by which quotes are cut into lines."""
_BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>(?P<mark>[`~])(?P=mark){2,})(?!(?P=mark))"
    r"(?P<info>(?<=~).*|(?<=`)[^`\n]*)\n"
    r"(?P<code>(?:.*\n)*?)(?:[ \t]*(?P=fence)(?P=mark)*[ \t]*$|(?P<last>.*)\Z)"
    r"|^[ \t]*\$\$(?=\s*[^\s$])(?P<formula>(?:[^$]|\$(?!\$))+?)\$\$[ \t]*$",
    re.MULTILINE,
)
"""Fenced code, as far as the text if nothing closes it, and display formulas."""
_KEPT = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>(?P<tick>`+)(?!`)[^\n]+?(?<!`)(?P=tick)(?!`))"
    r"|(?P<ticks>`+)"
    r"|(?P<formula>(?<!\$)\$\$(?!\$)[^$\n]+\$\$(?!\$)"
    r"|(?<![\\$\w])\$(?![\s$])[^$\n]+?(?<![\s\\])\$(?![\d$]))"
)
"""What is escaped already; code, backticks that are none, and formulas, each within a line."""
_ADDRESS = re.compile(
    r"(?<![A-Za-z])(?:https?://|www\.)[^\s<>`\"')\]|]*[^\s<>`\"')\]|.,;:!?*_\\]", re.IGNORECASE
)

_ROWS = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|\Z))+", re.MULTILINE)
_RULE = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")
_LIKE_RULE = re.compile(r"(?=.*-)[-:|\s>*+.)\d]*")
"""The line under a table's head, be it in a list or a quotation; other lines look like it too."""
_CELLS = re.compile(r"(?:[^\\|]|\\.?)+|\|", re.DOTALL)

_LINK = re.compile(
    r"!?(?<!\\)\[(?P<text>[^\[\]\n]*)\]"
    r"\((?:<[^<>\n]*>|(?:[^()\s]|\([^()\s]*\))*)"
    r"(?:[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
)
NESTED = 3
"""How deep links are taken out: a picture in a link is two, and thousands would take minutes."""
_MEANT = re.compile(
    r"[\[\]]"  # what is left of links, pictures, footnotes and their definitions
    r"|<(?=[A-Za-z/!?])"  # HTML, and addresses in angle brackets
    r"|:(?=[:\w\t])"  # directives
    r"|\$"  # what opens or closes no formula
    r"|(?<!~)~(?!~)"  # strikes through from here to the next "about"
    r"|~(?=~~)"  # a fence after a list's mark
    r"|\\(?!\n)"  # what escapes nothing would escape the next piece
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
    text = _LINE_END.sub("\n", text.translate(_FONT_BULLETS))
    parts: list[str] = []
    end = 0
    for match in _BLOCK.finditer(text):
        parts += [_prose(text[end : match.start()], authored), _block(match)]
        end = match.end()
    parts.append(_prose(text[end:], authored))
    return "".join(parts)


def _block(match: re.Match[str]) -> str:
    """Fenced code or a display formula, closed, and from the line's beginning.

    An indented one would belong to the list before it and end with its item, maybe
    before its own end. A formula on one line would be set as small as in running text.
    """
    if match["formula"]:
        return f"$$\n{match['formula'].strip()}\n$$"
    code = match["code"] + (f"{match['last']}\n" if match["last"] else "")
    code = re.sub(rf"^[ \t]{{0,{len(match['indent'])}}}", "", code, flags=re.MULTILINE)
    info = match["info"].replace("|", "")  # with a bar some readers see a table's head
    return f"{match['fence']}{info}\n{code}{match['fence']}"


def _prose(text: str, authored: bool) -> str:
    """What is between the blocks: tables, cell by cell, and all other lines."""
    parts: list[str] = []
    for is_table, stretch in _stretches(text):
        cells = _CELLS.findall(stretch) if is_table else [stretch]
        parts += [cell if cell == "|" else _inline(cell, authored) for cell in cells]
    return _ROWS.sub(_with_head, "".join(parts))


def _stretches(text: str) -> Iterator[tuple[bool, str]]:
    """The text cut where a table may begin or end: a bar ends a cell of it even inside code."""
    paragraphs = groupby(text.splitlines(keepends=True), key=lambda line: bool(line.strip(" \t\n")))
    marked = (
        (any(_ROWS.match(line) or _LIKE_RULE.fullmatch(_unlinked(line)) for line in lines), lines)
        for lines in (list(group) for _, group in paragraphs)
    )
    for is_table, group in groupby(marked, key=lambda pair: pair[0]):
        yield is_table, "".join(line for _, lines in group for line in lines)


def _with_head(rows: re.Match[str]) -> str:
    """Rows without a head get an empty one, without which Markdown shows their bars."""
    first, *others = rows.group().splitlines()
    if _RULE.fullmatch(first) or (others and _RULE.fullmatch(others[0])):
        return rows.group()
    columns = len(_BAR.findall(first)) - 1
    return f"\n|{'  |' * columns}\n|{'---|' * columns}\n{rows.group()}"


def _inline(text: str, authored: bool) -> str:
    """Lines outside of blocks, or a cell: their code and formulas as they are, their words."""
    parts: list[str] = []
    end = 0
    for match in _KEPT.finditer(text):
        if match["escape"]:
            continue
        parts.append(_words(text[end : match.start()], authored))
        parts.append("\\`" * len(match["ticks"]) if match["ticks"] else match.group())
        end = match.end()
    parts.append(_words(text[end:], authored))
    return "".join(_apart(part for part in parts if part))


def _apart(parts: Iterable[str]) -> Iterator[str]:
    """The parts, with a space where two pieces of code touch: they would be one, or none."""
    before = ""
    for part in parts:
        yield f" {part}" if before.endswith("`") and part.startswith("`") else part
        before = part


def _words(text: str, authored: bool) -> str:
    """A stretch without code and formulas. Links and pictures leave their words."""
    text = _unlinked(text)
    parts: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        # An address is shown as code: Markdown makes a link of it otherwise.
        parts += [_escaped(text[end : match.start()], authored), f"`{match.group()}`"]
        end = match.end()
    parts.append(_escaped(text[end:], authored))
    return "".join(parts)


def _unlinked(text: str) -> str:
    for _ in range(NESTED):
        if "](" not in text:
            break
        text = _LINK.sub(lambda match: match["text"], text)
    return text


def _escaped(text: str, authored: bool) -> str:
    """The words with their meaning characters escaped; what is escaped already stays so."""
    parts: list[str] = []
    end = 0
    for match in _ESCAPED.finditer(text):
        parts += [_plain(text[end : match.start()], authored), match.group()]
        end = match.end()
    parts.append(_plain(text[end:], authored))
    return "".join(parts)


def _plain(text: str, authored: bool) -> str:
    text = _MEANT.sub(lambda match: "\\" + match.group(), text)
    return text if authored else _EMPHASIS.sub(lambda match: "\\" + match.group(), text)
