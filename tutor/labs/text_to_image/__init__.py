"""Text to image as SDXL does it, a thousandth of its size: sample, look at each stage, guide.

`language` and the denoiser's own encoder read the prompt, `network` holds the
networks, `sampling` the way through them, `attributes` what prompts speak of,
`augment` and `training` what made the weights, `drawing` the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from tutor.labs.diffusion.schedule import alpha_bar, log_snr
from tutor.labs.digits import evenly, grid, pixels, read_share, shown_of
from tutor.labs.layers import torch_generator
from tutor.labs.options import TextToImage
from tutor.labs.pictures import moving_picture, percent, picture
from tutor.labs.records import Progress, Result, Step
from tutor.labs.text_to_image import attributes, drawing, language
from tutor.labs.text_to_image.network import LatentDenoiser
from tutor.labs.text_to_image.sampling import Pipeline, Stage, decode, load, paint, start

SCALES = (0.0, 1.0, 2.0, 4.0, 8.0)


def run(options: TextToImage, rng: np.random.Generator) -> Iterator[Step]:
    """Do what `options.action` names."""
    yield Progress(0.02, "reading the prompt")
    pipeline = load()
    match options.action:
        case "sample":
            yield from _sample(options, pipeline, rng)
        case "stages":
            yield from _stages(options, pipeline, rng)
        case "guidance":
            yield from _guidance(options, pipeline, rng)


def painting(
    options: TextToImage, pipeline: Pipeline, noise: Tensor, guidance: float | None = None
) -> Iterator[Stage]:
    """The stages of painting from `noise` as the options say."""
    return paint(
        pipeline,
        options.prompt,
        options.negative_prompt,
        noise,
        steps=options.steps,
        guidance=options.guidance if guidance is None else guidance,
        refiner=options.refiner,
    )


def judged(prompt: str, images: Tensor) -> dict[str, float]:
    """The shares of images [n, 1, 28, 28] that are what the prompt asks for, of each thing asked.

    Only what the prompt says in the words of training is judged.
    """
    digit, classes = attributes.asked(prompt)
    found = attributes.agreement(images[:, 0].numpy(), classes)
    if digit is not None:
        found["digit"] = read_share(images, torch.full((len(images),), digit))
    return found


def _said(prompt: str, shares: dict[str, float]) -> str:
    """The judgement in words."""
    if not shares:
        return (
            f"'{prompt:.80}' speaks of nothing that the model was taught: it knows digits, thick "
            "or thin, leaning left, right or upright, small or large."
        )
    parts = ", ".join(f"{name} {percent(share, 0)}" for name, share in shares.items())
    return f"Measured on the pictures, so many have what was asked: {parts}."


def _sample(options: TextToImage, pipeline: Pipeline, rng: np.random.Generator) -> Iterator[Step]:
    noise = start(options.n, torch_generator(rng))
    due = evenly(options.steps, 5)
    for stage in painting(options, pipeline, noise):
        drawn = None
        if due(stage.step):
            alt = f"Pictures after {stage.step} of {options.steps} steps."
            drawn = picture("text-to-image", alt, grid(decode(pipeline, stage.guess)))
        text = f"{stage.by}, step {stage.step} of {options.steps}"
        yield Progress(stage.step / options.steps, text, drawn)
    images = decode(pipeline, stage.guess)
    shares = judged(options.prompt, images)
    sheet = picture("text-to-image", f"Pictures of: {options.prompt}", grid(images))
    values = {**_values(options), "agreement": shares}
    caption = (
        f"'{options.prompt:.120}', {options.n} times from different noise. "
        f"{_said(options.prompt, shares)} Look how far each agrees with the words; a negative "
        f"prompt or another guidance scale changes that.{shown_of(options.n)}"
    )
    yield Result(caption, (sheet,), values, pixels(images))


def _stages(options: TextToImage, pipeline: Pipeline, rng: np.random.Generator) -> Iterator[Step]:
    """One picture, with what every part of the pipeline did."""
    noise = start(1, torch_generator(rng))
    told = language.read([options.prompt])
    moments = []
    for stage in painting(options, pipeline, noise):
        moments.append(stage)
        yield Progress(stage.step / options.steps, f"{stage.by}, step {stage.step}")
    frames = decode(pipeline, torch.cat([stage.latents for stage in moments]))
    guesses = decode(pipeline, torch.cat([stage.guess for stage in moments]))
    # The middle of the way: the shape is there, the strokes are being made.
    middle = moments[(len(moments) - 1) // 3]
    share = alpha_bar(torch.tensor(1 - middle.step / options.steps), "cosine")
    words = language.tokens(options.prompt)
    looks = looked_at(pipeline.base, middle.latents, log_snr(share).expand(1), told)
    chosen = np.linspace(0, len(moments) - 1, drawing.COLUMNS).round().astype(int)
    kept = list(dict.fromkeys(chosen.tolist()))
    sheet = drawing.stages(
        words, looks[1:], [moments[n] for n in kept], frames[kept], guesses[kept]
    )
    film = moving_picture(
        "text-to-image-film", f"Noise turning into: {options.prompt}", drawing.film(frames), 100
    )
    caption = (
        "From above: where on the picture each word is looked at (bright: much); the latents, "
        "four channels of 7 by 7, from noise to finished; what the VAE's decoder makes of their "
        "196 numbers; and the picture that the network already takes them for."
    )
    if moments[-1].by == "refiner":
        caption += " The base model makes the shape, the refiner only the last strokes."
    values = {
        **_values(options),
        "tokens": words,
        "agreement": judged(options.prompt, guesses[-1:]),
    }
    yield Result(caption, (sheet, film), values, pixels(guesses[-1:]))


@torch.no_grad()
def looked_at(
    network: LatentDenoiser, latents: Tensor, level: Tensor, told: language.Prompts
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """How much each place looks at each token, [t, 7, 7], mean over layers and heads.

    After Tang et al. 2023, "What the DAAM". Takes one picture and its prompt;
    padding is left out.
    """
    maps: list[Tensor] = []
    hooks = [
        ask.register_forward_hook(lambda ask, given, _: maps.append(ask.shares(*given)))
        for ask in network.asks
    ]
    network(latents, level, told.states, told.ids)
    for hook in hooks:
        hook.remove()
    shares = torch.stack(maps).mean((0, 2))[0]  # [49, t]
    real = int((told.ids != 0).sum())
    return shares[:, :real].T.reshape(real, 7, 7).numpy()


def _guidance(options: TextToImage, pipeline: Pipeline, rng: np.random.Generator) -> Iterator[Step]:
    """The same noise under several guidance scales."""
    noise = start(8, torch_generator(rng))
    rows, shares = [], []
    for number, scale in enumerate(SCALES):
        for stage in painting(options, pipeline, noise, scale):
            done = (number + stage.step / options.steps) / len(SCALES)
            yield Progress(done, f"guidance {scale:g}, step {stage.step}")
        rows.append(decode(pipeline, stage.guess))
        shares.append(judged(options.prompt, rows[-1]))
    images = torch.cat(rows)
    marks = [f"{scale:g}" for scale in SCALES]
    sheet = picture(
        "text-to-image-guidance",
        f"A row of pictures of '{options.prompt}' for each guidance scale, from the same noise.",
        grid(images, "Guidance scale", columns=8, row_titles=marks),
    )
    caption = (
        "The same noise and prompt under five guidance scales. At 0 the prompt is ignored, at 1 "
        "it is followed as trained; beyond that, more strictly and with less variety."
    )
    values = {**_values(options), "guidance": list(SCALES), "agreement": shares}
    yield Result(caption, (sheet,), values, pixels(images))


def _values(options: TextToImage) -> dict[str, object]:
    return {
        "prompt": options.prompt,
        "negative_prompt": options.negative_prompt,
        "steps": options.steps,
        "guidance": options.guidance,
        "refiner": options.refiner,
    }
