"""The attention weights of the tutor's own language model on a sentence.

Row i of a head's map says how token i reads from itself and the tokens before
it: the row sums to 1, and the future is empty (Vaswani et al. 2017, section
3.2). Layers and heads count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tutor.errors import LabError
from tutor.labs.attention_maps import Weights, draw_map, draw_overview
from tutor.labs.models import LabModels
from tutor.labs.options import Attention
from tutor.labs.records import Progress, Result, Step

MOST = 64
"""Tokens: a map of more cannot be read."""
LINKS = 8


def run(options: Attention, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Draw the maps that `layer` and `head` ask for; nothing is random here.

    Raises:
        LabError: the text is too long, or the model has no such layer or head.
    """
    yield Progress(0.1, "reading the text")
    names = [str(token) for token in models.tokens(options.text)]
    if not 2 <= len(names) <= MOST:
        raise LabError(
            f"lab attention: text has {len(names)} token{'s' * (len(names) != 1)} for the model; "
            f"from 2 to {MOST} can be drawn"
        )
    yield Progress(0.2, "loading the model with its attention open")
    weights = models.attention(options.text)  # [layers, heads, n, n]
    _check(options, weights)
    yield Progress(0.7, "drawing the maps")
    layers, heads = (slice(None) if number is None else slice(number - 1, number)
                     for number in (options.layer, options.head))  # fmt: skip
    chosen = weights[layers, heads]
    which = _which(options)
    first = draw_map(chosen.mean((0, 1)), names, which)
    yield Progress(0.8, which, first)
    pictures = [first]
    if chosen.shape[:2] != (1, 1):
        pictures.append(draw_overview(chosen, options.layer, options.head))
    links = strongest(chosen, options)
    values = {
        "model": models.name,
        "layers": weights.shape[0],
        "heads": weights.shape[1],
        "tokens": names,
        "shown": which,
        "on_first_token": round(float(chosen[..., 1:, 0].mean()), 4),
        "on_itself": round(float(np.diagonal(chosen, axis1=2, axis2=3)[..., 1:].mean()), 4),
        "on_token_before": round(float(_before(chosen).mean()), 4),
        "strongest_links": [
            {"layer": a, "head": b, "from": names[i], "from_position": i + 1, "to": names[j],
             "to_position": j + 1, "weight": round(float(weights[a - 1, b - 1, i, j]), 4)}
            for a, b, i, j in links
        ],
        "heads_for_token_before": looking_back(weights),
        **_matrix(chosen),
    }  # fmt: skip
    yield Result(_caption(values, options, models.name), tuple(pictures), values)


def _check(options: Attention, weights: Weights) -> None:
    for name, number, most in (
        ("layer", options.layer, weights.shape[0]),
        ("head", options.head, weights.shape[1]),
    ):
        if number is not None and number > most:
            raise LabError(
                f"lab attention: {name} is a whole number from 1 to {most} with this model, "
                f"not '{number}'"
            )


def _which(options: Attention) -> str:
    match options.layer, options.head:
        case None, None:
            return "Mean of all layers and heads"
        case layer, None:
            return f"Layer {layer}, mean of its heads"
        case None, head:
            return f"Head {head}, mean of all layers"
        case layer, head:
            return f"Layer {layer}, head {head}"


def _before(weights: Weights) -> Weights:
    """What each token but the first two reads from the one before it [..., n - 2].

    The second token's is also the first of all, which draws attention of its own.
    """
    found: Weights = np.diagonal(weights, offset=-1, axis1=-2, axis2=-1)
    return found[..., 1:] if found.shape[-1] > 1 else found


def looking_back(weights: Weights, count: int = 3) -> list[dict[str, Any]]:
    """The heads that read the most from the token just before."""
    share = _before(weights).mean(-1)  # [layers, heads]
    best = np.argsort(-share, axis=None, kind="stable")[:count]
    places = zip(*np.unravel_index(best, share.shape), strict=True)
    return [
        {"layer": int(a) + 1, "head": int(b) + 1, "share": round(float(share[a, b]), 4)}
        for a, b in places
    ]


def strongest(chosen: Weights, options: Attention) -> list[tuple[int, int, int, int]]:
    """The greatest weights: layer and head from 1, reading and read token from 0.

    A token's look at itself is no link, and the first token is left out: it
    draws attention that has nowhere to go (Xiao et al. 2024, attention sinks).
    """
    links = chosen.copy()
    links[..., np.arange(links.shape[-1]), np.arange(links.shape[-1])] = 0
    links[..., 0] = 0
    flat = links.ravel()
    order = np.argsort(-flat, kind="stable")[:LINKS]
    first, second = (options.layer or 1), (options.head or 1)
    found = [tuple(int(x) for x in np.unravel_index(i, links.shape)) for i in order if flat[i] > 0]
    return [(a + first, b + second, i, j) for a, b, i, j in found]


def _matrix(chosen: Weights) -> dict[str, Any]:
    """The map's numbers, where it is of one head."""
    if chosen.shape[:2] != (1, 1):
        return {}
    return {"weights": np.round(chosen[0, 0].astype(np.float64), 4).tolist()}


def _caption(values: dict[str, Any], options: Attention, model: str) -> str:
    links = values["strongest_links"]
    strongest_link = (
        f" The strongest link is in layer {links[0]['layer']}, head {links[0]['head']}: "
        f'"{links[0]["from"].strip()}" reads from "{links[0]["to"].strip()}" with weight '
        f"{links[0]['weight']:.2f}."
        if links
        else ""
    )
    back = values["heads_for_token_before"][0]
    grid = (
        ""
        if options.layer and options.head
        else f" The small maps show each head by itself: layer {back['layer']}, head "
        f"{back['head']} of the model, for one, reads the token before with {back['share']:.0%}."
    )
    return (
        f"How each token (a row) of {model} reads from those before it (columns); a row sums to 1 "
        f"and the future is empty. {values['on_first_token']:.0%} goes to the first token, where "
        f"attention rests that has nothing to look for.{strongest_link}{grid}"
    )
