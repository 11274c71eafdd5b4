"""The texts of a wish: the sentence to look at, the prompt to draw, the topic to ask about.

They are given back as the student wrote them. What stands in quotes or after
a colon was set aside by `tutor.tools.words`; here it is told what it is for,
and texts without quotes are found by the words around them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.tools.choices import actions_of, read_choices, says_action
from tutor.tools.own_data import own_data, quoted_data
from tutor.tools.registry import TOOLS
from tutor.tools.topics import clean, read_topic
from tutor.tools.words import QUOTE, Utterance

_END = (
    r"(?= ?$|(?: ?[,;.!?])* ?$| ?[,;] | (?:please|for me|into|in) (?:tokens?|pieces|subwords?)| "
    r"please| "
    r"for me| with (?:the|a|layer|head|temperature|top|seed|guidance|\d)| using | in layer| at "
    r"temperature| by embedding| by vector| in (?:the )?(?:embedding|vector) space| as (?:vectors|"
    r"tokens)| \d+ (?:times|tokens|steps|samples)| as (?:vectors|points)| and (?:show|plot|count|"
    r"draw|"
    r"list|compare)\b| \( )"
)
_REST = rf"(\S.*?){_END}"
_A = (
    r"(?:(?:the|a|an|my|this|that|some|word|words|text|sentence|phrase|string|term|token|name|"
    r"of|:|,) )*"
)
_T = (
    r"(?:(?:the |an? |my |this |that |some )?(?:words?|text|sentence|phrase|string|term|token|"
    r"name) "
    r"|of |: |, )*"
)

_CUES: dict[str, tuple[str, ...]] = {
    "tokens": (
        rf"\btokenize {_T}{_REST}",
        rf"\b(?:split|break|cut|chop|divide|decompose|segment)(?: up| down)? {_T}(\S.*?) "
        r"(?:into|to|in|up into|as|by) (?:its )?(?:tokens?|pieces|subwords?|parts)",
        rf"\b(?:split|break|cut|chop|divide|segment)(?: up| down)? {_T}{_REST}",
        rf"\bhow many tokens (?:is|are|are in|are there in|in|does|do|has|has got|make up|for) {_A}"
        r"(\S.*?)(?: have| has| take| need| become| count as| use| cost)?(?= ?[?.!]*$)",
        rf"\b(?:is|are|gets?|does) {_A}(\S+) (?:tokenized|split|cut up|broken|encoded)",
        rf"\b(?:is|are|gets?|does|do) (?:(?:the|a) (?:tokenizer|model) )?(?:cut|split|read|see|"
        r"chop|break)? ?"
        rf"{_A}(\S+) (?:in|into|to) tokens?",
        rf"\b(?:tokens?|tokenization|tokenizer|subwords?|encoding|pieces)(?: ids?)?(?: of| for| "
        r"in| on|"
        rf" from| to)? (?:: )?(?!does|do |is |are |have|has )?{_T}{_REST}",
    ),
    "attention": (
        rf"\b(?:sentence|phrase|text|words) (?:: )?{_REST}",
        rf"\battention(?: weights?| map| maps| heatmap| pattern| patterns| matrix| heads?)? "
        rf"(?:of|for|on|over|in|to|between|across) (?!layer|head|\d){_T}{_REST}",
    ),
    "embeddings": (
        rf"\b(?:neighbours?|closest|nearest|similar|close|near)(?: \w+)?(?: \w+)? (?:of|to|for) "
        rf"{_A}"
        rf"{_REST}",
        rf"\b(?:neighbours?|similar)(?: passages?| sentences?| texts?)? {_A}{_REST}",
    ),
    "classifier": (rf"\b(?:spam|ham|message|mail|email) (?:: )?{_REST}",),
    "sampling": (
        rf"\b(?:after|following|prompt|start(?:ing)? (?:with|from)|beginning with|complete|"
        r"continue|"
        rf"continuations? of|the text|the words|given) {_T}{_REST}",
    ),
    "language_model": (
        r"\b(?:start(?:ing|s)?|begin(?:ning|s)?|prompt(?:ed)?|open(?:ing)?) (?:it )?(?:with|from|"
        r"by|"
        rf"of|at) {_T}{_REST}",
        rf"\b(?:continue|complete|prompt) (?:: )?{_T}{_REST}",
        rf"\bafter {_T}{_REST}",
    ),
}
_NOT_A_TEXT = re.compile(
    r"^(?:(?:the|an?|my|this|that|some) (?:words?|text|sentence|phrase|string|term|token)|it|"
    r"this|that|me|them|one|a|an|the|some|something|demo|lab|action|please|now|again|here|"
    r"sentences?|text|words?|weights?|work|works|map|heatmap|tokens?|the model|model|the course|"
    r"course|more|spam|filter|detector|classifier|a text|my text|example|examples|space|show|"
    r"a sentence|any|all|strategies|every strategy|each strategy|all strategies|ones?|this one|"
    r"(?:the )?(?:language )?models?|(?:the )?tokenizer|next (?:word|token)s?)$"
)

_LOOK = (
    r"thick|thin|bold|fat|heavy|slim|slender|fine|narrow|wide|broad|large|big|huge|small|tiny|"
    r"little|"
    r"tall|short|slanted|leaning|tilted|italic|upright|straight|left|right|round|giant|skinny|"
    r"chunky|"
    r"light|very|really|leaning|sloped|curly|massive|mini|bulky|delicate|strong|blurry|sharp"
)
_PICTURE = (
    rf"((?:(?:an?|1|some|the) )?(?:(?:{_LOOK})(?: and| ,)? )+(?:digit |number )?\d+s?\b(?: "
    r"(?:that (?:is|"
    r"leans)|which leans|leaning|tilted|slanted|to the|to|towards the|left|right|on the|slightly|"
    r"a bit|"
    r"and|but|small|large|thick|thin|big|tiny|in size)(?![^ ,.;!?]))*)",
    r"((?:(?:an?|1|some) )\d+s?\b(?: (?:that (?:is|leans)|leaning|tilted|slanted|to the|left|right|"
    r"slightly)(?![^ ,.;!?]))*)",
)
_PARAMETER = (
    r"(?= ?$|(?: ?[,;.!?])* ?$| ?[,;]? (?:with|at|using|in|and|,) (?:a |the |an |seed |no |only |"
    r"just )*"
    r"(?:\d|seed|guidance|cfg|steps|negative|refiner|strong|weak)| ?[,;] (?:seed|guidance|cfg|"
    r"\d+ steps|"
    r"negative|steps|no |without|but|avoid|please)| without | please| for me| avoid| but not| in "
    r"\d+ "
    r"steps| [,;] )"
)
_NEGATIVE = re.compile(
    rf"\b(?:negative(?: prompt)?|avoid(?:ing)?|keep away from|but not|not|without|"
    rf"(?<=, )no)(?: being| any)? "
    rf"(?::|=|is|of|the word)? ?({QUOTE}|(?!the refiner|refiner|guidance|any guidance)\S.*?)(?= "
    r"?$| ?[,;.!?])"
)
_PROMPT = (
    rf"\bprompt(?: is| was| of| for| about)? ?(?:[:=] )?(?!side|scales?|guide|"
    rf"should)(?:(?:of|:|,|text|words?) )*(\S.*?){_PARAMETER}",
    rf"\b(?:picture|image|drawing|painting|photo|sketch|images|pictures)s? (?:of|showing|with|"
    r"for|from) "
    rf"(\S.*?){_PARAMETER}",
    rf"\b(?:text to image|sdxl|stable diffusion)(?: model)? ?[:,] (?!\d+ steps|seed|"
    r"guidance)(\S.*?)"
    rf"{_PARAMETER}",
    rf"\b(?:draw|paint|render|sketch|depict|illustrate)(?: me| us)? (\S.*?){_PARAMETER}",
    rf"\b(?:picture|image) ?: (\S.*?){_PARAMETER}",
    r"\bturn (?:the words )?(\S.*?) into an? (?:image|picture)",
)


def read_texts(tool: str, said: Utterance) -> dict[str, str]:
    """The texts of the utterance, under the names of the tool's arguments."""
    match tool:
        case "quiz" | "search_course":
            topic = read_topic(tool, said)
            return {"topic": topic} if topic else {}
        case "text_to_image":
            return _prompts(said)
        case "sampling" | "language_model":
            found = _quoted_or(said, _CUES[tool])
            return {"prompt": found} if found else {}
        case "attention" | "tokens" | "embeddings" | "classifier":
            found = _quoted_or(said, _CUES[tool])
            if tool == "embeddings" and len(said.quotes) > 1:
                found = "\n".join(said.quotes)  # a sentence a line
            return {"text": found} if found else {}
        case "likelihood":
            data = quoted_data(said.quotes[0]) if said.quotes else own_data(said.english)
            return {"name": "normal", "data": data} if data else {}
        case _:
            return {}


def _quoted_or(said: Utterance, cues: Sequence[str]) -> str:
    """What is quoted (the longest, where a word of it is too), or what a cue points to."""
    if said.quotes:
        return max(said.quotes, key=len)
    for cue in cues:
        match = re.search(cue, said.english)
        if match and not _NOT_A_TEXT.match(match[1].strip(" ?.!,:")):
            return clean(said.original(*match.span(1)))
    return ""


def _prompts(said: Utterance) -> dict[str, str]:
    """What to draw, and what to keep away from."""
    found: dict[str, str] = {}
    english, quotes = said.english, list(said.quotes)
    if negative := _NEGATIVE.search(english):
        start, end = negative.span(1)
        if english[start:end].strip() != QUOTE:
            found["negative_prompt"] = clean(said.original(start, end))
        elif quotes:
            found["negative_prompt"] = quotes.pop(english[:start].count(QUOTE))
        english = english[: negative.start()].rstrip(" ,;.")
        english = re.sub(r"(?: ?[,;]| and| with| use| a)+$", "", english)
    if quotes:
        found["prompt"] = quotes[0]
        return found
    for pattern in (*_PICTURE[:1], *_PROMPT, *_PICTURE[1:]):
        match = re.search(pattern, english)
        if match and not _NOT_A_TEXT.match(match[1].strip()):
            found["prompt"] = clean(said.original(*match.span(1)))
            break
    return found


_FILLING = frozenset(
    "a an the some all each every it me us my please show give run try do make draw write use with "
    "at in of on for to from by and or as scale".split()
)
_COUNTED = frozenset(
    "strategy strategies tokens characters letters pictures images samples sampling".split()
)
_PARTS = re.compile(r"[^,;]+?(?= ?[,;] | with | at | using |$)")


def own_prompt(tool: str, said: Utterance) -> str:
    """What is written to a tool that goes on with a text or draws it, but for its settings.

    "The sea, temperature 2" is "The sea"; "top-k 5" is nothing but a setting.
    """
    parts = [part.span() for part in _PARTS.finditer(said.english)]
    while parts and _is_setting(tool, said.english[slice(*parts[-1])]):
        parts.pop()
    while parts and _is_setting(tool, said.english[slice(*parts[0])]):
        parts.pop(0)
    return clean(said.original(parts[0][0], parts[-1][1])) if parts else ""


def _is_setting(tool: str, part: str) -> bool:
    """Whether all its words name settings or their values, but for numbers and filling."""
    words = [word for word in re.findall(r"[^\W\d]+", part) if word not in _FILLING]
    return bool(words) and all(_names_setting(tool, word) for word in words)


def _names_setting(tool: str, word: str) -> bool:
    names = (*TOOLS[tool].model_fields, *actions_of(tool))
    named = {part for name in names for part in name.split("_")}
    if word in named | _COUNTED or word.removesuffix("s") in named or read_choices(tool, word):
        return True
    return any(says_action(action, word) for action in actions_of(tool))
