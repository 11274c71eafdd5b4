"""Tables in text files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.documents import csv, read_document
from tutor.documents.encoding import clean

TABLE = "| Model | Loss |\n| --- | --- |\n| VAE | 1,5 |\n| GAN | a \\| b |"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_is_told(delimiter: str) -> None:
    rows = [["Model", "Loss"], ["VAE", "1,5"], ["GAN", "a | b"]]
    text = "\n".join(delimiter.join(row) for row in rows)
    assert csv.parse(text, "a.csv").pages[0].text == TABLE


def test_quoted_fields_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Model,Loss\r\n"VAE","1,5"\r\n"GAN","a | b"\r\n')
    assert read_document(path, "a.csv").pages[0].text == TABLE


@pytest.mark.parametrize("sign", [";", ",", "|", "\t"])
def test_the_line_that_tells_excel_the_delimiter_is_no_row(sign: str) -> None:
    text = f"sep={sign}\nModel{sign}Loss\nVAE{sign}2\n"
    assert csv.parse(text, "a.csv").pages[0].text.startswith("| Model | Loss |\n")
    assert "sep" in csv.parse("sep=x,b\n1,2\n", "a.csv").pages[0].text


def test_a_csv_file_in_shift_jis(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        "名前,年齢,住所\r\n佐藤太郎,30,東京\r\n三木英子,25,大阪\r\n".encode("shift_jis")
    )
    assert "| 佐藤太郎 | 30 | 東京 |" in read_document(path, "a.csv").pages[0].text


def test_rows_beyond_the_limit_are_reported() -> None:
    document = csv.parse("a,b\n" * (csv.MAX_ROWS + 1), "a.csv")
    assert document.problems == ("only the first 5000 rows were read",)


@given(st.text(max_size=200).filter(lambda text: "\x00" not in text))
def test_any_text_is_read(text: str) -> None:
    csv.parse(clean(text), "a.csv")
