"""Utterances that name a lab and wish for no run of it: a refusal, a remark, a question of how."""

from __future__ import annotations

import re

from tutor.tools.argument_patterns import IMAGES
from tutor.tools.choices import mentioned, says_action

_RUN = (
    r"(?:show|draw|run|sample|generate|plot|train|make|create|simulate|quiz|test|ask|examine|"
    r"search|paint|play|give|start)"
)
_FILLERS = r"^(?:(?:ok|okay|and|but|so|well|oh|hey|sorry|wait|,|please|could|can|would|you|i) )*"
_NOT = r"(?:do not|do n't|don 't|don't|dont)"
_REFUSAL = re.compile(
    rf"{_FILLERS}(?:(?:{_NOT}|never|stop|want no)"
    rf"(?: (?:to|you|me|any|please|need|want|the|a|more))* {_RUN}(?:t?ing|ming|ning|zing|s)?\b|"
    rf"(?:{_NOT} (?:want|need|like) |want |need )?"
    r"(?:no|any|not another|enough)(?: more| of the| with the)* "
    r"(?:quiz(?:zes|zing)?|questions?|tests?|exams?|labs?|demos?|pictures?|digits?|samples)\b)"
)
_BUT = re.compile(rf"(?:\bbut\b|\binstead\b|\brather\b|,|;|\.) .*\b{_RUN}\b")
_REMARK = re.compile(
    rf"{_FILLERS}(?:the|this|that|these|those|it|they|number|all|some|your|my|\d+)\b"
    r"(?: [\w']+){0,4}? (?:is|are|was|were|looks?|seems?|does not|do not|doesn 't)\b"
    r"(?! (?:=|-?\d+ |-?\d+$))"
)
""" "The second one looks wrong"; but "the seed is 7" sets one."""
_ORDINAL = re.compile(
    rf"{_FILLERS}(?:the )?(?:first|second|third|fourth|fifth|last)(?: (?:one|1))? ?\W*$"
)
_WISHES = re.compile(rf"\b(?:{_RUN}|see|let|try|again|want|repeat|redo|change|compare|use)\b")
_ON_PAPER = re.compile(
    r"\b(?:architectures?|diagrams?|flow ?charts?|schemas?|schematics?|block diagrams?|"
    r"pseudo ?code|source code|proofs?|derivations?)\b"
)
_HOW = re.compile(r"^(?:(?:and|but|so|ok) )*how (?:do|does|did|is|are|can) ")
_SEEN = re.compile(
    r"\b(?:show|see|plot|run|watch|look|looks|path|let|play|try|demo|compare|test|compression)\b"
)
_ASKED = re.compile(
    r"^(?:(?:and|but|so|ok) )*(?:what (?!about|if)|which|who|when|where|why|how (?!about)|is|are|"
    r"was|does|do i|do we|did|should|will)\b"
)
_KNOWN = re.compile(
    rf"\b(?:{IMAGES}|\w*digit\w*|latents?|noise|noisy|walks?|interpolations?|steps?|it|them|this|"
    r"that|those|things?|something|anything|some|more|random|fake|data|grid|training|everything|"
    r"curves?|maps?|morphs?|schedules?|paths?|points?|process|stages?|ring|plot|batch|seeds?)\b|"
    r"\d|•"
)
_DRAWN = re.compile(
    rf"{_FILLERS}(?:draw|paint|sketch)(?: (?:me|us))? (?P<thing>(?:[\w-]+ ){{1,4}}?)"
    r"(?:with|by|from|using|via|in|through)\b|"
    r"\b(?:pictures?|images?|photos?|drawings?|paintings?) of (?P<of>(?:an? |the |some )?[\w-]+)"
)


def no_wish(english: str) -> bool:
    """Whether it wishes that nothing runs, or for what no lab shows, whatever it may name."""
    if _REFUSAL.match(english) and not _BUT.search(english):
        return True
    if _ORDINAL.match(english) or (_REMARK.match(english) and not _WISHES.search(english)):
        return True
    return _ON_PAPER.search(english) is not None and "transformer" not in english


def only_asks(tool: str, action: str | None, english: str) -> bool:
    """Whether it asks about what the tool does: "how does the GAN make a seven?"."""
    if tool == "quiz":
        return _ASKED.match(english) is not None
    images = tool in ("gan", "vae", "diffusion", "autoencoder", "text_to_image", "compare")
    return images and _HOW.match(english) is not None and not _SEEN.search(english)


def draws_no_digit(english: str) -> bool:
    """Whether a lab of digits is to draw something else: "draw a cat with diffusion"."""
    found = _DRAWN.search(english)
    if found is None:
        return False
    thing = found["thing"] or found["of"]
    return not (_KNOWN.search(thing) or mentioned(thing) or says_action("interpolate", thing))
