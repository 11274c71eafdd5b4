"""Replies to the tutor's own question: guesses, giving up, hints, and turning away."""

from __future__ import annotations

import pytest

from tutor.replies import asks_hint, attempts, gives_up, states

GUESSES = [
    *("I don't know, maybe noise", "I want to say generator", "when the generator wins"),
    *("how it learns", "the generator?", "noise", "yes", "no", "the noise gives a hint"),
    *("now the generator wins", "because it has no idea of the data", "2014", "whatever it sees"),
    *("what it has seen", "I'm not sure but I guess the loss"),
]
GIVING_UP = [
    *("you tell me", "idk lol", "beats me", "whatever", "keine Ahnung", "quit", "next question"),
    *("I don't know what it is", "I have no clue", "no idea, sorry", "??", "what?", "can't say"),
    *("just tell me", "I really don't remember the word", "who knows"),
]
HINTS = [
    *("another hint", "i need a hint", "can you give me a hint?", "hint please", "a little hint?"),
    *("could I have one more hint please", "help", "any hints?"),
]
AWAY = [
    *("now VAEs", "dropout: what is it", "no more questions please, just answer", "thanks"),
    *("When does it fail?", "how does it learn", "What is dropout?", "what about VAEs?"),
    *("which page?", "in German please", "too long", "stop being socratic", "why the generator?"),
    *("show me a seven", "I want to see a GAN", "next: attention"),
]


@pytest.mark.parametrize("said", GUESSES)
def test_a_guess_is_a_reply(said: str) -> None:
    assert attempts(said)
    assert not gives_up(said)


@pytest.mark.parametrize("said", GIVING_UP)
def test_who_gives_up_is_told(said: str) -> None:
    assert attempts(said)
    assert gives_up(said)
    assert not asks_hint(said)


@pytest.mark.parametrize("said", HINTS)
def test_a_hint_is_asked_for(said: str) -> None:
    assert attempts(said)
    assert asks_hint(said)


@pytest.mark.parametrize("said", AWAY)
def test_what_leaves_the_exchange_is_no_reply(said: str) -> None:
    assert not attempts(said)


@pytest.mark.parametrize("said", ["the generator makes sevens", "I want to say it is noise"])
def test_a_statement_is_no_wish(said: str) -> None:
    assert states(said)
    assert not states("show me sevens")
