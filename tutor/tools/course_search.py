"""The tool `search_course`: the places that speak of a topic, each with its best lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tutor import coverage
from tutor.citations import verbatim
from tutor.evidence import Selector
from tutor.records import Evidence, Hit, ToolCall, ToolResult
from tutor.tools.registry import SearchCourse

PLACES = 4
WORDS = 28
"""Of each place's quote: four fit into a reply."""
_LOOKED_AT = 8

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Find = Callable[[str, int], list[Hit]]


class CourseSearch:
    """Looks a topic up. `find` is the retriever's search."""

    def __init__(self, find: Find, encode: Encode) -> None:
        self._find = find
        self._encode = encode
        self._selector = Selector(encode, WORDS)

    def __call__(self, call: ToolCall, options: SearchCourse) -> ToolResult:
        """The places, best first, as evidence."""
        hits = self._find(options.topic, _LOOKED_AT)
        if not coverage.on_subject(hits):
            return ToolResult(call, True, f"The course does not speak of “{options.topic}”.")
        vector = self._encode([options.topic])[0]
        found: dict[tuple[str, str], Evidence] = {}
        for hit in hits:
            chosen = self._selector.select(vector, [hit]).evidence
            if chosen:
                found.setdefault((hit.chunk.source, str(hit.chunk.place)), chosen[0])
        quotes = list(found.values())[:PLACES]
        evidence = verbatim(replace(e, marker=n) for n, e in enumerate(quotes, start=1))
        caption = f"Where the course speaks of “{options.topic}”:"
        return ToolResult(call, True, caption, {"places": len(evidence)}, evidence=evidence)
