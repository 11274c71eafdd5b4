"""The text-to-image lab: its words, networks and pipeline."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.lab_runs import finish, opened, values
from tutor.labs.data import bundled_digits, unseen_digits
from tutor.labs.text_to_image import attributes, language, looked_at
from tutor.labs.text_to_image.attributes import asked, caption, measure
from tutor.labs.text_to_image.augment import varied
from tutor.labs.text_to_image.drawing import channels
from tutor.labs.text_to_image.network import TOKENS, Codec, LatentDenoiser
from tutor.labs.text_to_image.sampling import guided, load, paint, start
from tutor.labs.text_to_image.training import caption_all, train_codec, train_denoiser


def stroke(width: int, lean: float = 0.0, length: int = 20) -> np.ndarray:
    """An image [28, 28] of one upright stroke that leans by `lean` columns a row."""
    image = np.zeros((28, 28))
    top = 14 - length // 2
    for row in range(top, top + length):
        left = round(14 - width / 2 + lean * (14 - row))
        image[row, left : left + width] = 1
    return image


# What prompts speak of


def test_thickness_slant_and_size_are_measured() -> None:
    found = measure(np.stack([stroke(2), stroke(4), stroke(3, 0.5), stroke(3, -0.5)]))
    assert found.thickness[0] < found.thickness[1]
    assert found.slant[2] == pytest.approx(0.5, abs=0.07)
    assert found.slant[3] == pytest.approx(-0.5, abs=0.07)
    assert measure(stroke(3, length=12)[None]).size[0] == 12
    blank = measure(np.zeros((1, 28, 28)))
    assert all(np.isfinite(getattr(blank, name)).all() for name in attributes.LIMITS)


def test_a_caption_says_only_what_is_so() -> None:
    rng = np.random.default_rng(0)
    classes = {"thickness": 1, "slant": -1, "size": 0}
    for _ in range(50):
        digit, said = asked(caption(7, classes, rng))
        assert digit == 7
        assert all(classes[name] == value for name, value in said.items())


def test_words_are_read_from_a_prompt() -> None:
    assert asked("A THICK seven, leaning right") == (7, {"thickness": 1, "slant": 1})
    assert asked("a cat") == (None, {})
    assert asked("Draw a thin seven.") == (7, {"thickness": -1})
    assert asked("(7!) leaning-left?") == (7, {"slant": -1})
    assert asked("10 of them")[0] is None


def test_varied_digits_differ_in_all_that_prompts_speak_of() -> None:
    images = torch.from_numpy(bundled_digits().images[:200])[:, None]
    new = varied(images, torch.Generator().manual_seed(0))
    assert new.shape == images.shape
    assert float(new.min()) >= 0
    assert float(new.max()) <= 1
    before, after = (measure(part[:, 0].numpy()) for part in (images, new))
    for name in attributes.LIMITS:
        assert getattr(after, name).std() > 1.3 * getattr(before, name).std(), name


# Networks


def test_prompts_are_read_token_by_token() -> None:
    both = language.read(["a thick seven", ""])
    assert both.states.shape == (2, TOKENS, 384)
    assert (both.ids != 0).sum(1).tolist() == [5, 2]  # words between two end marks; end marks alone
    assert language.tokens("a thick seven") == ["a", "thick", "seven"]
    long = language.read(["seven " * 100])
    assert long.ids.shape == (1, TOKENS)


def test_attention_shares_sum_to_one_and_skip_padding() -> None:
    network = LatentDenoiser(width=16, depth=2)
    told = language.read(["a thick seven"])
    looks = looked_at(network, torch.randn(1, 4, 7, 7), torch.zeros(1), told)
    assert looks.shape == (5, 7, 7)
    assert looks.sum(0) == pytest.approx(np.ones((7, 7)), abs=1e-5)


def test_the_refiner_reads_its_own_encoder_alone() -> None:
    refiner = LatentDenoiser(width=16, depth=1, refiner=True)
    torch.nn.init.normal_(refiner.last.weight)
    torch.nn.init.normal_(refiner.asks[0].out.weight)  # type: ignore[union-attr, arg-type]
    one, other = language.read(["a two"]), language.read(["a large six"])
    x, level = torch.randn(1, 4, 7, 7), torch.zeros(1)
    same = refiner(x, level, other.states, one.ids)
    assert torch.equal(refiner(x, level, one.states, one.ids), same)
    assert not torch.allclose(refiner(x, level, one.states, other.ids), same)


def test_guidance_is_a_straight_line_and_the_negative_prompt_pushes_once() -> None:
    network = LatentDenoiser(width=16, depth=1)
    torch.nn.init.normal_(network.last.weight)
    told, empty, thin = language.read(["a two", "", "thin"]).split()
    x, level = torch.randn(2, 4, 7, 7), torch.zeros(2)
    free, one, two = (guided(network, told, empty, scale)(x, level) for scale in (0, 1, 2))
    assert torch.allclose(two - one, one - free, atol=1e-4)
    alone = guided(network, thin, empty, 1)(x, level)
    kept = guided(network, told, thin, 2)(x, level)
    assert torch.allclose(kept, two - (alone - free), atol=1e-4)


@pytest.mark.slow
def test_training_lowers_each_loss() -> None:
    digits, rng = bundled_digits(), np.random.default_rng(0)
    states = list(train_codec(digits, 30, rng))
    errors, codec = [error for error, _ in states], states[-1][1]
    assert np.mean(errors[-5:]) < 0.7 * errors[0]
    few = digits.take(np.arange(100))
    data = caption_all(few, codec, rng, phrases=1)
    assert float(data.latents.std()) == pytest.approx(1, abs=0.01)
    for refiner in (False, True):
        losses = [loss for loss, _ in train_denoiser(data, 25, rng, refiner=refiner, batch=32)]
        assert np.mean(losses[-5:]) < np.mean(losses[:3])


# The pipeline


def test_the_codec_keeps_the_digit() -> None:
    codec = load().codec
    assert isinstance(codec, Codec)
    images = torch.from_numpy(unseen_digits().images[::10])[:, None]
    with torch.no_grad():
        latents = codec.encode(images)[0] / codec.scale
        again = codec.decode(latents).sigmoid()
    assert latents.shape == (50, 4, 7, 7)
    assert float(latents.std()) == pytest.approx(1, abs=0.4)  # of varied digits it is 1
    assert float((again - images).square().mean()) < 0.01


def test_the_refiner_takes_the_last_steps() -> None:
    stages = list(
        paint(load(), "a two", "", start(1, torch.Generator().manual_seed(0)),
              steps=10, guidance=4, refiner=0.2)
    )  # fmt: skip
    assert [stage.by for stage in stages] == ["base model"] * 8 + ["refiner"] * 2
    assert [stage.step for stage in stages] == list(range(1, 11))


@pytest.mark.parametrize(
    ("steps", "share", "refined"), [(3, 0.2, 0), (10, 0.25, 2), (4, 0.25, 1), (200, 0.145, 29)]
)
def test_the_refiner_starts_within_the_times_it_was_trained_on(
    steps: int, share: float, refined: int
) -> None:
    noise = start(1, torch.Generator().manual_seed(0))
    stages = paint(load(), "a two", "", noise, steps=steps, guidance=1, refiner=share)
    assert [stage.by for stage in stages].count("refiner") == refined


def test_pictures_are_what_the_prompt_asks_for() -> None:
    found = values("text_to_image", prompt="a thick seven leaning right", n=12, steps=15)
    assert found["agreement"]["digit"] >= 0.9
    assert found["agreement"]["thickness"] >= 0.75
    assert found["agreement"]["slant"] >= 0.75
    # Its opposite, so that neither is what it draws anyway.
    other = values("text_to_image", prompt="a thin seven leaning left", n=12, steps=15)
    assert other["agreement"]["thickness"] >= 0.75
    assert other["agreement"]["slant"] >= 0.75


def test_a_negative_prompt_keeps_away() -> None:
    plain, kept = (
        finish("text_to_image", prompt="a four", negative_prompt=negative, n=12, steps=12)[1]
        for negative in ("", "thick bold")
    )
    thickness = [measure(r.samples / 255).thickness.mean() for r in (plain, kept)]  # type: ignore[operator]
    assert thickness[1] < thickness[0]


def test_a_prompt_of_something_else_is_said_not_to_be_known() -> None:
    assert "speaks of nothing" in finish("text_to_image", prompt="a cat", n=1, steps=2)[1].caption


@pytest.mark.parametrize("prompt", ["a thick seven leaning right", "x", "seven " * 60])
def test_stages_are_shown_for_prompts_of_any_length(prompt: str) -> None:
    progress, result = finish("text_to_image", action="stages", prompt=prompt, steps=5)
    assert len(progress) >= 5
    still, film = result.pictures
    assert opened(still).width == 1024
    assert film.suffix == "gif"


def test_guidance_has_a_row_for_each_scale() -> None:
    _, result = finish("text_to_image", action="guidance", steps=5)
    assert result.samples is not None
    assert len(result.samples) == 8 * len(result.values["guidance"])


def test_the_four_channels_stand_in_a_square() -> None:
    square = channels(torch.arange(4.0)[:, None, None].expand(4, 7, 7))
    assert [square[0, 0], square[0, 14], square[14, 0], square[14, 14]] == [0, 1, 2, 3]
    assert np.isnan(square[7]).all()
