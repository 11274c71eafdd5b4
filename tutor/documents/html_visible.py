"""What of an HTML page its reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from lxml import etree  # type: ignore[import-untyped]

Element: TypeAlias = etree._Element

_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "nav", "footer", "aside", "svg", "iframe"}
    | {"object", "button", "select", "input", "textarea", "head", "dialog", "canvas", "audio"}
    | {"video", "map", "menu"}
)
_NOTES = frozenset({"footnote", "footnote-list", "footnotes", "admonition", "callout"})
_DROPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])"
    r"|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_ANCHORS = frozenset({"headerlink", "anchor-link"})  # the pilcrow that links to a heading
_LINE_NUMBERS = frozenset({"linenos", "linenodiv", "lineno", "rouge-gutter", "hljs-ln-numbers"})


def visible(element: Element) -> Iterator[Element]:
    """The child elements that a reader of the page sees. A dropped one keeps its tail."""
    for child in element:
        if is_dropped(child):
            kept = etree.Element("span")
            kept.tail = child.tail
            yield kept
        else:
            yield child


def is_dropped(element: Element) -> bool:
    if not isinstance(element.tag, str):  # a comment, an entity
        return True
    if element.tag in _DROPPED and not _is_part_of_text(element):
        return True
    classes = frozenset(element.get("class", "").split())
    if classes and (
        (element.tag == "a" and classes & _ANCHORS)
        or classes & _LINE_NUMBERS
        or _is_drawn_again(element, classes)
    ):
        return True
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return (
        hidden
        or element.get("role", "") in _DROPPED_ROLES
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
    )


def _is_part_of_text(element: Element) -> bool:
    """Whether it is a formula, who was quoted, or a note, though most of its kind are no text."""
    if element.tag == "footer":
        return next(element.iterancestors("blockquote"), None) is not None
    if element.tag == "aside":
        return not _NOTES.isdisjoint(element.get("class", "").split())
    return _is_formula(element)


def _is_formula(element: Element) -> bool:
    return element.tag == "script" and "math/tex" in element.get("type", "")


def _is_drawn_again(element: Element, classes: frozenset[str]) -> bool:
    """Whether it is what MathJax drew from the formula that stands right behind it."""
    if not any(name.startswith("MathJax") for name in classes):
        return False
    following = element.itersiblings(tag=etree.Element)
    return any(_is_formula(each) for each in islice(following, 2))  # a preview stands before both
