"""Plain text: encodings, and headings told by their look."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.documents import read_document, text
from tutor.documents.encoding import clean, clean_extracted, decode
from tutor.errors import DocumentError
from tutor.records import Document

SLIDES = """

Foundations of Image Models

A course in eight evenings

J Q Placeholder



Overview

- This deck shows three families of models.
- Each has its own loss.



Families of Models

A. Adversarial Networks

- **Idea:** two networks play against each other.



Families of Models

B. Variational Autoencoders

- **Idea:** the encoder gives a distribution.



How does a Diffusion Model learn?

It learns to take away noise that was added step by step.

Discriminator



Generator



Real data



Fake data



Figure 3.1: Samples of a trained model

The following parts are needed:

Noise Schedule

Neural Network

Popular examples are these:

- faces
- digits

Thank You
"""


def paths(document: Document) -> list[str]:
    return [str(page.place.value) for page in document.pages]


def test_titles_of_slides_are_found_and_labels_of_figures_are_not() -> None:
    root = "Foundations of Image Models"
    assert paths(text.parse(SLIDES, "deck.txt")) == [
        root,
        f"{root} > Overview",
        f"{root} > Families of Models",
        f"{root} > Families of Models > A. Adversarial Networks",
        f"{root} > Families of Models",
        f"{root} > Families of Models > B. Variational Autoencoders",
        f"{root} > How does a Diffusion Model learn?",
    ]


def test_numbered_headings_nest_by_their_counts() -> None:
    body = "\n\nIt is explained here in a sentence.\n\n"
    names = ["Kinds of model", "1. Counting models", "2. Neural models", "1. Recurrent"]
    names += ["2. Attention", "Training them", "1. Data", "Odds and Ends"]
    told = "".join(name + ("\n\n" if name == "2. Neural models" else body) for name in names)
    document = text.parse(told, "a.txt")
    assert paths(document) == [
        "Kinds of model",
        "Kinds of model > 1. Counting models",
        "Kinds of model > 2. Neural models",
        "Kinds of model > 2. Neural models > 1. Recurrent",
        "Kinds of model > 2. Neural models > 2. Attention",
        "Training them",
        "Training them > 1. Data",
        "Odds and Ends",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Discriminator",
        "Figure 1.2: A made face",
        "Table 3. Losses of both networks",
        "Ex: one network paints another",
        "It ends like a sentence.",
        "Key features:",
        "and it goes on from the page before",
        "- an item of a list",
        "1. Author Name, Other Name, A Long Book About Models, Some Press, 2021.",
        "Name\tUse\tYear",
        "$$ x = y $$",
        "https://example.org/a-page",
        "Some Town, PA 18901",
        '"Well said, my dear," he replied',
        "So the network tries to increase the probability of the right answer",
        "One thing ends. Another begins",
    ],
)
def test_lines_that_are_no_headings(line: str) -> None:
    words = "The first paragraph says a few things about it.\n\n"
    document = text.parse(f"{words}{line}\n\n{words * 3}", "a.txt")
    assert paths(document) == [""]


def test_a_list_with_blank_lines_is_no_row_of_headings() -> None:
    body = "Some words to begin with, a whole sentence.\n\n"
    listed = "1. Draw noise\n\n2. Remove noise\n\n3. Repeat it\n\n"
    assert paths(text.parse(body + listed + body, "a.txt")) == [""]


def test_a_file_with_markdown_headings_is_read_as_markdown() -> None:
    document = text.parse("# Real\n\nWords.\n\nBare Line Alone\n\nMore words.", "a.txt")
    assert paths(document) == ["Real"]


def test_double_spaced_verse_has_no_headings() -> None:
    verse = "\n\n".join(f"The Model of Line {number}" for number in range(12)) + "\n\nan end."
    assert paths(text.parse(verse, "a.txt")) == [""]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp1252"],
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    words = "Über naïve Modelle – “generative” models, a whole line of words. " * 3
    path.write_bytes(words.encode(encoding))
    assert read_document(path, "a.txt").pages[0].text.strip() == words.strip()


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        (
            "shift_jis",
            "生成モデルは学習データに似た新しいデータを作ります。拡散モデルは雑音を取り除きます。",
        ),
        ("cp1251", "Генеративные модели создают новые данные, похожие на обучающие. "),
        ("cp1250", "Zażółć gęślą jaźń. Modele generatywne tworzą nowe dane, które są podobne. "),
        ("cp1252", "The area of a circle is 3.14 r², that of a square x² – and that’s it. "),
        ("cp1252", "Größe und Maß – das „Gerät“ läuft über Nacht, naïve façade, señor. "),
    ],
)
def test_encodings_before_unicode(encoding: str, words: str) -> None:
    assert decode((words * 3).encode(encoding)) == words * 3


def test_one_bad_byte_does_not_spoil_the_rest() -> None:
    words = "Größe – „Gerät“ "
    assert decode(words.encode() * 2 + b"caf\xe9 \x96 " + words.encode()) == (
        words * 2 + "café – " + words
    )


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"PK\x03\x04\x00\x00\x00\x08" * 99])
def test_binary_files_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=r"^not a text file$"):
        read_document(path, "a.txt")


@pytest.mark.parametrize("data", [b"Caf\xc3\xa9\x00 au lait", b"Words." + bytes(500)])
def test_stray_zero_bytes_do_not_spoil_a_text(data: bytes) -> None:
    assert decode(data) == data.replace(b"\x00", b"").decode()


@pytest.mark.parametrize(
    "data", [bytes(500), b"\x00\x01\x02 words", b"a\x00b\xff\xfe", b"a\x00" * 3]
)
def test_what_is_full_of_zero_bytes_is_not_taken_for_utf8(data: bytes) -> None:
    with suppress(DocumentError):
        assert decode(data) == data.decode("utf-16-le")


def test_a_plain_text_shows_its_tags() -> None:
    lesson = "LESSON ON HTML\n\nA list:\n\n<ul>\n<li>one</li>\n</ul>\n\nThat is all."
    assert text.parse(lesson, "a.txt").pages[0].text == lesson


def test_what_no_reader_sees_is_removed() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    assert clean(f"a\u00a0b\u200bc\u00add{hidden}\x1b[0m\u202ee\r\nf\ud800") == "a bcd[0me\nf"


def test_ligatures_and_accents_stay() -> None:
    assert clean("ﬁne-tuning e\u0301") == "ﬁne-tuning e\u0301"


def test_extracted_text_keeps_what_merely_does_not_show() -> None:
    assert clean_extracted("\x7f co\u00adder\x1b\ud800\u00a0b") == "\x7f co\u00adder b"


@given(st.text())
def test_clean_text_can_be_stored_and_is_clean(raw: str) -> None:
    for cleaner in (clean, clean_extracted):
        cleaned = cleaner(raw)
        cleaned.encode("utf-8")
        assert "\x00" not in cleaned
        assert "\r" not in cleaned
        assert cleaner(cleaned) == cleaned


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with suppress(DocumentError):
        decode(data).encode("utf-8", "surrogatepass")


LINES = """A Title of Words
1. First Thing
2. Second Thing
A. Letter
VAE

- item
A sentence with an end.
label:
a\tb
# Real
```
Overview
Thank You
""".split("\n")


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=30).map("\n".join))
def test_every_word_stays_and_paths_are_sane(raw: str) -> None:
    cleaned = clean(raw).replace("<", "").replace("![", "")
    if cleaned.startswith("---"):
        cleaned = "." + cleaned
    document = text.parse(cleaned, "a.txt")
    kept = iter([word for page in document.pages for word in page.text.split()])
    worded = [word for word in cleaned.split() if any(map(str.isalnum, word))]
    assert all(word in kept for word in worded)
    for page in document.pages:
        assert page.place.value == " > ".join(page.headings)
