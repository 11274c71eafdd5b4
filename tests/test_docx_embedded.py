"""Whole documents within a Word file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest

from tests.documents import made
from tutor.documents import read_document
from tutor.errors import DocumentError

PAGE = "<html><body><h1>Syllabus</h1><p>Week one.</p><h2>Rules</h2><p>Be kind.</p></body></html>"
MAIL = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=cut\r\n\r\n--cut\r\n"
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    + PAGE.replace("Week", "W=65ek")
    + "\r\n--cut--\r\n"
)
NAMES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def made_of(path: Path, name: str, content: str, *, words: str = "") -> Path:
    """A Word file with `words` and, below them, the part `name` as a document within."""
    word = docx.Document()
    word.add_paragraph(words)
    word.save(str(path))
    chunk = f'<w:altChunk xmlns:r="{NAMES}" r:id="rId99"/><w:sectPr'.encode()
    link = f'<Relationship Id="rId99" Type="{NAMES}/aFChunk" Target="{name}"/></Relationships>'

    def change(part: str, data: bytes) -> bytes:
        if part == "word/document.xml":
            return data.replace(b"<w:sectPr", chunk, 1)
        is_links = part == "word/_rels/document.xml.rels"
        return data.replace(b"</Relationships>", link.encode()) if is_links else data

    made.repacked(path, change)
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(f"word/{name}", content)
    return path


@pytest.mark.parametrize(
    ("name", "content"), [("a.html", PAGE), ("a.htm", PAGE), ("afchunk.mht", MAIL)]
)
def test_pages_are_read_with_their_headings(tmp_path: Path, name: str, content: str) -> None:
    path = made_of(tmp_path / "a.docx", name, content, words="Before it.")
    document = read_document(path, "a.docx")
    assert [(page.headings, page.text) for page in document.pages] == [
        ((), "Before it."),
        (("Syllabus",), "# Syllabus\n\nWeek one."),
        (("Syllabus", "Rules"), "## Rules\n\nBe kind."),
    ]
    assert not document.problems


def test_what_a_page_hides_is_left_out(tmp_path: Path) -> None:
    content = '<p>Seen.</p><p style="display:none">Hidden.</p><script>run()</script>'
    path = made_of(tmp_path / "a.docx", "a.html", content)
    assert read_document(path, "a.docx").pages[0].text == "Seen."


def test_plain_text_is_read(tmp_path: Path) -> None:
    path = made_of(tmp_path / "a.docx", "a.txt", "Just words.")
    assert read_document(path, "a.docx").pages[0].text == "Just words."


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("a.rtf", "{words}", "RTF"), ("a.html", "", "HTML"), ("a.mht", "no page", "MHT")],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: str, kind: str) -> None:
    problem = f"embedded {kind} was not read"
    path = made_of(tmp_path / "a.docx", name, content, words="Words.")
    document = read_document(path, "a.docx")
    assert document.pages[0].text == "Words."
    assert document.problems == (problem,)
    with pytest.raises(DocumentError, match=problem):
        read_document(made_of(tmp_path / "b.docx", name, content), "b.docx")
