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
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_DECKS = frozenset({"reveal", "slides"})
_MANY = 1000  # tabs or slides of a set, of which one is looked for that is shown
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
    classes = _classes(element)
    if classes and (
        (element.tag == "a" and classes & _ANCHORS)
        or classes & _LINE_NUMBERS
        or _is_drawn_again(element, classes)
    ):
        return True
    if element.get("role", "") in _DROPPED_ROLES:
        return True
    return _is_hidden(element) and not _is_one_of_many(element)


def _is_hidden(element: Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
    )


def _is_one_of_many(element: Element) -> bool:
    """Whether a reader can turn to it: a tab or a slide beside one that is shown now.

    What nothing of its kind is shown beside cannot be turned to, and is a place to hide words.
    """
    if not (kind := _turned_to(element)):
        return False
    around = element.getparent()
    beside = islice(around, _MANY) if around is not None else ()
    return any(_turned_to(each) == kind and not _is_hidden(each) for each in beside)


def _turned_to(element: Element) -> str:
    """What of a set it is of which one is shown at a time: a tab or a slide of a deck."""
    if element.get("role") == "tabpanel":
        return "tab"
    decks = islice(element.iterancestors("div"), 2) if element.tag == "section" else ()
    return "slide" if any(_classes(each) & _DECKS for each in decks) else ""


def _is_part_of_text(element: Element) -> bool:
    """Whether it is a formula, who was quoted, or a note, though most of its kind are no text."""
    if element.tag == "footer":
        return next(element.iterancestors("blockquote"), None) is not None
    if element.tag == "aside":
        return not _NOTES.isdisjoint(_classes(element)) or _is_beside_the_point(element)
    if element.tag == "button":
        return _is_heading(element)
    return _is_formula(element)


def _is_beside_the_point(aside: Element) -> bool:
    """Whether a remark or a speaker's note within the text, no list of links to other pages."""
    if next(aside.iterancestors("main", "article", "section"), None) is None:
        return False
    links = sum(len("".join(link.itertext())) for link in aside.iter("a"))
    return links * 2 < len("".join(aside.itertext()))


def _is_heading(button: Element) -> bool:
    """Whether a heading's words all stand in it: it opens what is below, as in an accordion."""
    heading = next(button.iterancestors(*_HEADINGS), None)
    if heading is None:
        return False
    beside = heading.xpath(".//text()[not(ancestor::button)]")
    return not "".join(beside).strip()


def _classes(element: Element) -> frozenset[str]:
    return frozenset(element.get("class", "").split())


def _is_formula(element: Element) -> bool:
    return element.tag == "script" and "math/tex" in element.get("type", "")


def _is_drawn_again(element: Element, classes: frozenset[str]) -> bool:
    """Whether it is what MathJax drew from the formula that stands right behind it."""
    if not any(name.startswith("MathJax") for name in classes):
        return False
    following = element.itersiblings(tag=etree.Element)
    return any(_is_formula(each) for each in islice(following, 2))  # a preview stands before both
