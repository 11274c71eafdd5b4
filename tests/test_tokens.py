"""The tokens lab: the pieces join back to the text, and every box stands for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from tests.lab_runs import opened
from tutor.config import Settings
from tutor.errors import ModelError
from tutor.lab_models import TutorModels
from tutor.labs import Result, parse, run
from tutor.labs.models import Token
from tutor.labs.tokens import ROWS, draw, is_part
from tutor.llm.pieces import Pieces


@pytest.fixture(scope="module")
def tutors(settings: Settings) -> TutorModels:
    return TutorModels(settings)


def finish(tutors: TutorModels, text: str) -> Result:
    *_, result = run("tokens", parse("tokens", {"text": text}), tutors)
    assert isinstance(result, Result)
    return result


# Pieces


# Of control characters and of planes that no script uses, its vocabulary lacks the bytes.
@given(st.text(st.characters(max_codepoint=0x2FFFF, categories=["L", "N", "P", "S", "Z"])))
@example("naïve 你好 🎓\n\t  x<|im_end|>y")
@hypothesis_settings(max_examples=60)
def test_the_pieces_join_back_to_the_text(tutors: TutorModels, text: str) -> None:
    tokens = tutors.tokens(text)
    assert b"".join(token.data for token in tokens) == text.encode()


def test_a_token_is_the_same_wherever_it_comes_from(tutors: TutorModels) -> None:
    for token in tutors.tokens("unbelievably long words"):
        assert tutors.token(token.id) == token


def test_marks_of_control_are_special(tutors: TutorModels) -> None:
    assert [token.special for token in tutors.tokens("a<|im_end|>")] == [False, True]


def test_sentencepiece_spells_spaces_and_bytes_its_own_way() -> None:
    vocabulary = {"▁Hello": 0, "<0xE2>": 1, "lo": 2}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="lo"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    pieces = Pieces(tokenizer)
    assert [pieces.piece(number)[1] for number in range(3)] == [b" Hello", b"\xe2", b"lo"]


def test_a_missing_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        Pieces.from_folder(tmp_path)


# Tokens as text


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b" the", " the"),
        (b"\xe2\x82", "⟨E2 82⟩"),
        (b"a\xe2\x82b", "a⟨E2 82⟩b"),
        ("é".encode(), "é"),
    ],
)
def test_parts_of_characters_are_shown_as_bytes(data: bytes, shown: str) -> None:
    token = Token(1, data)
    assert str(token) == shown
    assert is_part(token) == ("⟨" in shown)


# The lab


def test_its_figures_are_those_of_the_text(tutors: TutorModels) -> None:
    text = "Tokenization splits unbelievably long words."
    result = finish(tutors, text)
    values = result.values
    assert "".join(values["pieces"]) == text
    assert values["tokens"] == len(values["ids"]) > values["words"] == 5
    assert values["characters"] == values["bytes"] == len(text)
    assert values["characters_per_token"] == pytest.approx(len(text) / values["tokens"], abs=1e-3)
    assert values["parts_of_characters"] == 0
    assert opened(result.pictures[0]).width == 1024


def test_a_rare_sign_falls_into_parts_and_the_caption_says_so(tutors: TutorModels) -> None:
    result = finish(tutors, "𓂀")
    assert result.values["parts_of_characters"] > 1
    assert "Grey boxes" in result.caption


def test_a_long_text_is_drawn_in_part(tutors: TutorModels) -> None:
    result = finish(tutors, "word " * 400)
    assert "The first" in result.caption
    assert opened(result.pictures[0]).height < 3000


def test_only_white_space_is_no_trouble(tutors: TutorModels) -> None:
    result = finish(tutors, "\n \t")
    assert result.values["tokens_per_word"] is None


def test_boxes_stop_where_the_room_does() -> None:
    sheet, drawn = draw([Token(number, b"\n") for number in range(100)])
    assert drawn == ROWS
    wide, one = draw([Token(0, b"x" * 500)])
    assert one == 1
    assert wide.height < sheet.height
