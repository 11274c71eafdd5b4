"""Numbers written as words, in the languages of the glossary: "fünfundzwanzig" is 25.

Only whole numbers; what is half of something is read with the arguments. Words
are folded (lower case, no accents) before they come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

Words = tuple[str, ...]

_UNITS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen",
    "de": "null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn "
    "funfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
    "quinze seize dix-sept dix-huit dix-neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
    "quince dieciseis diecisiete dieciocho diecinueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
    "quattordici quindici sedici diciassette diciotto diciannove",
    "pt": "zero um dois tres quatro cinco seis sete oito nove dez onze doze treze catorze "
    "quinze dezasseis dezassete dezoito dezanove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien "
    "vijftien zestien zeventien achttien negentien",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
}
_SCALES = {
    "en": {"hundred": 100, "thousand": 1000, "million": 10**6, "millions": 10**6,
           "billion": 10**9, "dozen": 12},
    "de": {"hundert": 100, "tausend": 1000, "million": 10**6, "millionen": 10**6,
           "milliarde": 10**9, "dutzend": 12},
    "fr": {"cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6,
           "milliard": 10**9, "douzaine": 12},
    "es": {"cien": 100, "ciento": 100, "mil": 1000, "millon": 10**6, "millones": 10**6,
           "docena": 12},
    "it": {"cento": 100, "mille": 1000, "mila": 1000, "milione": 10**6, "milioni": 10**6,
           "dozzina": 12},
    "pt": {"cem": 100, "cento": 100, "mil": 1000, "milhao": 10**6, "milhoes": 10**6,
           "duzia": 12},
    "nl": {"honderd": 100, "duizend": 1000, "miljoen": 10**6, "miljard": 10**9, "dozijn": 12},
}  # fmt: skip
_AND = {"en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en"}
_ARTICLES = frozenset("a an ein eine einen einer un une una um uma een".split())
_MORE = {
    "en": {"nought": 0, "nil": 0, "fourty": 40},
    "de": {"fuenf": 5, "zwo": 2, "zwoelf": 12, "fuenfzig": 50, "fuenfzehn": 15, "dreizig": 30},
    "fr": {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90},
    "es": {"doscientos": 200, "doscientas": 200, "trescientos": 300, "trescientas": 300,
           "cuatrocientos": 400, "cuatrocientas": 400, "quinientos": 500, "quinientas": 500,
           "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900},
    "it": {"ventuno": 21, "ventotto": 28},
    "pt": {"dezesseis": 16, "dezessete": 17, "dezenove": 19, "quatorze": 14, "duas": 2,
           "duzentos": 200, "duzentas": 200, "trezentos": 300, "quatrocentos": 400,
           "quinhentos": 500, "quinhentas": 500, "seiscentos": 600, "setecentos": 700,
           "oitocentos": 800, "novecentos": 900},
    "nl": {},
}  # fmt: skip
_PLURALS = {
    "en": "zeros/zeroes ones twos threes fours fives sixes sevens eights nines",
    "de": "nullen einsen zweien/zweier dreien/dreier vieren/vierer funfen/funfer sechsen/sechser "
    "siebenen/sieben/siebener achten/achter neunen/neuner",
    "fr": "zeros uns - - - - - - - -",
    "es": "ceros unos doses treses cuatros cincos seises sietes ochos nueves",
    "it": "zeri - - - - - - - - -",
    "pt": "zeros uns - - quatros cincos - setes oitos noves",
    "nl": "nullen enen tweeen drieen vieren vijven zessen zevens achten negens",
}

LANGUAGES = tuple(_UNITS)
MOST = 10**15
"""More than this is not told apart."""


def _split(word: str) -> Words:
    return tuple(word.replace("-", " ").split())


def _compounds(language: str) -> Iterator[tuple[str, int]]:
    """The numbers from 21 to 99 that are not tens, as each language writes them."""
    units = _UNITS[language].split()
    tens = _TENS[language].split()
    for ten, word in enumerate(tens, start=2):
        for unit in range(1, 10):
            value, single = 10 * ten + unit, units[unit]
            match language:
                case "en":
                    yield f"{word} {single}", value
                    yield f"{word}{single}", value
                case "de":
                    yield f"{'ein' if unit == 1 else single}und{word}", value
                case "nl":
                    yield f"{single}en{word}", value
                case "it":
                    yield f"{word[:-1] if unit in (1, 8) else word}{single}", value
                case "es" if ten == 2:
                    yield f"veinti{single}", value
                case "fr" if ten in (7, 9):
                    yield f"{tens[ten - 3]} {units[10 + unit]}", value
                    yield f"{tens[ten - 3]} et {units[10 + unit]}", value
                case "fr":
                    yield f"{word} {single}", value
                    yield f"{word} et {single}", value
                case _:
                    yield f"{word} {_AND[language]} {single}", value


def _joined(small: dict[Words, int], language: str) -> Iterator[tuple[Words, int]]:
    """Hundreds and thousands written as one word: "fünftausend", "duecento"."""
    glued = {"de": ("hundert", "tausend"), "nl": ("honderd", "duizend"), "it": ("cento", "mila")}
    hundred, thousand = glued[language]
    for words, value in list(small.items()):
        if len(words) != 1 or not 1 <= value <= 99:
            continue
        stem = "ein" if words == ("eins",) else words[0]
        yield (stem + thousand,), value * 1000
        if value < 10:
            yield (stem + hundred,), value * 100
            yield (stem + hundred + thousand,), value * 100_000
            for tail, rest in list(small.items()):
                if len(tail) == 1 and 1 <= rest <= 99:
                    yield (stem + hundred + tail[0],), value * 100 + rest


@cache
def _table(language: str) -> dict[Words, int]:
    """Every number below 100 (and those written as one word), as words."""
    table = {_split(word): value for value, word in enumerate(_UNITS[language].split())}
    for place, word in enumerate(_TENS[language].split(), start=2):
        table[_split(word)] = 10 * place
    table.update({_split(words): value for words, value in _compounds(language)})
    if language == "fr":
        table[("quatre", "vingts")] = 80
    table.update({(word,): value for word, value in _MORE[language].items()})
    if language in ("de", "nl", "it"):
        table.update(_joined(table, language))
    return table


@cache
def _plurals(language: str) -> dict[str, int]:
    """Several of one digit: "sevens", "Neunen"."""
    return {
        word: digit
        for digit, words in enumerate(_PLURALS[language].split())
        for word in words.split("/")
        if word != "-" and (word,) not in _table(language)
    }


def plural_digit(word: str, language: str) -> int | None:
    """The digit of which the word says there are several."""
    return _plurals(language).get(word)


def is_number_word(word: str, language: str) -> bool:
    """Whether the word alone is a number of that language (articles are none)."""
    known = (word,) in _table(language) or word in _SCALES[language] or word in _plurals(language)
    return known and word not in _ARTICLES


def read(words: Sequence[str], start: int, language: str) -> tuple[int, int] | None:
    """The number that begins at `start`, and how many words it takes; None if there is none."""
    total, group, used = 0, 0, 0
    position, seen = start, False
    while position < len(words):
        small = _longest(words, position, language)
        scale = _SCALES[language].get(words[position])
        if small is not None and (not seen or group % 100 == 0 or group == 0):
            group, taken = group + small[0], small[1]
        elif scale is not None and (seen or scale >= 12):
            group, taken = max(group, 1) * scale, 1
            if scale >= 1000:
                total, group = total + group, 0
            group = min(group, MOST)
        elif not seen and words[position] in _ARTICLES and _is_scale(words, position + 1, language):
            taken = 1
        elif seen and used and words[position] == _AND[language] and total + group >= 100:
            follows = _longest(words, position + 1, language)
            if follows is None:
                break
            group, taken = group + follows[0], 1 + follows[1]
        else:
            break
        seen = seen or words[position] not in _ARTICLES
        position += taken
        used = position - start
    return (min(total + group, MOST), used) if seen and used else None


def _is_scale(words: Sequence[str], position: int, language: str) -> bool:
    return position < len(words) and _SCALES[language].get(words[position], 0) >= 12


def _longest(words: Sequence[str], position: int, language: str) -> tuple[int, int] | None:
    """The longest entry of the table that stands at `position`: value and length."""
    table = _table(language)
    for length in range(min(5, len(words) - position), 0, -1):
        key = tuple(words[position : position + length])
        if key in table and not (length == 1 and key[0] in _ARTICLES):
            return table[key], length
    return None
