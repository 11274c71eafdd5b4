"""The autoencoder lab: codes of any length, PCA beside it, noise taken away."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.lab_runs import finish, opened, values
from tutor.labs.autoencoder import SIZES, load
from tutor.labs.autoencoder.drawing import compared
from tutor.labs.autoencoder.network import (
    Autoencoder,
    PrincipalComponents,
    cut,
    squared_error,
)
from tutor.labs.autoencoder.training import levels, train, with_noise
from tutor.labs.data import bundled_digits, unseen_digits


def test_a_cut_code_keeps_its_first_numbers() -> None:
    codes = torch.ones(2, 4)
    assert cut(codes, 1).tolist() == [[1, 0, 0, 0]] * 2
    assert cut(codes, torch.tensor([2, 4])).tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]


def test_pca_agrees_with_scikit_learns() -> None:
    from sklearn.decomposition import PCA

    images = bundled_digits().images[:300]
    own = PrincipalComponents(8)
    own.fit(images)
    rows = images.reshape(300, -1)
    other = PCA(8, svd_solver="full").fit(rows)
    expected = other.inverse_transform(other.transform(rows)).clip(0, 1)
    again = own.rebuild(torch.from_numpy(images)[:, None], 8)
    assert again.reshape(300, -1).numpy() == pytest.approx(expected, abs=1e-3)


def test_noise_has_the_stated_deviation_and_share() -> None:
    chance = torch.Generator().manual_seed(0)
    spoiled = with_noise(torch.zeros(50, 1, 28, 28), torch.full((50,), 0.5), chance)
    assert float(spoiled.std()) == pytest.approx(0.5, rel=0.02)
    found = levels(4000, 0.25, chance)
    assert float((found > 0).float().mean()) == pytest.approx(0.25, abs=0.03)
    assert float(found.max()) <= 1


@pytest.mark.slow
def test_training_lowers_the_error_and_puts_most_into_the_first_numbers() -> None:
    digits = bundled_digits()
    images = torch.from_numpy(digits.images[:200])[:, None]
    for state in train(digits, 150, np.random.default_rng(0), size=16, noisy=0, width=8):
        if state.step == 1:
            first = state.error
    assert state.error < 0.7 * first
    with torch.no_grad():
        codes = state.network.encode(images)
        head, tail = cut(codes, 8), codes - cut(codes, 8)
        errors = [
            float(squared_error(state.network.decode(part).sigmoid(), images))
            for part in (head, tail)
        ]
    assert errors[0] < errors[1]


def test_a_longer_code_is_more_faithful_and_beats_pca_where_it_is_short() -> None:
    _, result = finish("autoencoder", action="curve")
    assert opened(result.pictures[0]).width == 1024
    found = result.values
    own, pca = found["mean_squared_error"], found["pca_mean_squared_error"]
    assert found["latent_dim"] == list(SIZES)
    assert own == sorted(own, reverse=True)
    assert pca == sorted(pca, reverse=True)
    assert all(a < b for a, b in zip(own[1:5], pca[1:5], strict=True))  # 2 to 16 numbers


def test_what_it_rebuilds_is_read_as_the_same_digit() -> None:
    from tutor.labs.digits import read_share

    network, _ = load()
    digits = unseen_digits()
    with torch.no_grad():
        again = network.rebuild(torch.from_numpy(digits.images)[:, None], 32)
    assert read_share(again, torch.from_numpy(digits.labels)) > 0.93


def test_noise_is_taken_away() -> None:
    found = values("autoencoder", action="denoise", noise=0.6, n=50, latent_dim=32)
    assert found["mean_squared_error"] < 0.35 * found["noisy_mean_squared_error"]
    assert found["mean_squared_error"] < found["pca_mean_squared_error"]


def test_the_error_before_is_that_of_what_the_network_is_given() -> None:
    found = values("autoencoder", action="denoise", noise=0.5, n=50)
    assert found["noisy_mean_squared_error"] == pytest.approx(0.25, rel=0.03)


@pytest.mark.parametrize("action", ["reconstruct", "denoise"])
def test_same_seed_same_picture(action: str) -> None:
    (_, first), (_, again) = (finish("autoencoder", action=action, n=12) for _ in range(2))
    assert first.pictures[0].data == again.pictures[0].data
    assert opened(first.pictures[0]).width == 1024


def test_live_training_shows_itself() -> None:
    progress, result = finish("autoencoder", action="train", steps=12, latent_dim=4)
    assert progress[0].picture
    assert [step.fraction for step in progress] == sorted(step.fraction for step in progress)
    assert result.pictures[-1].suffix == "gif"
    assert len(result.values["loss"]) == 12


def test_versions_stand_below_each_other() -> None:
    white, black = torch.zeros(3, 1, 28, 28), torch.ones(3, 1, 28, 28)
    sheet = compared([("white", white), ("black", black)]).convert("L")
    assert sheet.getpixel((sheet.width // 2, sheet.height // 4)) > 200  # type: ignore[operator]
    assert sheet.getpixel((sheet.width // 2, 3 * sheet.height // 4)) < 100  # type: ignore[operator]


def test_the_network_takes_and_gives_images() -> None:
    network = Autoencoder(5, width=8)
    codes = network.encode(torch.zeros(2, 1, 28, 28))
    assert codes.shape == (2, 5)
    assert network.decode(codes).shape == (2, 1, 28, 28)
