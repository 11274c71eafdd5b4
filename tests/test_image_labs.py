"""The image models: their networks, losses and sampling are what the papers say."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from tutor.errors import LabError
from tutor.labs import Progress, Result, compare, diffusion, parse, run, shipped, vae
from tutor.labs.data import bundled_digits
from tutor.labs.diffusion.network import NO_DIGIT, Denoiser
from tutor.labs.diffusion.sampling import guided, last, sample
from tutor.labs.diffusion.schedule import add_noise, alpha_bar, log_snr
from tutor.labs.diffusion.training import spread_times, target
from tutor.labs.diffusion.training import train as train_diffusion
from tutor.labs.digits import evenly, one_hot, some, wanted
from tutor.labs.gan import plane, slerp
from tutor.labs.gan.network import LATENT, Discriminator, Generator
from tutor.labs.gan.training import discriminator_loss, shifted
from tutor.labs.gan.training import train as train_gan
from tutor.labs.layers import Average, ResidualBlock, SelfAttention, sinusoidal, warm_then_cosine
from tutor.labs.reader import frechet, load_reader, look, spread
from tutor.labs.reader import train as train_reader
from tutor.labs.retrain import divided, retrain
from tutor.labs.text_to_image import training as text_to_image
from tutor.labs.vae import weighing
from tutor.labs.vae.network import Vae, kl_divergence, reconstruction_loss, sample_latent
from tutor.labs.vae.training import train as train_vae


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def finish(name: str, **given: object) -> Result:
    *progress, result = run(name, parse(name, given))
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(result, Result)
    return result


# What they share


def test_the_reader_knows_digits_it_never_saw() -> None:
    digits = bundled_digits()
    read, features = look(load_reader(), torch.from_numpy(digits.images)[:, None])
    assert (read == digits.labels).mean() > 0.85  # of another hand and source than MNIST
    assert features.shape == (len(digits), 64)


def test_the_frechet_distance_has_its_closed_form() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 3))
    assert frechet(rows, rows) == pytest.approx(0, abs=1e-6)
    # Of normals N(0, 1) and N(m, s^2): m^2 + (1 - s)^2 in each dimension.
    moved = 2 * rng.normal(size=(4000, 3)) + 3
    assert frechet(rows, moved) == pytest.approx(3 * (9 + 1), rel=0.05)


def test_spread_is_the_mean_distance_within_a_digit() -> None:
    features = np.array([[0.0], [2.0], [10.0], [10.0]])
    assert spread(features, np.array([1, 1, 2, 2])) == pytest.approx(1.0)


def test_the_average_follows_and_ends_at_constant_weights() -> None:
    network = torch.nn.Linear(1, 1)
    average = Average(network, decay=0.5)
    with torch.no_grad():
        network.weight.fill_(1.0)
    for _ in range(60):
        average.update(network)
    assert float(average.model.weight) == pytest.approx(1.0, abs=1e-4)  # type: ignore[arg-type]


def test_the_rate_rises_then_falls_to_nothing() -> None:
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    schedule = warm_then_cosine(optimiser, 100, warm=0.1)
    rates = []
    for _ in range(100):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    assert rates[0] < 0.2
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates[-1] < 0.01


def test_blocks_begin_as_the_identity() -> None:
    x, condition = torch.randn(2, 16, 7, 7), torch.randn(2, 8)
    assert torch.equal(ResidualBlock(16, 16, 8)(x, condition), x)
    assert torch.equal(SelfAttention(16)(x), x)
    assert sinusoidal(torch.tensor([0.0]), 4).tolist() == [[0.0, 0.0, 1.0, 1.0]]


def test_wanted_digits_come_in_turn_or_all_alike() -> None:
    assert wanted(12, None).tolist() == [*range(10), 0, 1]
    assert wanted(3, 7).tolist() == [7, 7, 7]
    assert some(bundled_digits(), 5, 4, np.random.default_rng(0)).labels.tolist() == [4] * 5
    due = evenly(100, 5)
    assert [step for step in range(1, 101) if due(step)] == [4, 16, 36, 64, 100]


def test_weights_that_are_missing_or_do_not_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"nothing\.safetensors.*tutor lab train nothing"):
        shipped.read(torch.nn.Linear(1, 1), "nothing", "part")
    with pytest.raises(LabError, match=r"gan\.safetensors"):
        shipped.read(torch.nn.Linear(1, 1), "gan", "generator")
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="cannot be written"):
        shipped.write(tmp_path / "file" / "x", {"a": torch.nn.Linear(1, 1)}, {})


def test_all_weights_together_are_small() -> None:
    sizes = [path.stat().st_size for path in shipped.FOLDER.iterdir()]
    assert sum(sizes) <= 20e6


# GAN


def test_the_hinge_is_paid_only_inside_the_margin() -> None:
    assert float(discriminator_loss(torch.tensor([1.5]), torch.tensor([-2.0]))) == 0
    assert float(discriminator_loss(torch.tensor([0.0]), torch.tensor([0.5]))) == 2.5


def test_the_players_have_the_shapes_they_say() -> None:
    images = Generator(8)(torch.randn(3, LATENT), one_hot(wanted(3, None))).detach()
    assert images.shape == (3, 1, 28, 28)
    assert 0 <= float(images.min()) <= float(images.max()) <= 1
    assert Discriminator(8)(images, wanted(3, None)).shape == (3,)


def test_shifting_moves_pixels_and_keeps_their_gradient() -> None:
    images = torch.zeros(50, 1, 28, 28, requires_grad=True)
    with torch.no_grad():
        images[:, :, 14, 14] = 1
    moved = shifted(images, generator())
    assert torch.allclose(moved.sum((1, 2, 3)), torch.ones(50))
    assert len({tuple(place) for place in moved[:, 0].nonzero()[:, 1:].tolist()}) > 10
    moved.sum().backward()
    assert float(images.grad.sum()) > 0  # type: ignore[union-attr]


def test_training_is_the_same_for_the_same_seed() -> None:
    runs = [
        [
            s.generator_loss
            for s in train_gan(bundled_digits(), 2, np.random.default_rng(3), width=8)
        ]
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_slerp_keeps_the_length() -> None:
    start, end = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    walk = slerp(start, end, torch.linspace(0, 1, 5)[:, None])
    assert torch.allclose(walk.norm(dim=1), torch.ones(5), atol=1e-4)
    assert torch.allclose(walk[[0, -1]], torch.stack([start, end]), atol=1e-4)


def test_clusters_are_counted_when_reached() -> None:
    assert plane.covered(plane.real_points(500, generator())) == plane.MODES
    assert plane.covered(plane.centres()[:1].repeat(500, 1)) == 1
    assert plane.covered(torch.full((500, 2), 9.0)) == 0


# Side by side


@pytest.mark.parametrize("name", compare.MODELS)
def test_every_model_draws_the_digits_asked_for(name: str) -> None:
    draw = compare.MODELS[name]()
    images, digits = draw(10, None, np.random.default_rng(0))
    assert images.shape == (10, 1, 28, 28)
    assert digits.tolist() == list(range(10))
    assert float(images.min()) >= 0
    assert float(images.max()) <= 1
    _, alike = draw(3, 6, np.random.default_rng(0))
    assert alike.tolist() == [6, 6, 6]


def test_images_are_brought_from_minus_one_to_zero() -> None:
    assert diffusion.visible(torch.tensor([-3.0, -1.0, 0.0, 1.0, 3.0])).tolist() == [
        0.0, 0.0, 0.5, 1.0, 1.0,
    ]  # fmt: skip


# VAE


def test_samples_come_from_the_prior_and_repeat() -> None:
    first, again = (vae.draw_samples(4, 2, np.random.default_rng(1))[0] for _ in range(2))
    assert torch.equal(first, again)
    assert float((first[0] - first[1]).abs().mean()) > 0.01  # not one and the same


def test_kl_has_its_closed_form_and_matches_draws() -> None:
    zero = torch.zeros(4, 2)
    assert torch.equal(kl_divergence(zero, zero), torch.zeros(2))
    mean, log_variance = torch.full((1, 1), 1.5), torch.full((1, 1), -1.0)
    q = torch.distributions.Normal(1.5, float(np.exp(-0.5)))
    torch.manual_seed(0)
    z = q.sample((200_000,))
    estimate = (q.log_prob(z) - torch.distributions.Normal(0.0, 1.0).log_prob(z)).mean()
    assert float(kl_divergence(mean, log_variance)) == pytest.approx(float(estimate), rel=0.01)


def test_the_reparameterised_draw_has_the_stated_moments() -> None:
    mean, log_variance = torch.full((50_000, 1), 2.0), torch.full((50_000, 1), float(np.log(9)))
    z = sample_latent(mean, log_variance, generator())
    assert float(z.mean()) == pytest.approx(2, abs=0.05)
    assert float(z.std()) == pytest.approx(3, abs=0.05)


def test_reconstruction_is_the_bernoulli_log_likelihood() -> None:
    logits = torch.zeros(2, 1, 28, 28)
    assert float(reconstruction_loss(logits, torch.ones(2, 1, 28, 28))) == pytest.approx(
        784 * np.log(2), rel=1e-5
    )


@pytest.mark.slow
def test_vae_training_lowers_the_loss_and_beta_the_kl() -> None:
    ends = {}
    for beta in (1.0, 40.0):
        states = list(
            train_vae(
                bundled_digits(), 80, np.random.default_rng(0), latent=4, beta=beta,
                conditional=False, width=8,
            )
        )  # fmt: skip
        ends[beta] = states[-1].kl
        assert states[-1].reconstruction < 0.6 * states[0].reconstruction
    assert ends[40.0] < 0.5 * ends[1.0]


def test_the_vae_keeps_the_shape() -> None:
    vae = Vae(4, width=8)
    told = one_hot(wanted(2, None))
    mean, log_variance = vae.encode(torch.rand(2, 1, 28, 28), told)
    assert mean.shape == log_variance.shape == (2, 4)
    assert vae.decode(mean, told).shape == (2, 1, 28, 28)


# Diffusion


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_the_forward_process_has_the_stated_variance(schedule: str) -> None:
    shares = alpha_bar(torch.linspace(0, 1, 6), schedule)  # type: ignore[arg-type]
    assert (shares[1:] < shares[:-1]).all()
    assert float(shares[0]) > 0.99
    assert float(shares[-1]) < 1e-3
    noise = torch.randn(20_000, 6, 1, generator=generator())
    for number, share in enumerate(shares):
        x = add_noise(torch.full((20_000, 1), 2.0), noise[:, number], share.expand(20_000))
        assert float(x.mean()) == pytest.approx(2 * float(share.sqrt()), abs=0.03)
        assert float(x.var()) == pytest.approx(1 - float(share), abs=0.03)
    assert torch.allclose(log_snr(torch.tensor(0.5)), torch.tensor(0.0))


def test_times_are_spread_evenly() -> None:
    times = spread_times(10, generator()).sort().values
    assert torch.allclose(times.diff(), torch.full((9,), 0.1), atol=1e-5)


def exact(data: torch.Tensor) -> object:
    """What a perfect network says when all data is one image."""

    def predict(x: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        share = torch.sigmoid(level)[:, None, None, None]
        noise = (x - share.sqrt() * data) / (1 - share).sqrt()
        return target(data.expand_as(x), noise, share.flatten())

    return predict


@pytest.mark.parametrize("eta", [0.0, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 20])
def test_a_perfect_network_gives_the_data_back(eta: float, steps: int) -> None:
    data = torch.rand(1, 1, 28, 28) * 2 - 1
    noise = torch.randn(3, 1, 28, 28, generator=generator())
    moment = last(sample(exact(data), noise, steps, generator(), eta=eta))  # type: ignore[arg-type]
    assert torch.allclose(moment.clean, data.expand(3, -1, -1, -1), atol=0.02)
    assert moment.step == steps


def test_ddim_repeats_and_ddpm_draws_anew() -> None:
    torch.manual_seed(0)
    denoiser = Denoiser(16).eval()
    torch.nn.init.normal_(denoiser.last.weight, std=0.05)
    noise = torch.randn(1, 1, 28, 28, generator=generator())

    def end(eta: float, seed: int) -> torch.Tensor:
        predict = guided(denoiser, torch.tensor([3]), 2.0)
        return last(sample(predict, noise, 4, generator(seed), eta=eta)).noisy

    assert torch.equal(end(0.0, 1), end(0.0, 2))
    assert not torch.equal(end(1.0, 1), end(1.0, 2))


def test_guidance_one_is_the_told_and_zero_the_untold_network() -> None:
    torch.manual_seed(0)
    denoiser = Denoiser(16).eval()
    torch.nn.init.normal_(denoiser.last.weight, std=0.05)
    for name, tensor in denoiser.named_parameters():
        if "affine" in name or "conv2" in name:  # these begin at zero
            torch.nn.init.normal_(tensor, std=0.05)
    x, level = torch.randn(2, 1, 28, 28), torch.zeros(2)
    digits = torch.tensor([3, 4])
    with torch.no_grad():
        told = denoiser(x, level, digits)
        untold = denoiser(x, level, torch.full((2,), NO_DIGIT))
        assert torch.allclose(guided(denoiser, digits, 1.0)(x, level), told, atol=1e-5)
        assert torch.allclose(guided(denoiser, digits, 0.0)(x, level), untold, atol=1e-5)
        assert not torch.allclose(told, untold)


@pytest.mark.slow
def test_diffusion_training_lowers_the_loss() -> None:
    steps = train_diffusion(bundled_digits(), 25, np.random.default_rng(0), width=16, batch=32)
    losses = [state.loss for state in steps]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


# The labs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n", "least"), [("gan", 1000, 0.95), ("vae", 1000, 0.95), ("diffusion", 40, 0.97)]
)
def test_samples_are_read_as_the_digit_asked_for(name: str, n: int, least: float) -> None:
    result = finish(name, n=n)
    assert result.samples is not None
    assert result.samples.shape == (n, 28, 28)
    assert result.samples.dtype == np.uint8
    assert result.labels is not None
    read, _ = look(load_reader(), torch.from_numpy(result.samples / np.float32(255))[:, None])
    assert (read == result.labels).mean() >= least


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("gan", {"n": 3, "digit": 4}),
        ("gan", {"action": "interpolate", "digit": 1, "to_digit": 7}),
        ("vae", {"n": 3}),
        ("vae", {"action": "reconstruct", "n": 12}),
        ("vae", {"action": "interpolate"}),
        ("vae", {"action": "latent_map"}),
        ("diffusion", {"n": 2, "steps": 3}),
        ("diffusion", {"n": 2, "steps": 3, "sampler": "ddpm"}),
        ("diffusion", {"action": "noise"}),
        ("diffusion", {"action": "denoise", "steps": 4}),
        ("compare", {"n": 2, "digit": 5}),
    ],
)
def test_the_same_seed_gives_the_same_pictures(name: str, given: dict[str, object]) -> None:
    first, second = finish(name, **given), finish(name, **given)
    assert first.pictures
    assert [drawn.data for drawn in first.pictures] == [drawn.data for drawn in second.pictures]
    other = finish(name, **given, seed=1)
    if given.get("action") != "latent_map":
        assert first.pictures[0].data != other.pictures[0].data
    for drawn in first.pictures:
        assert len(drawn.alt) > 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "action"),
    [
        *(("gan", action) for action in ("train", "train_2d", "collapse")),
        *(("vae", action) for action in ("train", "beta", "collapse")),
        *(("diffusion", action) for action in ("guidance", "schedules", "train")),
    ],
)
def test_live_runs_show_pictures_on_the_way(name: str, action: str) -> None:
    steps = list(run(name, parse(name, {"action": action, "steps": 3})))
    shown = any(isinstance(step, Progress) and step.picture for step in steps)
    assert shown or action == "schedules"
    fractions = [step.fraction for step in steps if isinstance(step, Progress)]
    assert fractions == sorted(fractions)
    assert isinstance(steps[-1], Result)


@pytest.mark.slow
def test_a_few_steps_of_training_bring_the_gan_nearer_to_real_digits() -> None:
    digits = bundled_digits()
    reader, told = load_reader(), one_hot(wanted(200, None))
    _, real = look(reader, torch.from_numpy(digits.images)[:, None])
    z = torch.randn(200, LATENT, generator=generator())
    distances = []
    for state in train_gan(digits, 120, np.random.default_rng(0), width=24, batch=64, rate=1e-3):
        if state.step in (1, 120):
            with torch.no_grad():
                _, made = look(reader, state.generator(z, told))
            distances.append(frechet(made, real))
    assert distances[1] < 0.7 * distances[0]


@pytest.mark.slow
def test_collapse_on_purpose_is_one_and_the_fair_game_is_none() -> None:
    fair, collapsed = finish("gan", action="train_2d"), finish("gan", action="collapse")
    assert fair.values["modes_covered"] >= 6
    assert collapsed.values["modes_covered"] <= 3
    for result in (fair, collapsed):
        assert len(result.values["generator_loss"]) == len(result.values["discriminator_loss"])


def test_a_comparison_has_figures_that_can_be_compared() -> None:
    *progress, result = run("compare", parse("compare", {"n": 4, "digit": 7}))
    assert isinstance(result, Result)
    assert sum(isinstance(step, Progress) and step.picture is not None for step in progress) == 3
    for row in result.values["models"].values():
        assert 0 < row["diversity"] < 2
        assert row["read_right"] >= 0.5
    assert result.labels is not None
    assert result.labels.tolist() == [7] * 12
    # Of ten different digits there are no two samples to be unlike each other.
    alone = finish("compare", n=2)
    assert all(row["diversity"] is None for row in alone.values["models"].values())
    assert "diversity" not in alone.caption


def test_diversity_is_measured_against_real_digits_of_the_same_kinds() -> None:
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(size=(20, 8)), 9 * rng.normal(size=(20, 8))])
    labels = np.repeat([0, 1], 20)
    assert compare.real_spread(features, labels, 11, None) == spread(features[:20], labels[:20])
    assert compare.real_spread(features, labels, 12, None) == spread(features, labels)
    assert compare.real_spread(features, labels, 2, 1) == spread(features[20:], labels[20:])


def test_networks_are_read_before_the_clock_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = [ready() for ready in compare.MODELS.values()]
    monkeypatch.setattr(shipped, "read", lambda *_: pytest.fail("read while drawing"))
    for draw in draws:
        assert len(draw(1, 3, np.random.default_rng(0))[0]) == 1


def test_what_is_told_is_said_beside_what_the_code_carries() -> None:
    for name, network in (("gan", "generator"), ("vae", "decoder")):
        caption = finish(name, action="interpolate", digit=3, to_digit=8, steps=3).caption
        assert f"The {network} is also told the digit, and that label is blended" in caption
    same = finish("gan", action="interpolate", digit=3, steps=3).caption
    assert "told the digit, the same all the way" in same
    assert "for the decoder is told" in finish("vae", action="reconstruct", n=2).caption


def test_weights_of_the_kl_term_are_compared_over_the_same_code() -> None:
    several = finish("vae", action="beta", steps=2, latent_dim=3)
    assert several.values["beta"] == list(weighing.BETAS)
    both = finish("vae", action="collapse", steps=2, latent_dim=3)
    assert [len(row) for row in both.values["kl_by_dimension"]] == [3, 3]
    assert not any("Unused here" in result.caption for result in (several, both))


def test_settings_of_training_are_said_to_be_unused_elsewhere() -> None:
    given = finish("vae", n=2, beta=4, latent_dim=8).caption
    assert given.endswith("trained already: beta and the size of the code.")
    assert "Unused here" not in finish("vae", n=2).caption


def test_the_balance_of_the_hinge_game_is_told_rightly() -> None:
    undecided = torch.zeros(4)
    assert discriminator_loss(undecided, undecided) == 2
    assert discriminator_loss(undecided + 1, undecided - 1) == 0
    caption = finish("gan", action="train", steps=1).caption
    assert "discriminator near 2" in caption
    assert "a discriminator at 0 has won" in caption


# Making the weights anew


def test_no_digit_is_in_two_parts() -> None:
    parts = divided(bundled_digits())
    assert sum(map(len, parts)) == len(bundled_digits())
    seen = [{image.tobytes() for image in part.images} for part in parts]
    assert not any(a & b for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize(
    "name", ["reader", "gan", "vae", "diffusion", "autoencoder", "text_to_image", "digits"]
)
def test_weights_can_be_made_anew(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One step needs no thousands of prompts.
    monkeypatch.setattr(text_to_image, "caption_all", partial(text_to_image.caption_all, phrases=1))
    monkeypatch.setattr(text_to_image, "VARIANTS", 1)
    file = tmp_path / "new.safetensors"
    fractions = [step.fraction for step in retrain(name, None, file, 1, 0)]
    assert fractions == pytest.approx(np.linspace(0, 1, len(fractions) + 1)[1:])
    assert file.stat().st_size > 100_000


def test_unknown_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="reader, gan, vae, diffusion"):
        next(retrain("tokens", None, tmp_path / "x", 1, 0))


@pytest.mark.slow
def test_a_reader_learns() -> None:
    digits = bundled_digits()
    *_, (loss, reader) = train_reader(digits, 40, np.random.default_rng(0))
    read, _ = look(reader, torch.from_numpy(digits.images)[:, None])
    assert (read == digits.labels).mean() > 0.6
    assert loss < 2.3
