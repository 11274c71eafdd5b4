"""A small course for the tests: real files of five formats, on six subjects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.documents import made

GAN = """# Adversarial networks

## Two networks

A generative adversarial network trains two networks against each other. The generator turns
random noise into samples. The discriminator tells real samples from generated ones. Ian Goodfellow
and his colleagues introduced the method in 2014.

## Mode collapse

Mode collapse means that the generator produces only a few kinds of samples, although the data
has many. It happens when one sample fools the discriminator every time. Minibatch discrimination
and the Wasserstein loss reduce mode collapse.

## Training tricks

- Train the discriminator more often than the generator.
- Use label smoothing: real samples have the label 0.9 instead of 1.
- Do not use batch normalisation in the critic of a network with gradient penalty.
"""

SAMPLING = """# Sampling from language models

## Temperature

The temperature divides the logits before the softmax. A temperature below 1 makes the
distribution sharper, a temperature above 1 makes it flatter. At temperature 0 the likeliest
token is always chosen, which is greedy decoding.

## Nucleus sampling

Nucleus sampling, also called top-p, keeps the smallest set of tokens whose probability reaches
p. It does not keep a fixed number of tokens.

| strategy | keeps | draws |
| --- | --- | --- |
| greedy | one token | no |
| top-k | k tokens | yes |
| top-p | the nucleus | yes |

## Perplexity

Perplexity is the exponential of the mean negative log-likelihood per token:

$$
\\mathrm{PPL} = \\exp\\Big(-\\frac{1}{N} \\sum_{i=1}^{N} \\log p(x_i \\mid x_{<i})\\Big)
$$

A lower perplexity means that the model predicts the text better.
"""

VAE = """Variational autoencoders

A variational autoencoder has an encoder and a decoder. The encoder maps a picture to the mean
and the variance of a Gaussian in latent space. The decoder maps a latent vector back to a picture.

The evidence lower bound

The loss is the negative evidence lower bound. It adds the reconstruction error to the
Kullback-Leibler divergence between the posterior and the prior. The reparameterisation trick
writes the latent vector as mean plus standard deviation times noise.
"""

DIFFUSION = """<!doctype html><html><head><title>Diffusion models</title></head><body>
<h1>Diffusion models</h1>
<h2>Forward process</h2>
<p>The forward process adds Gaussian noise to a picture in 1000 small steps. After the last step
nothing but noise is left. The noise schedule says how much noise each step adds.</p>
<h2>Reverse process</h2>
<p>A network learns to predict the noise that was added. Taking the predicted noise away, step by
step, turns noise into a picture. This is called denoising.</p>
</body></html>
"""

ATTENTION = (
    (
        "Attention",
        "Each token sends a query to all other tokens.\n"
        "The weights are the softmax of query times key, divided by the root of the dimension.\n"
        "The output is the weighted sum of the values.",
    ),
    (
        "Positional encoding",
        "Attention alone does not know the order of the tokens.\n"
        "Sine and cosine waves of many frequencies mark each position.",
    ),
)

PROBABILITY = (
    "Bayes' theorem\n\nThe posterior is proportional to the likelihood times the prior.\n"
    "It was published in 1763, two years after the death of Thomas Bayes.",
    "Maximum likelihood\n\nMaximum likelihood chooses the parameters that make the data most\n"
    "probable. Its logarithm turns the product over the examples into a sum.",
)

SOURCES = (
    "attention.pptx",
    "gan.md",
    "probability.pdf",
    "sampling.md",
    "unit/diffusion.html",
    "unit/vae.txt",
)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, named by their path below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def write_small(folder: Path) -> Path:
    """Write the small course."""
    write(
        folder,
        {
            "gan.md": GAN,
            "sampling.md": SAMPLING,
            "unit/vae.txt": VAE,
            "unit/diffusion.html": DIFFUSION,
        },
    )
    made.pdf(folder / "probability.pdf", PROBABILITY)
    slides(folder / "attention.pptx", ATTENTION)
    return folder


def slides(path: Path, pages: tuple[tuple[str, str], ...]) -> Path:
    """A deck: a title and a body for each slide."""
    from pptx import Presentation

    deck = Presentation()
    for title, body in pages:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
    deck.save(str(path))
    return path
