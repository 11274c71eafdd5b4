"""The labs' image models beside textbook ones trained for the same time.

    python tests/bench/image_models.py MNIST_FOLDER [--minutes 5] [--only NAME ...]

Each model is trained on the same 7,000 digits for the same minutes of this
machine, then judged on 1,000 samples (diffusion: 300) by the shipped reader, which saw
none of them: the share read as meant, the Fréchet distance in the reader's features to
1,000 real digits that nobody was trained on, and diversity (the mean distance
between two samples of one digit, as a share of real digits').

The textbook models: a DCGAN (Radford et al. 2016) told the digit (Mirza and
Osindero 2014); a VAE with one hidden layer of 400 units (Kingma and Welling
2014, the network that PyTorch's examples made known), told the digit; a DDPM
(Ho et al. 2020) with a small U-Net that guesses the noise, linear schedule,
1,000 steps, no guidance.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs import diffusion, gan, vae
from tutor.labs.data import Digits, read_mnist
from tutor.labs.diffusion.network import Denoiser
from tutor.labs.diffusion.sampling import guided, last, sample
from tutor.labs.diffusion.training import train as train_diffusion
from tutor.labs.gan.network import LATENT, Generator
from tutor.labs.gan.training import train as train_gan
from tutor.labs.layers import CLASSES, batches, sinusoidal
from tutor.labs.reader import frechet, load_reader, look, spread
from tutor.labs.retrain import divided
from tutor.labs.vae.network import Vae
from tutor.labs.vae.training import train as train_vae

Draw = Callable[[Tensor], Tensor]
"""Digits [n] to images [n, 1, 28, 28] in [0, 1]."""
Train = Callable[[Digits, int], Iterator[Draw]]
"""Digits and steps to a way of drawing after each step."""

WARM_UP = 12
"""Steps timed to find how many fit into the minutes."""


def hot(digits: Tensor) -> Tensor:
    return F.one_hot(digits, CLASSES).float()


# Those of the labs


def draws_gan(generator: Generator) -> Draw:
    return lambda digits: generator(torch.randn(len(digits), LATENT), hot(digits))


def draws_vae(network: Vae) -> Draw:
    return lambda y: network.decode(torch.randn(len(y), network.latent), hot(y)).sigmoid()


def draws_diffusion(denoiser: Denoiser) -> Draw:
    def draw(digits: Tensor) -> Tensor:
        noise = torch.randn(len(digits), 1, 28, 28)
        steps = diffusion.SAMPLING_STEPS
        scale = diffusion.Diffusion().guidance
        moments = sample(guided(denoiser, digits, scale), noise, steps, torch.Generator())
        return (last(moments).clean + 1) / 2

    return draw


def own_gan(digits: Digits, steps: int) -> Iterator[Draw]:
    for state in train_gan(digits, steps, np.random.default_rng(0)):
        yield draws_gan(state.generator)


def own_vae(digits: Digits, steps: int) -> Iterator[Draw]:
    for state in train_vae(digits, steps, np.random.default_rng(0)):
        yield draws_vae(state.vae)


def own_diffusion(digits: Digits, steps: int) -> Iterator[Draw]:
    for state in train_diffusion(digits, steps, np.random.default_rng(0)):
        yield draws_diffusion(state.denoiser)


# Those of the textbooks


def dcgan(digits: Digits, steps: int) -> Iterator[Draw]:
    """Radford et al. 2016, table of section 3; batch 128, Adam 2e-4 with beta1 0.5."""
    g = nn.Sequential(
        nn.ConvTranspose2d(100 + CLASSES, 128, 7), nn.BatchNorm2d(128), nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
    )  # fmt: skip
    d = nn.Sequential(
        nn.Conv2d(1 + CLASSES, 64, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(128 * 49, 1),
    )  # fmt: skip
    players = [torch.optim.Adam(p.parameters(), 2e-4, betas=(0.5, 0.999)) for p in (g, d)]

    def made(y: Tensor) -> Tensor:
        return g(torch.cat([torch.randn(len(y), 100), hot(y)], 1)[:, :, None, None])  # type: ignore[no-any-return]

    def score(x: Tensor, y: Tensor) -> Tensor:
        return d(torch.cat([x, hot(y)[:, :, None, None].expand(-1, -1, 28, 28)], 1))[:, 0]  # type: ignore[no-any-return]

    def draw(y: Tensor) -> Tensor:
        g.eval()
        images = (made(y) + 1) / 2
        g.train()
        return images

    def step(player: int, cost: Tensor) -> None:
        players[player].zero_grad()
        cost.backward()
        players[player].step()

    loss = F.binary_cross_entropy_with_logits
    for images, y in itertools.islice(batches(digits, 128, np.random.default_rng(0)), steps):
        fake, ones = made(y), torch.ones(len(y))
        cost = loss(score(images * 2 - 1, y), ones) + loss(score(fake.detach(), y), 0 * ones)
        step(1, cost)
        step(0, loss(score(fake, y), ones))
        yield draw


def plain_vae(digits: Digits, steps: int) -> Iterator[Draw]:
    """784 - 400 - 20 - 400 - 784; batch 128, Adam 1e-3."""
    encode = nn.Sequential(nn.Linear(784 + CLASSES, 400), nn.ReLU(), nn.Linear(400, 40))
    decode = nn.Sequential(nn.Linear(20 + CLASSES, 400), nn.ReLU(), nn.Linear(400, 784))
    optimiser = torch.optim.Adam([*encode.parameters(), *decode.parameters()], 1e-3)

    def draw(y: Tensor) -> Tensor:
        z = torch.randn(len(y), 20)
        return decode(torch.cat([z, hot(y)], 1)).sigmoid().reshape(-1, 1, 28, 28)  # type: ignore[no-any-return]

    for images, y in itertools.islice(batches(digits, 128, np.random.default_rng(0)), steps):
        x = images.flatten(1)
        mean, log_variance = encode(torch.cat([x, hot(y)], 1)).chunk(2, 1)
        z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        logits = decode(torch.cat([z, hot(y)], 1))
        error = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        optimiser.zero_grad()
        (error + kl).backward()
        optimiser.step()
        yield draw


class UNet(nn.Module):
    """Two levels, one block each way and one between, group norm, time and digit added."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        w = width
        self.time = nn.Sequential(nn.Linear(w, 2 * w), nn.SiLU(), nn.Linear(2 * w, 2 * w))
        self.digit = nn.Embedding(CLASSES, 2 * w)
        sizes = ((1, w), (w, 2 * w), (2 * w, 2 * w), (4 * w, w), (2 * w, w))
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.GroupNorm(8, b), nn.SiLU())
            for a, b in sizes
        )
        self.seconds = nn.ModuleList(
            nn.Sequential(nn.Conv2d(b, b, 3, padding=1), nn.GroupNorm(8, b), nn.SiLU())
            for _, b in sizes
        )
        self.told = nn.ModuleList(nn.Linear(2 * w, b) for _, b in sizes)
        self.last = nn.Conv2d(w, 1, 3, padding=1)
        self.width = w

    def forward(self, x: Tensor, t: Tensor, digits: Tensor) -> Tensor:
        condition = F.silu(self.time(sinusoidal(t / 1000, self.width)) + self.digit(digits))

        def block(number: int, h: Tensor) -> Tensor:
            h = self.blocks[number](h) + self.told[number](condition)[:, :, None, None]
            return self.seconds[number](h)  # type: ignore[no-any-return]

        high = block(0, x)  # 28 x 28
        low = block(1, F.avg_pool2d(high, 2))  # 14 x 14
        middle = F.interpolate(block(2, F.avg_pool2d(low, 2)), scale_factor=2)  # 7 x 7 and back
        h = F.interpolate(block(3, torch.cat([middle, low], 1)), scale_factor=2)
        return self.last(block(4, torch.cat([h, high], 1)))  # type: ignore[no-any-return]


def ddpm(digits: Digits, steps: int) -> Iterator[Draw]:
    """Ho et al. 2020: algorithms 1 and 2, linear beta; batch 128, Adam 2e-4 as theirs."""
    network = UNet()
    beta = torch.linspace(1e-4, 0.02, 1000)
    kept = torch.cumprod(1 - beta, 0)
    optimiser = torch.optim.Adam(network.parameters(), 2e-4)

    def draw(y: Tensor) -> Tensor:
        x = torch.randn(len(y), 1, 28, 28)
        for t in reversed(range(1000)):
            eps = network(x, torch.full((len(y),), t), y)
            x = (x - beta[t] / (1 - kept[t]).sqrt() * eps) / (1 - beta[t]).sqrt()
            if t:
                x = x + beta[t].sqrt() * torch.randn_like(x)
        return ((x + 1) / 2).clamp(0, 1)

    for images, y in itertools.islice(batches(digits, 128, np.random.default_rng(0)), steps):
        t = torch.randint(0, 1000, (len(y),))
        eps = torch.randn_like(images)
        share = kept[t][:, None, None, None]
        noisy = share.sqrt() * (images * 2 - 1) + (1 - share).sqrt() * eps
        loss = (network(noisy, t, y) - eps).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        yield draw


# The measure

MODELS: dict[str, tuple[Train, int]] = {
    "GAN": (own_gan, 1000),
    "DCGAN": (dcgan, 1000),
    "VAE": (own_vae, 1000),
    "plain VAE": (plain_vae, 1000),
    "diffusion": (own_diffusion, 300),
    "DDPM": (ddpm, 300),
}
"""Each with how many samples it is judged on."""

SHIPPED: dict[str, Callable[[], Draw]] = {
    "GAN": lambda: draws_gan(gan.load()),
    "VAE": lambda: draws_vae(vae.load()),
    "diffusion": lambda: draws_diffusion(diffusion.load()),
}


def train_for(seconds: float, train: Train, digits: Digits) -> tuple[Draw, int]:
    """Train for about `seconds`; how many steps those are is found by timing some first."""
    warm_up = train(digits, WARM_UP)
    next(warm_up)
    start = time.perf_counter()
    for _ in warm_up:
        pass
    steps = max(WARM_UP, round(seconds / (time.perf_counter() - start) * (WARM_UP - 1)))
    *_, draw = train(digits, steps)
    return draw, steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=5, help="0: the shipped weights only")
    parser.add_argument("--only", nargs="*", default=list(MODELS), choices=list(MODELS))
    given = parser.parse_args()
    learned, _, real = divided(read_mnist(given.folder))
    reader = load_reader()
    _, real_features = look(reader, torch.from_numpy(real.images)[:, None])
    real_spread = spread(real_features, real.labels)

    def judge(name: str, n: int, draw: Draw, note: str) -> None:
        torch.manual_seed(1)
        digits = torch.arange(n) % CLASSES
        start = time.perf_counter()
        with torch.no_grad():
            images = draw(digits)
        seconds = time.perf_counter() - start
        read, features = look(reader, images)
        right = float((read == digits.numpy()).mean())
        distance = frechet(features, real_features)
        kept = spread(features, digits.numpy()) / real_spread
        print(
            f"| {name} | {note} | {right:.1%} | {distance:.2f} | {kept:.2f} | "
            f"{16 * seconds / n:.2f} |",
            flush=True,
        )

    print("| model | trained | read as meant | Fréchet | diversity | seconds for 16 of many |")
    print("|---|---|---|---|---|---|", flush=True)
    rows = torch.from_numpy(learned.images[:1000])[:, None]
    read, features = look(reader, rows)
    print(
        f"| training images | | {(read == learned.labels[:1000]).mean():.1%} | "
        f"{frechet(features, real_features):.2f} | "
        f"{spread(features, learned.labels[:1000]) / real_spread:.2f} | |",
        flush=True,
    )
    for name in given.only:
        if name in SHIPPED:
            judge(f"{name}, shipped", MODELS[name][1], SHIPPED[name](), "")
    for name in given.only if given.minutes else ():
        train, n = MODELS[name]
        torch.manual_seed(0)
        draw, steps = train_for(60 * given.minutes, train, learned)
        judge(name, n, draw, f"{given.minutes:g} min, {steps} steps")


if __name__ == "__main__":
    main()
