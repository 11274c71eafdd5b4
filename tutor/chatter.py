"""What a student says that asks nothing of the course, and what the tutor says to it.

Greetings and thanks, wishes for another language, and where the last quotes stand.
"""

from __future__ import annotations

import re

_AGREES = (
    r"ok(?:ay)?|k|great|perfect|cool|nice|awesome|wonderful|super|alright|all right|fine|sure|"
    r"well done|(?:really |very )?good(?: (?:to know|answer|job|point))?|"
    r"(?:very |how )?interesting|wow|"
    r"(?:oh |ah )?i see|(?:i )?(?:got|get) it|"
    r"(?:(?:ok|that|it|this|now) )*(?:all )?makes (?:(?:a lot of|perfect|more) )?sense(?: now)?|"
    r"understood|i understand(?: (?:it|that|this))?(?: now)?|lol|lmao|(?:ha){2,}|hm+|oh|ah"
)
_THANKS = (
    r"(?:many |ok |great )?thank(?:s| ?you| u)|thx|ty(?:sm)?|cheers|(?:much )?appreciated|"
    r"i appreciate (?:it|that)|(?:vielen |herzlichen |tausend )?dank(?:e)?|merci|"
    r"(?:muchas |mille )?gracias|grazie|bitte|please|schön|sehr|beaucoup|dir|"
    r"(?:so|very) much|a (?:lot|bunch|ton|million)|again|for now|"
    r"(?:that|this|it|you) (?:(?:has|have|was|is|really|already) )*(?:help(?:s|ed)|(?:(?:very|so|"
    r"really|super) )?(?:help|use)ful|great|perfect)(?: me)?|(?:very |so |really )helpful|"
    r"you(?:['’]re| are) (?:(?:so|very|really) )?(?:great|awesome|amazing|helpful|the best)"
)
_FOR = r" for (?:(?!but|and|what|why|how)[\w'’]+ ?){1,5}"
_KINDS: tuple[tuple[str, str], ...] = (
    (
        r"who (?:are|made|built|created|programmed|wrote) you|what (?:are you|can you do|do you do)"
        r"|(?:(?:can|could) you )?help(?: me)?(?: out)?|i need (?:some )?help|how do you work|"
        r"what (?:can|could|should|may) i (?:ask|do)(?: you)?(?: here)?|"
        r"are you (?:an? )?(?:ai|bot|robot|human|person|machine|program|chat ?gpt|real)",
        "I am this course's tutor, a program. I answer from the course's own documents: first what "
        "they say, word for word and with the place, then a short explanation. When the course "
        "does not cover something, I say so.",
    ),
    (
        r"(?:are you|you) (?:really |quite |so )?(?:sure|certain)"
        r"(?: (?:about|of) (?:that|this|it))?|(?:really|seriously)(?=\W*\?)|"
        r"is (?:that|this|it) (?:really )?(?:true|right|correct)",
        "What I quote is the course's own text, and its place stands with it, so you can look it "
        "up there. The explanation below the quotes is my own: it is checked against them, but it "
        "can be wrong.",
    ),
    (
        r"how (?:are|r) (?:you|u)(?: doing)?(?: today)?|how is it going|how['’]s it going|"
        r"what['’]s up|wie geht['’]?(?:s| es)(?: dir)?",
        "Fine, thank you! What would you like to know about the course?",
    ),
    (
        rf"no,? thank(?:s| ?you)|never ?mind|forget (?:it|that)|no(?:pe)?|nah|nein|"
        rf"that(?:['’]s| is| was) (?:all|it)|i(?:['’]m| am) (?:done|good|fine)|"
        rf"(?:nothing|no more) (?:else|for now)|(?:{_AGREES})? ?not now",
        "All right. Ask on whenever you like.",
    ),
    (rf"(?:{_THANKS})(?:{_FOR}(?=\W*$))?", "You are welcome. What would you like to look at next?"),
    (
        r"bye(?: bye)?|good ?(?:bye|night)|see you(?: (?:later|soon|tomorrow))?|tschüss|ciao|"
        r"(?:have a )?(?:nice|good) (?:day|weekend)",
        "Goodbye, and good luck with the course!",
    ),
    (
        r"(?:hi|hiya|hello|hey|hallo|hola|bonjour|salut|moin|servus|good (?:morning|afternoon|"
        r"evening|day)|guten (?:tag|morgen|abend))(?: (?:there|tutor|everyone|you|again))?",
        "Hello! Ask me anything about this course, and I will show you where it stands.",
    ),
    (r"yes|yeah|yep|yup|ja", "Gladly. What would you like to know?"),
    (_AGREES, "Good. Ask on whenever you like."),
)
"""What is said, and the reply; of several kinds in one message the first counts."""
_LONGEST = 100


def _whole(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’-])(?:{kind})(?![\w'’-])", re.IGNORECASE)


_PATTERNS = tuple((_whole(kind), reply) for kind, reply in _KINDS)
_NOTHING_ELSE = re.compile(
    rf"\W*(?:(?:{'|'.join(kind for kind, _ in _KINDS)})(?:\W+|$))+", re.IGNORECASE
)
_POLITE = re.compile(r"\W*(?:(?:please|bitte|again|schön|sehr|dir)\W*)+", re.IGNORECASE)
_SMILES = re.compile(r"[:;=]-?[)D(P]|[\u2600-\u27bf\U0001f300-\U0001faff]")
_YES_OR_NO = re.compile(r"\W*(?:yes|yeah|yep|yup|ja|no|nope|nah|nein|sure)\W*", re.I)


def chatter(message: str) -> str | None:
    """The reply to a greeting, thanks or the like; None for a real question."""
    if len(message) > _LONGEST or _POLITE.fullmatch(message):
        return None
    if not re.search(r"\w", message):
        return _KINDS[-1][1] if _SMILES.search(message) else None
    if not _NOTHING_ELSE.fullmatch(message):
        return None
    said = re.sub(_FOR, "", message, flags=re.IGNORECASE)  # "for your help" asks for none
    return next((reply for pattern, reply in _PATTERNS if pattern.search(said)), None)


def may_answer(message: str) -> bool:
    """Whether chatter could be an answer to a question: yes, no."""
    return bool(_YES_OR_NO.fullmatch(message))


_LANGUAGE = (
    r"(?:german|deutsch|french|fran[cç]ais|spanish|espa[nñ]ol|italiano?|portuguese|dutch|english|"
    r"englisch|polish|czech|russian|ukrainian|turkish|arabic|persian|farsi|hindi|chinese|mandarin|"
    r"japanese|korean|greek|swedish|danish|norwegian|finnish|hungarian|romanian)"
)
_IN_LANGUAGE = re.compile(
    rf"\b(?:(?:in|into|to|auf|en) (?:my )?(?:language|{_LANGUAGE})|"
    rf"(?:speak|talk|know|understand|use|switch to|sprichst du) {_LANGUAGE}|"
    rf"^{_LANGUAGE}(?= (?:please|bitte|version|translation))|translat(?:e|ion)|übersetzen?)\b",
    re.IGNORECASE,
)
_WISHING = re.compile(
    r"\b(?:can|could|would|will|do|you|please|pls|also|and|now|ok|okay|i|want|need|would|like|"
    r"have|it|this|that|them|the|a|an|me|us|to|for|of|all|answers?|repl(?:y|ies)|respon[ds]e?|"
    r"quotes?|text|explanation|version|last|write|say|speak|talk|explain|repeat|give|show|tell|"
    r"again|instead|bitte|das|es|mir|kannst|könntest|du|und|erkläre?n?|antworten?|nochmal|"
    rf"noch|mal|por|favor|s['’]il|vous|te|plaît|from|{_LANGUAGE})\b|[\W_]",
    re.IGNORECASE,
)
ENGLISH_ONLY = (
    "I can explain in English only. What I quote stays in the language of the course's documents, "
    "word for word, so that you can find it there."
)


def language_wish(message: str) -> str | None:
    """The reply to a wish for another language that asks nothing else; None for all else."""
    rest = _IN_LANGUAGE.sub(" ", message.strip())
    return ENGLISH_ONLY if rest != message.strip() and not _WISHING.sub("", rest) else None


_THAT = r"(?:that|this|it|those|these|you (?:get|got|have|take|took) (?:that|this|it)(?: from)?)"
_SHEET = r"(?:pages?|slides?|sections?|chapters?|lectures?|units?|files?|documents?|sources?)"
_WHERE = re.compile(
    r"\W*(?:(?:and|but|ok|so|on|in|from)\W+)*(?:"
    rf"(?:the |your |any )?(?:sources?|references?|citations?)(?: (?:for )?{_THAT})?|"
    rf"(?:what|which) {_SHEET}(?: (?:is|was|are|did|does|do) {_THAT}(?: (?:on|in|from))?)?|"
    rf"(?:what(?:['’]s| is| are)|give me|show me|cite) (?:the |your )(?:sources?|references?)"
    rf"(?: (?:of|for) {_THAT})?|"
    r"where (?:does|do|did) (?:it|they|the (?:course|notes|script|slides)) say (?:that|this|so|it)|"
    rf"where (?:is|was|are|does|do|did) {_THAT}(?: (?:come|taken|written|said|stated|stand))?"
    r"(?: from)?|"
    rf"where (?:can|do|could) i (?:find|read|look up) {_THAT}|says who|who says (?:that|so)|"
    rf"how do you know(?: {_THAT})?)(?: (?:in|on) the (?:course|notes|slides|script|documents?))?"
    r"(?: please)?\W*",
    re.IGNORECASE,
)
_PLACE = re.compile(r"^> \[\d+\] (.+)$", re.MULTILINE)
NO_PLACE = (
    "Where I quote the course, the file and the page, slide or section stand right with the quote."
)


def place_asked(message: str, shown: str) -> str | None:
    """The places that the last reply, `shown`, quotes, if that is what a message asks for."""
    if not _WHERE.fullmatch(message):
        return None
    places = list(dict.fromkeys(_PLACE.findall(shown)))
    return "I quoted this from:\n\n" + "\n".join(f"- {p}" for p in places) if places else NO_PLACE


def aside(message: str, shown: str = "") -> str | None:
    """What the tutor says without a look at the course, if a message asks nothing of it.

    `shown` is the tutor's last reply.
    """
    return chatter(message) or language_wish(message) or place_asked(message, shown)


_BEFORE = (
    rf"(?:{_AGREES}|thank(?:s| you)(?: (?:so|very) much| a lot)?|thx|danke|sorry|yes|yeah|no|hi|"
    r"hello|hey|hallo|well|um+|uh+|wait|please|pls|by the way|btw)"
)
_ASKING = (
    r"(?:and|but|so|what|why|how|which|who|when|where|is|are|does|do|did|can|could|would|will|"
    r"explain|describe|define|tell|show|give|please)"
)
_AROUND: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"^\W*(?:{_BEFORE}(?:\s*[,.!;:…–—]+\s*|\s+(?={_BEFORE}\b\s*[,.!;:…–—]|{_ASKING}\b)))+"
            rf"(?=[\W_]*\w)",
            re.I,
        ),
        "",
    ),
    (
        re.compile(
            r"(?<=\w)(?:\s*([?.!]+)[\s,.!]*|\s*[,;–—]+\s*|\s+(?=thx|lol))"
            r"(?:thanks?(?: you)?|thx|lol|danke|cheers)[\s.!]*$",
            re.I,
        ),
        r"\1",
    ),
)


def without_filler(message: str) -> str:
    """A message without the "ok thanks," before and the "thanks!" behind what it asks.

    Only what a comma or the like, or a word that begins a question, sets apart:
    "thanks to what does dropout work?" keeps its first word.
    """
    for pattern, kept in _AROUND:
        message = pattern.sub(kept, message)
    return message
