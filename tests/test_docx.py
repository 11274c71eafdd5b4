"""Word files: sections by heading styles, everything in its order."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.documents import made
from tutor.documents import read_document
from tutor.errors import DocumentError
from tutor.records import Document


@pytest.fixture
def read(tmp_path: Path) -> Callable[[WordDocument], Document]:
    def save_and_read(word: WordDocument) -> Document:
        path = tmp_path / "a.docx"
        word.save(str(path))
        return read_document(path, "a.docx")

    return save_and_read


Read = Callable[[WordDocument], Document]


def append(word: WordDocument, xml: str) -> None:
    """Put raw WordprocessingML at the end of the body, before its properties."""
    names = nsdecls("w", "m", "mc", "wp", "a", "wps") if "wps" in xml else nsdecls("w", "m")
    word.element.body.insert(-1, parse_xml(xml.replace("<w:p>", f"<w:p {names}>", 1)))


def test_sections_lists_and_tables(read: Read) -> None:
    word = docx.Document()
    word.add_heading("Generative Models", 0)
    word.add_paragraph("A short course.")
    word.add_heading("Families", 1)
    for style, text in [
        ("List Bullet", "GANs"),
        ("List Bullet", "VAEs"),
        ("List Number", "train"),
        ("List Number", "sample"),
    ]:
        word.add_paragraph(text, style)
    word.add_heading("Losses", 2)
    table = word.add_table(rows=2, cols=3)
    for cell, text in zip(table._cells, ["Model", "Loss", "", "VAE", "a | b", "x"], strict=True):
        cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    pages = read(word).pages
    assert [page.place.value for page in pages] == [
        "Generative Models",
        "Generative Models > Families",
        "Generative Models > Families > Losses",
    ]
    assert pages[0].text == "# Generative Models\n\nA short course."
    assert pages[1].text == "# Families\n\n- GANs\n- VAEs\n1. train\n2. sample"
    assert pages[2].text == (
        "## Losses\n\n| Model | Loss |  |\n| --- | --- | --- |\n| VAE | a \\| b | x |"
    )


def test_headers_footers_and_the_table_of_contents_are_left_out(read: Read) -> None:
    word = docx.Document()
    word.sections[0].header.paragraphs[0].text = "Some University"
    word.sections[0].footer.paragraphs[0].text = "page 7"
    word.styles.add_style("toc 1", 1)
    word.add_paragraph("Families\t3", "toc 1")
    word.add_paragraph("Words.")
    (page,) = read(word).pages
    assert page.text == "Words."
    assert page.place.value == ""


def test_bold_lines_are_headings_where_there_are_no_styles(read: Read) -> None:
    word = docx.Document()
    for bold, text in [(True, "Loss Functions"), (False, "They measure errors."), (True, "bold.")]:
        word.add_paragraph().add_run(text).bold = bold
    (page,) = read(word).pages
    assert page.headings == ("Loss Functions",)
    assert page.text == "# Loss Functions\n\nThey measure errors.\n\nbold."


def test_a_title_in_the_properties_names_a_document_without_headings(read: Read) -> None:
    word = docx.Document()
    word.core_properties.title = "On Sampling"
    word.add_paragraph("Words.")
    (page,) = read(word).pages
    assert page.headings == ("On Sampling",)


def test_what_is_deleted_or_hidden_is_left_out_and_what_is_inserted_stays(read: Read) -> None:
    word = docx.Document()
    append(
        word,
        "<w:p><w:r><w:t>kept </w:t></w:r>"
        "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:rPr><w:strike/></w:rPr><w:t>, str</w:t></w:r>"
        "<w:r><w:rPr><w:dstrike/></w:rPr><w:t>uck</w:t></w:r>"
        "<w:r><w:instrText>PAGEREF</w:instrText></w:r>"
        "<w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink></w:p>",
    )
    assert read(word).pages[0].text == "kept inserted~~, struck~~ link"


def test_raised_letters_are_no_digits_of_the_number_before(read: Read) -> None:
    word = docx.Document()
    pieces = [("10", ""), ("−", "super"), ("6", "super"), (" on the 1", ""), ("st", "super")]
    pieces += [(" of H", ""), ("2", "sub"), ("O at x", ""), ("t-1", "sub"), (" or 101", "")]
    runs = "".join(
        f"<w:r><w:rPr><w:vertAlign w:val='{place}script'/></w:rPr><w:t>{text}</w:t></w:r>"
        for text, place in [*pieces, ("2", "sub")]
    )
    mark = "<w:footnoteReference w:id='9' w:customMarkFollows='1'/><w:t>3</w:t>"
    placed = "<w:rPr><w:vertAlign w:val='superscript'/></w:rPr>"
    append(word, f"<w:p>{runs}<w:r><w:t> so</w:t></w:r><w:r>{placed}{mark}</w:r></w:p>")
    word.add_table(rows=1, cols=2).cell(0, 1).paragraphs[0].add_run("x")
    power = word.tables[0].cell(0, 1).paragraphs[0].add_run("2")
    power.font.superscript = True
    (page,) = read(word).pages
    assert page.text == (
        "10^{−6} on the 1st of H2O at x_{t-1} or 101_2 so3\n\n|  | x^2 |\n| --- | --- |"
    )


def test_formulas_become_tex(read: Read) -> None:
    word = docx.Document()
    append(
        word,
        "<w:p><w:r><w:t>Let </w:t></w:r><m:oMath>"
        "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
        "<m:r><m:t>=</m:t></m:r>"
        "<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f>"
        "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>i</m:t></m:r></m:sub>"
        "<m:sup/><m:e><m:rad><m:deg/><m:e><m:r><m:t>i</m:t></m:r></m:e></m:rad></m:e></m:nary>"
        "</m:oMath></w:p>",
    )
    assert read(word).pages[0].text == r"Let $x^{2}=\frac{a}{b}\sum_{i} \sqrt{i}$"


def test_signs_of_the_symbol_font_become_letters(read: Read) -> None:
    word = docx.Document()
    signs = (("Symbol", "F061"), ("Symbol", "F0B3"), ("Wingdings", "F0E0"), ("Arial", "00E9"))
    syms = "".join(f"<w:sym w:font='{font}' w:char='{code}'/>" for font, code in signs)
    append(word, f"<w:p><w:r><w:t>a </w:t>{syms}<w:sym w:char='no'/></w:r></w:p>")
    assert read(word).pages[0].text == "a α≥→é"


@pytest.mark.parametrize(
    ("font", "text", "expected"),
    [
        ("Symbol", "\uf061 a", "α α"),
        ("Wingdings", "\uf0e0", "→"),
        ("Wingdings", "J", "☺"),
        ("Arial", "a é", "a é"),
        ("", "a é", "a é"),
    ],
)
def test_letters_in_a_symbol_font_are_the_signs(
    read: Read, font: str, text: str, expected: str
) -> None:
    word = docx.Document()
    paragraph = word.add_paragraph("x ")
    paragraph.add_run(text).font.name = font or None
    assert read(word).pages[0].text == f"x {expected}"


def test_text_boxes_in_a_table_are_read(read: Read) -> None:
    word = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent>"
    cell = word.add_table(rows=1, cols=2).cell(0, 0)
    cell.text = "beside"
    run = f"<w:r {nsdecls('w')}><w:pict>{box}</w:pict></w:r>"
    cell.paragraphs[0]._p.append(parse_xml(run))
    assert read(word).pages[0].text == "| beside |  |\n| --- | --- |\n\nin the box"


def test_text_boxes_are_read_once(read: Read) -> None:
    word = docx.Document()
    box = "<w:txbxContent><w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent>"
    word.element.body.insert(
        0,
        parse_xml(
            f'<w:p {nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/'
            f'markup-compatibility/2006"><w:r><w:t>beside</w:t></w:r><w:r><mc:AlternateContent>'
            f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
            "</mc:AlternateContent></w:r></w:p>"
        ),
    )
    assert read(word).pages[0].text == "beside\n\nin the box"


def test_footnotes_stand_below_their_paragraph_or_table(tmp_path: Path) -> None:
    word = docx.Document()
    append(word, "<w:p><w:r><w:t>Claimed.</w:t><w:footnoteReference w:id='2'/></w:r></w:p>")
    word.add_paragraph("Next.")
    cell = word.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "In a table."
    reference = f"<w:r {nsdecls('w')}><w:footnoteReference w:id='2'/></w:r>"
    cell.paragraphs[0]._p.append(parse_xml(reference))
    path = tmp_path / "a.docx"
    word.save(str(path))
    notes = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:id='2'><w:p><w:r><w:t>The source.</w:t></w:r>"
        "</w:p></w:footnote></w:footnotes>"
    )
    relation = b'<Relationship Id="rId99" Type="x/footnotes" Target="footnotes.xml"/>'

    def change(name: str, data: bytes) -> bytes:
        if name == "word/_rels/document.xml.rels":
            return data.replace(b"</Relationships>", relation + b"</Relationships>")
        return data

    made.repacked(path, change)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("word/footnotes.xml", notes)
    (page,) = read_document(path, "a.docx").pages
    assert page.text == ("Claimed.\n\nThe source.\n\nNext.\n\nIn a table.\n\nThe source.")


def test_the_strict_variant_of_the_format_is_read(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_heading("Strict", 1)
    word.add_paragraph("Words.")
    path = tmp_path / "a.docx"
    word.save(str(path))
    made.repacked(
        path,
        lambda name, data: data.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ),
    )
    assert read_document(path, "a.docx").pages[0].text == "# Strict\n\nWords."


def test_a_deleted_row_is_left_out(read: Read) -> None:
    word = docx.Document()
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, "abcd", strict=True):
        cell.text = text
    deleted = parse_xml(f"<w:del {nsdecls('w')} w:id='1' w:author='x'/>")
    table.rows[1]._tr.get_or_add_trPr().append(deleted)
    assert read(word).pages[0].text == "| a | b |\n| --- | --- |"


def test_a_frame_is_read_as_the_blocks_in_it(read: Read) -> None:
    word = docx.Document()
    cell = word.add_table(rows=1, cols=1).cell(0, 0)
    cell.paragraphs[0].add_run("Remember This").bold = True
    cell.add_paragraph("one", "List Bullet")
    cell.add_paragraph("two", "List Bullet")
    inner = cell.add_table(rows=1, cols=2)
    inner.cell(0, 0).text = "a"
    inner.cell(0, 1).text = "b"
    word.add_paragraph("After it.")
    (page,) = read(word).pages
    assert page.text == "Remember This\n\n- one\n- two\n\n| a | b |\n| --- | --- |\n\nAfter it."
    assert page.headings == ()


def test_paragraphs_in_a_font_for_code_are_fenced(read: Read) -> None:
    word = docx.Document()
    for text, font in [
        ("Run this:", ""),
        ("for x in data:", "Consolas"),
        ("    train(x)", "DejaVu Sans Mono"),
        ("It says", "Monotype Corsiva"),
        ("that typed letters are no code.", "Courier New"),
        ("done and stops.", ""),
    ]:
        word.add_paragraph().add_run(text).font.name = font or None
    expected = "Run this:\n\n```\nfor x in data:\n    train(x)\n```\n\n"
    expected += "It says\n\nthat typed letters are no code.\n\ndone and stops."
    assert read(word).pages[0].text == expected


def test_a_document_all_in_such_a_font_is_no_code(read: Read) -> None:
    word = docx.Document()
    word.add_paragraph().add_run("Typed words.").font.name = "Courier New"
    assert read(word).pages[0].text == "Typed words."


def test_code_styles_are_fenced(read: Read) -> None:
    word = docx.Document()
    word.styles.add_style("Source Code", 1)
    word.add_paragraph("for x in data:", "Source Code")
    word.add_paragraph("    train(x)", "Source Code")
    assert read(word).pages[0].text == "```\nfor x in data:\n    train(x)\n```"


def saved(tmp_path: Path) -> Path:
    word = docx.Document()
    word.add_paragraph("Words.")
    path = tmp_path / "a.docx"
    word.save(str(path))
    return path


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ("docProps/core.xml", "title damaged"),
        ("word/styles.xml", "styles damaged"),
        ("word/numbering.xml", "numbering damaged"),
        ("word/_rels/document.xml.rels", "styles and notes damaged"),
    ],
)
def test_a_damaged_part_beside_the_text_does_not_cost_it(
    tmp_path: Path, part: str, problem: str
) -> None:
    path = made.repacked(saved(tmp_path), lambda name, data: b"" if name == part else data)
    document = read_document(path, "a.docx")
    assert document.pages[0].text == "Words."
    assert document.problems == (problem,)


def test_a_document_with_macros_is_read(tmp_path: Path) -> None:
    path = saved(tmp_path).rename(tmp_path / "a.docm")
    assert read_document(path, "a.docm").pages[0].text == "Words."


def test_a_part_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    def blow_up(name: str, data: bytes) -> bytes:
        return data + b" " * (50 << 20) if name == "word/document.xml" else data

    path = made.repacked(saved(tmp_path), blow_up)
    with pytest.raises(DocumentError, match=r"unpacks to too much \(50 MB in word/document.xml\)"):
        read_document(path, "a.docx")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "ha">'
    for level in range(30):
        inner = b"&x" + str(level - 1).encode() + b";" if level else b"&x;"
        bomb += b'<!ENTITY x%d "%s%s">' % (level, inner, inner)
    bomb += b"]>"

    def change(name: str, data: bytes) -> bytes:
        if name != "word/document.xml":
            return data
        return bomb + data.partition(b"?>")[2].replace(b"Words.", b"Words &x29;")

    (page,) = read_document(made.repacked(saved(tmp_path), change), "a.docx").pages
    assert page.text == "Words"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no zip at all", "not a DOCX file"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "needs a password, or is an old office file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=reason):
        read_document(path, "a.docx")


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(DocumentError, match="not a DOCX file"):
        read_document(path, "a.docx")


def test_a_zip_that_is_no_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.txt", "words")
    with pytest.raises(DocumentError, match="no document in it"):
        read_document(path, "a.docx")
