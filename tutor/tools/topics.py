"""What a quiz or a search of the course is to be about, in the student's own words."""

from __future__ import annotations

import re

from tutor.tools.words import Utterance

_ABOUT = (
    r"\b(?:on|about|regarding|concerning|covering|over|around|of|topic|subject|with topic|in) "
    r"(?:the (?:topic|subject)s? (?:of )?)?(?:: )?"
)
_QUIZ = (
    r"\b(?:topic|subject) (?:is |: |of )?(\S.*)",
    r"\b(?:quiz|questions?|exam) ?: (\S.*)",
    r"\b(?:understood|understand|understanding of|knowledge of|know about|grasp(?:ed)?|mastered|"
    r"learned|"
    r"learnt|revise|know) (?:about )?(\S.*)",
    rf"(?:questions?|quiz\w*|test\w*|tasks?|things?|choice|ask|exercises?|drill|examine|me|"
    r"exam)\b.*?"
    rf"{_ABOUT}(\S.*)",
    r"\b(?:quiz|test|question|examine|drill|ask) me to (\S.*?)(?: from)?$",
    r"\bto (?:the )?(\S.*)",
    r"^(?:now |and |then )*(?:on |about )(\S.*)",
    rf"{_ABOUT}(\S.*)",
    r"\b(?:practi[cs]e|train|revise|rehearse) (\S.*)",
    r"^(?:an? |the |short |quick |pop |new |another |please )*(?!i |let |give |start |make |do |"
    r"take |quiz|"
    r"can |could |set |ask |want |\d)(\S+(?: \S+){0,2}?) (?:quiz|questions)\b",
)
_COURSE = (
    r"(?:(?:the |my |our |all |whole |entire |your )*(?:course|documents?|notes|slides?|handouts?|"
    r"materials?|units?|decks?|lectures?|script|texts?|corpus|files?|pages?|readings?|chapters?)"
    r"(?: (?:material|materials|documents|notes|slides|pages|text))?)"
)
_SEARCH = (
    rf"\b(?:search|look|looking|scan|check|comb|go|hunt)(?: (?:in|through|across|over|inside))?"
    rf"(?: {_COURSE})? (?:for|to|after) (?:the )?(\S.*)",
    r"\b(?:look up|locate|search) (?:: )?(\S.*)",
    r"\b(?:mentions?|mentioned|mentioning|discuss(?:es|ed|ing)?|talks? about|cover(?:s|ing)?|"
    r"treats?|"
    r"deals? with|explains?|describes?|introduces?|about|on|contains?|regarding|says? about|"
    r"speaks? "
    r"(?:of|about)|refers? to|read about|references? to|passages? (?:on|about|of)|parts? (?:on|"
    r"about|of)|"
    r"of the) (?!in |on |by )(\S.*)",
    r"\bwhere (?:\w+ ){0,4}?(?:is|are|does|do|can i (?:read|find)|mentions) (?:the )?(\S.*?) "
    r"(?:discussed|covered|explained|mentioned|treated|introduced|defined|described|dealt|come|"
    r"appear|"
    r"mentions|handled|taught)",
    r"\b(?:unit|document|page|slide|pages|slides|documents|units|chapter|lecture)s? (?:is|are|do "
    r"we|does|"
    r"do you|has|have) (?:cover )?(?:the )?(\S.*?)(?: discussed| covered| explained| mentioned| "
    r"treated|"
    r" introduced| defined| described|(?= ?[?.!]*$))",
    rf"\b(?:in|of) {_COURSE}.* (?:is|are) (?:the )?(\S.*)",
    rf"\bfind (?:all |every |any )?(?:places? )?(?:where )?(?:the )?(\S.*?)(?= in {_COURSE}| "
    r"?[?.!]*$)",
    r"\b(?:search|find|cover) (?:the )?(\S.*)",
    r"\bwhere (?:\w+ ){0,3}?(?:is|are|mentions) (?:the )?(\S.*)",
)
_MENTIONED = (
    r"^(?:is|are|was|were) (?:the )?(\S.*?) (?:mentioned|discussed|covered|explained|treated|"
    r"defined|"
    r"described|introduced|dealt with|talked about|brought up)\b",
    rf"^(?:do|does) (?:the )?{_COURSE} (?:mention|discuss|cover|explain|treat|define|describe|say "
    r"anything about|talk about|introduce|contain) (\S.*)",
    r"\bis there (?:anything|something|a (?:part|section|passage|page|slide|place)) (?:on|about) "
    r"(\S.*)",
)
_TAIL = re.compile(
    rf"(?: ?[,;.!?:]| please| for me| to (?:prepare|practi[cs]e|see|check|revise|learn)\b.*| "
    r"with \d+ \w+"
    rf"(?: \w+)?| \d+ (?:questions?|of them|tasks)| with (?:a (?:short )?quiz|some questions)| "
    r"(?:in|from|"
    rf"of|inside|within|across|throughout) (?:the )?{_COURSE}.*| discussed| covered| explained|"
    r" mentioned| treated| now| again| from| instead| this time| (?:to|at|for) me| quiz| and "
    r"show.*| come "
    r"up| appear|"
    r" by \w+$)+$"
)
_HEAD = re.compile(
    r"^(?:(?:the topic of|the topic|topic|the subject of|the word|the words|the term|the phrase|"
    r"all|every|"
    r"any|everything|mentions? of|mentions|references to|passages? (?:about|on)|about|on|for|of|"
    r"to|some|"
    r"what i know about|places? (?:where|that)|the part of the course on|me|:|,|by|where|the) )+"
)

_NO_TOPIC_ASKED = re.compile(
    r"(?:me|it|this|that|these|those|them|they|both|either|\d+|i|you|us)(?: on| in| at)?|"
    r"more|fewer|less|(?:practi[cs]e|revise|rehearse|prepare)?(?: ?(?:for|my|an?|our|the))*"
    r"(?: ?(?:next|final|coming|written|oral))? ?(?:exam|test|finals?|midterm)"
)
_NO_TOPIC = re.compile(
    r"(?:(?:\d+|more|fewer|less|again|once|another|next|an?|the|some|few|new|hard(?:er)?|"
    r"eas(?:y|ier)|short(?:er)?|quick|please|ones?|questions?|of|on|whole|entire|course|all|"
    r"everything)(?: |$))+"
)


def read_topic(tool: str, said: Utterance) -> str:
    """What a quiz or a search is about."""
    if said.quotes:
        return said.quotes[0]
    english = said.english.rstrip(" ?.!")
    for pattern in _QUIZ if tool == "quiz" else (*_MENTIONED, *_SEARCH):
        match = re.search(pattern, english)
        if not match:
            continue
        start, end = match.span(1)
        if head := _HEAD.match(english[start:end]):
            start += head.end()
        if tail := _TAIL.search(english[start:end]):
            end = start + tail.start()
        if start < end and not _NO_TOPIC_ASKED.fullmatch(english[start:end]):
            return clean(said.original(start, end))
    return ""


def new_topic(said: Utterance) -> str:
    """The topic of a follow-up: what is left of it without "and now about"."""
    if said.quotes:
        return said.quotes[0]
    english = said.english.rstrip(" ?.!")
    head = re.match(
        r"(?:(?:and|now|then|ok|next|what about|how about|same|again|once more|but|instead|try|"
        r"about|on|"
        r"for|with|do|the|topic|please|,|to|\d+ (?:\w+ )?questions? ,) )*",
        english,
    )
    start, end = (head.end() if head else 0), len(english)
    if tail := _TAIL.search(english[start:]):
        end = start + tail.start()
    words = english[start:end]
    if start >= end or _NO_TOPIC.fullmatch(words):
        return ""
    return clean(said.original(start, end))


def clean(text: str) -> str:
    return text.strip(" ?!,;:").strip("\"'“”„«»").strip(" ?!,;:")
