"""What can be asked of each lab: its actions and options, with bounds and defaults.

The command line's help, the tools' schemas and the chat page's controls are made from these
records. They are read before a lab runs, so nothing heavy is imported here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from tutor.config import Frozen, Strategy
from tutor.labs.fields import strategy_meant

Digit = Annotated[int, Field(ge=0, le=9)]
Count = Annotated[int, Field(ge=1, le=1000)]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class LabOptions(Frozen):
    """Base of every lab's options."""

    summary: ClassVar[str]
    needs_models: ClassVar[bool] = False
    """Whether the lab works with the tutor's own models or course, and is to be given them."""

    seed: int = Field(0, ge=0, le=2**32 - 1, description="the same seed gives the same picture")


# Image models on handwritten digits


class Gan(LabOptions):
    summary = "generative adversarial network: sample digits, train one live, see modes collapse"

    action: Literal["sample", "interpolate", "train", "train_2d", "collapse"] = Field(
        "sample",
        description="sample digits; interpolate through latent space; train on digits live; "
        "train_2d: generated and real points in the plane; collapse: mode collapse on purpose",
    )
    n: Count = Field(16, description="how many samples")
    digit: Digit | None = Field(None, description="which digit; left out: all of them in turn")
    to_digit: Digit | None = Field(None, description="interpolate to this digit")
    steps: int | None = Field(None, ge=1, le=5000, description="training steps, or frames between")


class Vae(LabOptions):
    summary = "variational autoencoder: sample, reconstruct, interpolate, look into latent space"

    action: Literal[
        "sample", "reconstruct", "interpolate", "latent_map", "train", "beta", "collapse"
    ] = Field(
        "sample",
        description="sample digits; reconstruct real ones; interpolate between two digits; "
        "latent_map: where the digits lie in latent space; train one live; beta: reconstruction "
        "against KL for several weights; collapse: posterior collapse on purpose",
    )
    n: Count = Field(16, description="how many samples")
    digit: Digit | None = Field(None, description="which digit; left out: all of them in turn")
    to_digit: Digit | None = Field(None, description="interpolate to this digit")
    steps: int | None = Field(None, ge=1, le=5000, description="training steps, or frames between")
    latent_dim: int = Field(16, ge=1, le=64, description="size of the latent code when training")
    beta: float = Field(1.0, ge=0.0, le=100.0, description="weight of the KL term when training")


class Diffusion(LabOptions):
    summary = "diffusion model: noise a digit, denoise step by step, sample with guidance"

    action: Literal["sample", "noise", "denoise", "guidance", "schedules", "train"] = Field(
        "sample",
        description="sample digits; noise: the forward process; denoise: the reverse process "
        "step by step; guidance: several guidance scales side by side; schedules: noise "
        "schedules compared; train one live",
    )
    n: Count = Field(16, description="how many samples")
    digit: Digit | None = Field(None, description="which digit; left out: all of them in turn")
    steps: int | None = Field(None, ge=1, le=1000, description="denoising (or training) steps")
    guidance: float = Field(2.0, ge=0.0, le=20.0, description="guidance scale; 1: no guidance")
    sampler: Literal["ddim", "ddpm"] = Field("ddim", description="how a denoising step is made")
    schedule: Literal["cosine", "linear"] = Field("cosine", description="the noise schedule")


class Autoencoder(LabOptions):
    summary = "autoencoder: compress digits to a few numbers and back, beside PCA; denoise"

    action: Literal["reconstruct", "curve", "denoise", "train"] = Field(
        "reconstruct",
        description="reconstruct real digits; curve: error against the size of the code, with "
        "PCA beside it; denoise noisy digits; train one live",
    )
    n: int = Field(10, ge=1, le=100, description="how many digits")
    digit: Digit | None = Field(None, description="which digit; left out: all of them in turn")
    latent_dim: int = Field(16, ge=1, le=64, description="how many numbers the code has")
    noise: float = Field(0.5, ge=0.0, le=2.0, description="denoise: the noise's standard deviation")
    steps: int | None = Field(None, ge=1, le=5000, description="training steps")


class TextToImage(LabOptions):
    summary = "text to image as in SDXL, in small: text encoders, latent diffusion, refiner, VAE"

    action: Literal["sample", "stages", "guidance"] = Field(
        "sample",
        description="sample pictures of a prompt; stages: every stage of the pipeline shown; "
        "guidance: several guidance scales side by side",
    )
    prompt: Text = Field(
        "a thick seven leaning right",
        description="what to draw: a digit, thick or thin, leaning left or right, large or small",
    )
    negative_prompt: str = Field("", max_length=2000, description="what to keep away from")
    n: int = Field(4, ge=1, le=64, description="how many pictures")
    steps: int = Field(30, ge=1, le=200, description="denoising steps")
    guidance: float = Field(3.0, ge=0.0, le=20.0, description="guidance scale; 1: no guidance")
    refiner: float = Field(
        0.2, ge=0.0, le=0.25, description="the refiner's share of the steps, at the end; 0: none"
    )


class Compare(LabOptions):
    summary = "the same digit from GAN, VAE and diffusion: quality, diversity and time"

    digit: Digit | None = Field(None, description="which digit; left out: all of them in turn")
    n: int = Field(10, ge=2, le=200, description="how many samples of each")


# Language models


class LanguageModel(LabOptions):
    summary = "n-gram, RNN, LSTM and Transformer trained on the course's own text"
    needs_models = True

    action: Literal["compare", "generate", "train", "long_range"] = Field(
        "compare",
        description="compare their perplexity; generate text; train one live; long_range: a "
        "test of memory that shows why attention wins",
    )
    model: Literal["ngram", "rnn", "lstm", "transformer"] = Field(
        "transformer", description="which one generates or is trained"
    )
    prompt: Text = Field("The generator", description="the beginning of the text")
    n: int = Field(200, ge=1, le=2000, description="how many characters to write")
    temperature: float = Field(0.8, ge=0.0, le=5.0, description="0: always the likeliest")
    steps: int | None = Field(None, ge=1, le=5000, description="training steps")


class SamplingLab(LabOptions):
    summary = "how a language model chooses its next token: greedy, random, top-k, top-p"
    needs_models = True

    action: Literal["probabilities", "draw", "compare"] = Field(
        "probabilities",
        description="probabilities of the next token before and after temperature and "
        "truncation; draw: tokens drawn and counted; compare: continuations side by side",
    )
    prompt: Text = Field("The best thing about the sea is", description="the text so far")
    strategy: Strategy = Field("top-p", description="which tokens stay in the draw")
    temperature: float = Field(1.0, ge=0.0, le=5.0, description="divides the logits")
    top_k: int = Field(10, ge=1, le=1000, description="with top-k: how many tokens stay")
    top_p: float = Field(
        0.9, gt=0.0, le=1.0, description="with top-p: the probability of the tokens that stay"
    )
    min_p: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="tokens stay that have at least this share of the likeliest one's "
        "probability, with compare as one more way; 0: off",
    )
    n: int = Field(200, ge=1, le=10000, description="draw: how many tokens to draw")
    length: int = Field(
        100, ge=5, le=200, description="compare: how many tokens each continuation has"
    )

    _meant = model_validator(mode="before")(strategy_meant)


class Attention(LabOptions):
    summary = "the attention weights of a real language model on a sentence"
    needs_models = True

    text: Text = Field(
        "The animal did not cross the street because it was too tired.",
        description="the sentence",
    )
    layer: int | None = Field(None, ge=1, le=200, description="which layer; left out: all")
    head: int | None = Field(None, ge=1, le=200, description="which head; left out: all")


class Tokens(LabOptions):
    summary = "how a language model splits text into tokens"
    needs_models = True

    text: Text = Field(
        "Tokenization splits unbelievably long words.", description="the text to split"
    )


class Embeddings(LabOptions):
    summary = "sentences or course passages as points: a map, and nearest neighbours"
    needs_models = True

    action: Literal["map", "neighbours"] = Field(
        "map", description="map of all; neighbours of a text, or of the first of several"
    )
    text: str = Field(
        "",
        max_length=5000,
        description="sentences, one a line or parted by semicolons; left out: the course's "
        "passages",
    )
    n: int = Field(5, ge=1, le=50, description="how many neighbours")


# Probability and learning


class Distribution(LabOptions):
    summary = "probability distributions: mass or density, cumulative, samples against theory"

    name: Literal["bernoulli", "binomial", "poisson", "uniform", "normal", "exponential"] = Field(
        "normal", description="which distribution"
    )
    p: float = Field(0.5, ge=0.0, le=1.0, description="bernoulli, binomial: success probability")
    trials: int = Field(10, ge=1, le=1000, description="binomial: how many trials")
    rate: float = Field(3.0, ge=0.001, le=1000.0, description="poisson, exponential: the rate")
    mean: float = Field(0.0, ge=-1e6, le=1e6, description="normal: the mean")
    std: float = Field(1.0, ge=0.001, le=1e6, description="normal: the standard deviation")
    low: float = Field(0.0, ge=-1e6, le=1e6, description="uniform: the lower end")
    high: float = Field(1.0, ge=-1e6, le=1e6, description="uniform: the upper end")
    n: int = Field(1000, ge=1, le=100_000, description="how many samples")


class Likelihood(LabOptions):
    summary = "the likelihood of a coin's bias or of a normal's mean, with its maximum"

    name: Literal["bernoulli", "normal"] = Field("bernoulli", description="the model of the data")
    successes: int = Field(7, ge=0, le=10_000, description="bernoulli: heads seen")
    trials: int = Field(10, ge=1, le=10_000, description="bernoulli: tosses in all")
    mean: float = Field(0.0, ge=-1e6, le=1e6, description="normal: true mean, or one to compare")
    std: float | None = Field(
        None, ge=0.001, le=1e6, description="normal: standard deviation; left out: 1, or the data's"
    )
    n: int = Field(20, ge=2, le=10_000, description="normal: how many values are drawn")
    data: str = Field(
        "", max_length=2000, description="normal: your own values, such as '4 6 8 10', not drawn"
    )
    other: float | None = Field(
        None, ge=-1e6, le=1e6, description="to compare with the best; left out: 0.5, or the mean"
    )


class Classifier(LabOptions):
    summary = "generative naive Bayes against discriminative logistic regression"

    action: Literal["boundary", "curve", "sample", "spam"] = Field(
        "boundary",
        description="boundary between two classes; curve: error against training size; sample: "
        "new points from the generative one; spam: a message read word by word",
    )
    shape: Literal["correlated", "independent", "ring"] = Field(
        "correlated",
        description="the classes: correlated breaks what naive Bayes assumes, independent keeps "
        "it, ring puts one class inside the other",
    )
    n: int | None = Field(
        None, ge=4, le=10_000, description="how many training points; for a curve the most"
    )
    text: Text = Field(
        "Win a free prize now", description="spam: the message to be judged spam or not"
    )


class Mixture(LabOptions):
    summary = "a mixture of Gaussians fitted by EM, step by step"

    components: int = Field(3, ge=1, le=8, description="how many Gaussians")
    clusters: int = Field(3, ge=1, le=8, description="how many clusters the points really have")
    n: int = Field(300, ge=10, le=10_000, description="how many points")
    steps: int = Field(20, ge=1, le=200, description="steps of EM at most")


class Sequence(LabOptions):
    summary = "hidden Markov model: sample a sequence, decode the hidden states"

    action: Literal["sample", "decode"] = Field(
        "sample", description="sample states and observations; decode: find the hidden states"
    )
    n: int = Field(60, ge=2, le=1000, description="how many steps long")
    stay: float = Field(
        0.9, ge=0.0, le=1.0, description="how likely tomorrow's weather is today's; 0.5: no memory"
    )
    clarity: float = Field(
        0.8,
        ge=0.5,
        le=1.0,
        description="how likely an umbrella means rain and none means sun; 0.5: it tells nothing",
    )
