"""The numbers that Word shows before the items of lists."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tutor.documents import read_document
from tutor.documents.numerals import numeral

NAMES = nsdecls("w")


def level(number: int, form: str, text: str, more: str = "") -> str:
    start = "" if "w:start " in more else "<w:start w:val='1'/>"
    return (
        f"<w:lvl w:ilvl='{number}'>{start}<w:numFmt w:val='{form}'/>{more}"
        f"<w:lvlText w:val='{text}'/></w:lvl>"
    )


class Lists:
    """A document whose lists are numbered as these levels say."""

    def __init__(self, path: Path, *levels: str, change: str = "") -> None:
        self.path = path
        self.word: WordDocument = docx.Document()
        root = self.word.part.numbering_part.element
        for each in list(root):
            root.remove(each)
        kind = f"<w:abstractNum {NAMES} w:abstractNumId='7'>{''.join(levels)}</w:abstractNum>"
        root.append(parse_xml(kind))
        for number, own in ((1, ""), (2, change)):
            root.append(
                parse_xml(
                    f"<w:num {NAMES} w:numId='{number}'><w:abstractNumId w:val='7'/>{own}</w:num>"
                )
            )

    def item(self, text: str, level: int = 0, number: int = 1, style: str = "Normal") -> None:
        place = f"<w:ilvl w:val='{level}'/><w:numId w:val='{number}'/>"
        paragraph = self.word.add_paragraph(text, style)
        paragraph._p.get_or_add_pPr().append(parse_xml(f"<w:numPr {NAMES}>{place}</w:numPr>"))

    def read(self) -> list[str]:
        self.word.save(str(self.path))
        return "\n".join(
            page.text for page in read_document(self.path, "a.docx").pages
        ).splitlines()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.docx"


def test_start_and_format_are_those_of_word(path: Path) -> None:
    lists = Lists(
        path,
        level(0, "decimal", "%1)", "<w:start w:val='5'/>"),
        level(1, "lowerLetter", "(%2)"),
        level(2, "upperRoman", "%1.%3"),
        level(3, "bullet", "·"),
    )
    for text, depth in [("a", 0), ("b", 1), ("c", 1), ("d", 2), ("e", 0), ("f", 1), ("g", 3)]:
        lists.item(text, depth)
    assert lists.read() == [
        *("5) a", "  - (a) b", "  - (b) c", "    - 5.I d", "6) e", "  - (a) f", "      - g")
    ]


def test_lists_of_one_kind_go_on_unless_told_to_start_anew(path: Path) -> None:
    anew = "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride>"
    for change, expected in (("", "3. c"), (anew, "1. c")):
        lists = Lists(path, level(0, "decimal", "%1."), change=change)
        lists.item("a")
        lists.item("b")
        lists.word.add_paragraph("between")
        lists.item("c", number=2)
        assert lists.read()[-1] == expected


def test_a_list_may_change_the_look_of_a_level(path: Path) -> None:
    look = f"<w:lvlOverride w:ilvl='0'>{level(0, 'upperLetter', 'Step %1:')}</w:lvlOverride>"
    lists = Lists(path, level(0, "decimal", "%1."), change=look)
    lists.item("a")
    lists.item("b", number=2)
    assert lists.read() == ["1. a", "- Step B: b"]


def test_an_inner_count_goes_on_where_the_list_says_so(path: Path) -> None:
    lists = Lists(
        path,
        level(0, "upperRoman", "%1"),
        level(1, "decimal", "%1.%2", "<w:isLgl/><w:lvlRestart w:val='0'/>"),
    )
    for text, depth in [("a", 0), ("b", 1), ("c", 0), ("d", 1)]:
        lists.item(text, depth)
    assert lists.read() == ["- I a", "  - 1.1 b", "- II c", "  - 2.2 d"]


def test_headings_and_empty_items_are_counted(path: Path) -> None:
    lists = Lists(path, level(0, "decimal", "%1."), level(1, "decimal", "%1.%2."))
    for text, depth, style in [
        ("One", 0, "Heading 1"),
        ("Two", 0, "Heading 1"),
        ("", 1, "Normal"),
        ("words", 1, "Normal"),
    ]:
        lists.item(text, depth, style=style)
    assert lists.read()[-1] == "  - 2.2. words"


def test_numbers_in_cells_are_read(path: Path) -> None:
    lists = Lists(path, level(0, "decimal", "%1."))
    table = lists.word.add_table(rows=2, cols=2)
    for row, text in enumerate(("mean", "spread")):
        table.cell(row, 1).text = text
        lists.item("")
        table.cell(row, 0)._tc.append(lists.word.paragraphs[-1]._p)
    assert lists.read() == ["| 1. | mean |", "| --- | --- |", "| 2. | spread |"]


def test_lists_known_by_the_name_of_their_style(path: Path) -> None:
    lists = Lists(path)
    for style in ("List Number", "List Number", "List Bullet 2"):
        for properties in list(lists.word.styles[style].element.pPr):
            lists.word.styles[style].element.pPr.remove(properties)
        lists.word.add_paragraph("words", style)
    assert lists.read() == ["1. words", "2. words", "  - words"]


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (28, "lowerLetter", "bb"),
        (1994, "upperRoman", "MCMXCIV"),
        (3, "decimalZero", "03"),
        (13, "ordinal", "13th"),
        (22, "ordinal", "22nd"),
        (10**9, "lowerRoman", "1000000000"),
        (0, "lowerLetter", "0"),
        (7, "chineseCounting", "7"),
        (7, "none", ""),
    ],
)
def test_numerals(number: int, kind: str, expected: str) -> None:
    assert numeral(number, kind) == expected
