"""The language models by characters: probabilities that are probabilities, and honest judging."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from tests.lab_runs import opened
from tutor.config import Settings
from tutor.errors import IndexMissingError, LabError
from tutor.lab_models import TutorModels
from tutor.labs import Progress, Result, parse, run, shipped
from tutor.labs.language_model import drawing
from tutor.labs.language_model.course import (
    KINDS,
    Course,
    Fitting,
    alike,
    course_of,
    shipped_prose,
)
from tutor.labs.language_model.memory import run as run_memory
from tutor.labs.language_model.networks import LSTM, Attention, Elman, Kind
from tutor.labs.language_model.ngram import NGram
from tutor.labs.language_model.reading import ByCounts, ByNetwork, tempered, write
from tutor.labs.language_model.recall import (
    ANSWERS,
    BINS,
    KEYS,
    QUESTIONS,
    TOKENS,
    VALUES,
    accuracy,
    answers_by_counts,
    counted,
    spelled,
    streams,
)
from tutor.labs.language_model.recall import train as train_recall
from tutor.labs.language_model.shipping import train_memory
from tutor.labs.language_model.text import LEAST, Text, decode, encode, known_words, plain, prose
from tutor.labs.language_model.training import (
    WINDOW,
    Size,
    log_likelihoods,
    make,
    perplexity,
    train,
)
from tutor.labs.models import Passage
from tutor.labs.retrain import retrain


@dataclass
class OnlyACourse:
    """A course without models: the language models of this lab need no others."""

    texts: list[str] | None = None

    def passages(self) -> list[Passage]:
        if self.texts is None:
            raise IndexMissingError("no index")
        return [Passage("notes.md", "§ 1", text) for text in self.texts]


def steps_of(course: OnlyACourse | TutorModels, **given: object) -> list[Progress | Result]:
    return list(run("language_model", parse("language_model", given), course))  # type: ignore[arg-type]


def result_of(**given: object) -> Result:
    *progress, result = steps_of(OnlyACourse(), **given)
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(result, Result)
    return result


def sample_text(size: int = LEAST + 5000, seed: int = 0) -> str:
    """Sentences of few words, a line each, all different."""
    rng = np.random.default_rng(seed)
    words = "the cat dog sees hears a small big bird near far tree and house of stone".split()
    lines: list[str] = []
    while sum(map(len, lines)) < size:
        lines.append(" ".join(rng.choice(words, 12)) + f" {len(lines)}.\n")
    return "".join(lines)


def small(kind: Kind, alphabet: int = 5) -> torch.nn.Module:
    torch.manual_seed(0)
    return make(kind, alphabet, Size(8, 1, 0.0)).eval()


# The text


def test_prose_is_without_markup_tables_formulas_and_code() -> None:
    passage = (
        "## A “title”\n\nSome *words* and `code` — naïve…\n\n| a | b |\n|---|---|\n\n"
        "$$\nx = y\n$$\n\n```python\nprint(1)\n```\nThe end.\n"
    )
    assert prose([passage]) == 'A "title"\nSome words and code - naive...\nThe end.\n'


@given(st.text(max_size=80))
def test_plain_text_is_printable_ascii(text: str) -> None:
    assert all(c == "\n" or " " <= c <= "~" for c in plain(text))


def test_text_comes_back_from_its_numbers_and_strangers_are_left_out() -> None:
    assert decode(encode("abba", "ab"), "ab") == "abba"
    assert decode(encode("aXb", "ab"), "ab") == "ab"


def test_what_is_held_out_is_in_no_other_part() -> None:
    text = Text.of(sample_text(60_000))
    parts = [decode(part, text.alphabet) for part in (text.train, text.tuning, text.held_out)]
    lines = [set(part.splitlines()) for part in parts]
    assert not any(a & b for a, b in itertools.combinations(lines, 2))
    assert sum(map(len, parts)) == len("".join(parts))
    shares = [len(part) / sum(map(len, parts)) for part in parts]
    assert shares == pytest.approx([0.85, 0.05, 0.1], abs=0.02)


def test_too_little_text_is_said() -> None:
    with pytest.raises(LabError, match=r"5 characters.*20,000 are needed"):
        Text.of("Five.")


# The n-gram model


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(1, 4), st.data())
def test_ngram_probabilities_are_positive_and_sum_to_one(
    tokens: list[int], order: int, data: st.DataObject
) -> None:
    ngram = NGram(tokens, 4, order)
    context = data.draw(st.lists(st.integers(0, 3), max_size=6))
    probabilities = ngram.probabilities(context)
    assert probabilities.sum() == pytest.approx(1)
    assert (probabilities > 0).all()


def test_ngrams_know_what_follows() -> None:
    ngram = NGram([0, 1, 2, 3] * 20, 5, 3)
    assert ngram.probabilities([0, 1]).argmax() == 2
    assert ngram.probabilities([0, 1])[2] > 0.9
    # An unknown context falls back to a shorter one.
    assert ngram.probabilities([4, 1]) == pytest.approx(ngram.probabilities([1]))


def test_without_any_text_all_is_equally_likely() -> None:
    assert NGram([], 7, 3).probabilities([1, 2]) == pytest.approx(np.full(7, 1 / 7))


def test_kneser_ney_by_hand() -> None:
    """Bigrams of 0 1 0 1 0 2: after 0 comes 1 twice and 2 once."""
    ngram = NGram([0, 1, 0, 1, 0, 2], 3, 2)
    # Counts 2, 1 after 0 and 2 after 1: n1 = 1, n2 = 2, D = 1 / 5. Different contexts before
    # 0, 1, 2: one each, so that there D = 1 / 2 for want of twos, and P = 1 / 3 each.
    below = (1 - 0.5) / 3 + 0.5 * 3 / 3 / 3
    expected = [0.2 * 2 / 3 * below, (2 - 0.2) / 3 + 0.2 * 2 / 3 * below,
                (1 - 0.2) / 3 + 0.2 * 2 / 3 * below]  # fmt: skip
    assert ngram.probabilities([0]) == pytest.approx(expected)


# The networks


def test_elmans_step_is_its_formula() -> None:
    layer = Elman(2, 3)
    x, h = torch.randn(1, 1, 2), torch.randn(1, 3)
    out, (after,) = layer(x, (h,))
    w, u, b = layer.from_input.weight, layer.from_state.weight, layer.from_input.bias
    assert torch.allclose(out[:, 0], torch.tanh(x[:, 0] @ w.T + h @ u.T + b))
    assert torch.equal(out[:, 0], after)


def test_the_lstm_is_torchs() -> None:
    ours, theirs = LSTM(4, 6), torch.nn.LSTM(4, 6, batch_first=True)
    # Torch's gates stand in the order i, f, g, o; ours i, f, o, g.
    order = torch.cat([torch.arange(12), torch.arange(18, 24), torch.arange(12, 18)])
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(ours.from_input.weight[order])
        theirs.weight_hh_l0.copy_(ours.from_state.weight[order])
        theirs.bias_ih_l0.copy_(ours.from_input.bias[order])
        theirs.bias_hh_l0.zero_()
    x, zeros = torch.randn(2, 5, 4), torch.zeros(2, 6)
    assert torch.allclose(ours(x, (zeros, zeros))[0], theirs(x)[0], atol=1e-6)


def test_attention_reads_the_past_alone_and_mixes_it() -> None:
    attention = Attention(8, 2)
    x = torch.randn(1, 6, 8)
    changed = x.clone()
    changed[:, 4:] = torch.randn(1, 2, 8)
    assert torch.allclose(attention(x)[:, :4], attention(changed)[:, :4], atol=1e-6)
    assert not torch.allclose(attention(x)[:, 4:], attention(changed)[:, 4:])
    # Rows sum to 1: where all values are alike, their mean is the same.
    with torch.no_grad():
        same = x[:, :1].expand(1, 6, 8)
        assert torch.allclose(attention(same)[:, 5], attention(same)[:, 0], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_read_in_pieces_is_read_the_same(kind: Kind) -> None:
    network = small(kind)
    tokens = torch.randint(5, (2, 12), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole, _ = network(tokens)
        first, state = network(tokens[:, :7])
        rest, _ = network(tokens[:, 7:], state)
    assert torch.allclose(torch.cat([first, rest], 1), whole, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_no_network_sees_the_character_it_predicts(kind: Kind) -> None:
    network = small(kind)
    tokens = torch.randint(5, (1, 12), generator=torch.Generator().manual_seed(0))
    other = tokens.clone()
    other[0, 6] = (other[0, 6] + 1) % 5
    with torch.no_grad():
        a, b = network(tokens)[0], network(other)[0]
    assert torch.allclose(a[:, :6], b[:, :6], atol=1e-6)
    assert not torch.allclose(a[:, 6:], b[:, 6:])


# Judging


def test_the_uniform_models_perplexity_is_the_vocabulary() -> None:
    tokens = np.random.default_rng(0).integers(9, size=700)
    assert perplexity(NGram([], 9, 2).log_likelihoods(tokens)) == pytest.approx(9)
    network = make("transformer", 9, Size(8, 1, 0.0))
    torch.nn.init.zeros_(network.head.weight)  # type: ignore[union-attr, arg-type]
    torch.nn.init.zeros_(network.head.bias)  # type: ignore[union-attr, arg-type]
    assert perplexity(log_likelihoods(network, tokens)) == pytest.approx(9, rel=1e-5)


@pytest.mark.parametrize("n", [2, 70, WINDOW + 1, WINDOW + 2, 3 * WINDOW])
def test_each_character_but_the_first_is_judged_once(n: int) -> None:
    tokens = np.random.default_rng(0).integers(5, size=n)
    for reading in (ByCounts(NGram(tokens, 5, 3)), ByNetwork(small("rnn"))):
        assert reading.log_likelihoods(tokens).shape == (n - 1,)


def test_windows_judge_as_reading_at_once_does() -> None:
    """The RNN of these weights forgets within few steps, so windows change nothing."""
    network = small("rnn")
    tokens = np.random.default_rng(0).integers(5, size=2 * WINDOW)
    with torch.no_grad():
        logits, _ = network(torch.from_numpy(tokens)[None])
    at_once = logits[0].log_softmax(-1).numpy()[np.arange(len(tokens) - 1), tokens[1:]]
    assert log_likelihoods(network, tokens) == pytest.approx(at_once, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_following_a_text_is_judging_it(kind: Kind) -> None:
    reading = ByNetwork(small(kind))
    tokens = np.random.default_rng(0).integers(5, size=20)
    follow = reading.follow()
    stepped = [math.log(follow([int(a)])[b]) for a, b in itertools.pairwise(tokens)]
    assert reading.log_likelihoods(tokens) == pytest.approx(stepped, abs=1e-5)


# Writing


def test_temperature_sharpens_and_flattens() -> None:
    p = np.array([0.5, 0.3, 0.2])
    assert tempered(p, 1.0) == pytest.approx(p)
    assert tempered(p, 0.0).tolist() == [1, 0, 0]
    assert tempered(p, 0.5) == pytest.approx(p**2 / (p**2).sum())
    assert tempered(np.array([1.0, 0.0]), 3.0).tolist() == [1, 0]


def test_what_is_written_follows_the_models_distribution() -> None:
    reading = ByCounts(NGram([0, 0, 0, 1] * 50, 3, 1))
    rng = np.random.default_rng(0)
    drawn = [token for token, _ in write(reading, [0], 4000, 1.0, rng)]
    expected = reading.ngram.probabilities([])
    assert np.bincount(drawn, minlength=3) / 4000 == pytest.approx(expected, abs=0.03)


def test_at_temperature_0_the_likeliest_is_written() -> None:
    reading = ByCounts(NGram([0, 1, 2, 3] * 20, 5, 3))
    written = list(write(reading, [0, 1], 6, 0.0, np.random.default_rng(0)))
    assert [token for token, _ in written] == [2, 3, 0, 1, 2, 3]
    assert all(chance > 0.9 for _, chance in written)


# Learning


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_training_lowers_the_loss_and_repeats(kind: Kind) -> None:
    text = Text.of(sample_text())

    def losses(steps: int) -> list[float]:
        rng = np.random.default_rng(0)
        size = Size(32, 1, 0.1)
        states = train(kind, text.train, len(text.alphabet), size, 30, rng, 0.05)
        return [state.loss for state in itertools.islice(states, steps)]

    first = losses(30)
    assert first[0] == pytest.approx(math.log(len(text.alphabet)), abs=0.5)
    assert first[-1] < 0.9 * first[0]
    assert losses(5) == first[:5]


# The test of memory


def test_streams_are_consistent() -> None:
    told = streams(20, np.random.default_rng(0))
    for tokens, distance in zip(told.tokens, told.distance, strict=True):
        assert (distance > 0).sum() == KEYS
        for place in np.flatnonzero(distance):
            key = tokens[place - 1] - QUESTIONS
            fact = tokens[place - 1 - distance[place]]
            assert divmod(int(fact), VALUES) == (key, tokens[place] - ANSWERS)


def test_streams_can_be_read() -> None:
    tokens = [3 * VALUES + 4, QUESTIONS + 3, ANSWERS + 4]
    assert spelled(np.array(tokens)) == "d5 d? 5"


def test_accuracy_by_distance() -> None:
    tested = streams(50, np.random.default_rng(0))
    assert accuracy(tested.tokens, tested) == [1.0] * (len(BINS) - 1)
    near = np.where(tested.distance == 1, tested.tokens, -1)
    assert accuracy(near, tested) == [1.0] + [0.0] * (len(BINS) - 2)


def test_counts_remember_the_next_token_and_no_farther() -> None:
    rng = np.random.default_rng(0)
    tested = streams(100, rng)
    shares = accuracy(answers_by_counts(counted(1000, rng), tested), tested)
    assert shares[0] > 0.9
    assert all(share < 0.25 for share in shares[1:])


def test_attention_remembers_whatever_the_distance() -> None:
    """With the shipped weights: the claim of the lab."""
    *_, result = run_memory(None, np.random.default_rng(5))
    assert isinstance(result, Result)
    found = result.values["accuracy"]
    assert min(found["transformer"]) > 0.97
    for kind in ("rnn", "lstm"):
        assert found[kind][0] > found[kind][-1] + 0.1
        assert found[kind][-1] < 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_trained_on_answers_alone(kind: Kind) -> None:
    states = list(train_recall(kind, 3, np.random.default_rng(0)))
    assert [state.step for state in states] == [1, 2, 3]
    assert states[0].loss == pytest.approx(math.log(TOKENS), abs=1.0)


# Which text


def test_the_same_lines_are_alike_in_any_order() -> None:
    lines = [f"line {i}\n" for i in range(100)]
    assert alike("".join(lines), "".join(reversed(lines)))
    assert alike("".join(lines), "".join(lines[:95]))
    assert not alike("".join(lines), "".join(lines[:80]))


def test_the_course_is_used_when_there_is_enough_of_it() -> None:
    bundled = course_of(OnlyACourse([shipped_prose()]))  # type: ignore[arg-type]
    assert bundled.shipped
    assert not bundled.note
    own = course_of(OnlyACourse([sample_text(), sample_text(seed=1)]))  # type: ignore[arg-type]
    assert not own.shipped
    little = course_of(OnlyACourse(["Little."]))  # type: ignore[arg-type]
    assert little.shipped
    assert "8 characters" in little.note
    none = course_of(OnlyACourse())  # type: ignore[arg-type]
    assert none.shipped
    assert "No course" in none.note


def test_the_models_of_another_course_are_trained_on_it() -> None:
    course = Course(Text.of(sample_text()), shipped=False)
    fitting = Fitting("rnn", course, steps=2)
    progress = list(fitting.run(np.random.default_rng(0), 0.5, 0.5))
    assert [step.fraction for step in progress] == [0.75, 1.0]
    assert fitting.ready().parameters > 10_000


# The shipped weights


def test_the_shipped_weights_are_small() -> None:
    """That they know the course is seen where all are put side by side."""
    files = (shipped.FOLDER / f"{name}.safetensors" for name in ("language_model", "memory"))
    assert sum(file.stat().st_size for file in files) <= 3e6


def test_those_for_memory_can_be_made_anew() -> None:
    *_, (_, parts) = train_memory(3, np.random.default_rng(0))
    assert set(parts) == set(KINDS)


def test_they_are_made_of_the_course(tmp_path: Path) -> None:
    file = tmp_path / "new.safetensors"
    course = OnlyACourse([sample_text()])
    *_, end = retrain("language_model", None, file, 6, 0, course)  # type: ignore[arg-type]
    assert end.fraction == 1
    assert end.text.startswith("Transformer: loss")
    with safe_open(file, "np") as stored:
        names = stored.keys()
        assert {name.partition(".")[0] for name in names} == {"course", *KINDS}
        assert "notes.md" in stored.metadata()["data"]
        assert "--steps 6" in stored.metadata()["command"]
    with pytest.raises(LabError, match="there is no course"):
        next(retrain("language_model", None, file, 6, 0))


# The lab


@pytest.mark.slow
def test_compare_puts_all_side_by_side() -> None:
    steps = steps_of(OnlyACourse(), action="compare")
    result = steps[-1]
    assert isinstance(result, Result)
    assert set(result.values["models"]) == {"ngram", *KINDS}
    for figures in result.values["models"].values():
        assert 3 < figures["perplexity"] < 6
        assert figures["bits_per_character"] == pytest.approx(
            math.log2(figures["perplexity"]), abs=1e-3
        )
    assert result.values["perplexity_by_letters"] < result.values["perplexity_guessing"]
    first = next(step.picture for step in steps if isinstance(step, Progress) and step.picture)
    assert opened(first).width == 1024
    assert {picture.name for picture in result.pictures} == {
        "language-model-perplexity",
        "language-model-surprise",
    }


@pytest.mark.parametrize("model", ["ngram", *KINDS])
def test_generate_writes_words_of_the_course(model: str) -> None:
    result = result_of(action="generate", model=model, n=150, prompt="The latent")
    assert len(result.values["generated"]) == 150
    assert result.values["prompt"] == "The latent"
    assert result.values["words_of_the_course"] > 0.5


@pytest.mark.parametrize("model", ["ngram", *KINDS])
def test_the_same_seed_writes_the_same(model: str) -> None:
    first, again = (result_of(action="generate", model=model, n=40) for _ in range(2))
    assert again.values == first.values
    assert again.pictures[0].data == first.pictures[0].data


def test_a_prompt_of_unknown_signs_is_refused() -> None:
    with pytest.raises(LabError, match="prompt has no character"):
        steps_of(OnlyACourse(), action="generate", prompt="日本")


def test_known_words_leaves_out_the_last_that_may_be_cut() -> None:
    assert known_words("the cat xyzzy a sm", "The cat.") == pytest.approx(2 / 3)
    assert known_words("", "The cat.") == 0


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ngram", "transformer"])
def test_train_shows_perplexity_and_a_sample(model: str) -> None:
    steps = steps_of(OnlyACourse(), action="train", model=model, steps=2, n=30)
    result = steps[-1]
    assert isinstance(result, Result)
    assert [picture.suffix for picture in result.pictures] == ["png", "gif"]
    curve = result.values["perplexity"]["unseen text"]
    assert len(curve) == len(result.values["at"])
    assert curve[-1] < curve[0]
    assert result.values["sample"].startswith("The generator")


@pytest.mark.slow
def test_memory_can_be_trained_now() -> None:
    result = result_of(action="long_range", steps=2)
    assert result.values["trained_steps"] == 2
    assert all(0 <= share <= 1 for shares in result.values["accuracy"].values() for share in shares)


def test_training_can_be_left_at_any_step() -> None:
    options = parse("language_model", {"action": "train", "model": "lstm"})
    running = run("language_model", options, OnlyACourse())  # type: ignore[arg-type]
    for _ in range(4):
        assert isinstance(next(running), Progress)
    running.close()  # type: ignore[attr-defined]


# Drawing


def test_tints_grow_with_surprise() -> None:
    assert drawing.tint(1.0) == (255, 255, 255)
    assert drawing.tint(2**-9) == drawing.tint(2**-6)  # the scale ends there
    blues = [drawing.tint(2.0**-bits)[2] for bits in range(7)]
    assert blues == sorted(blues, reverse=True)


def test_the_tutors_own_models_give_the_course(course: Settings) -> None:
    assert course_of(TutorModels(course)).note.startswith("Your course has")
