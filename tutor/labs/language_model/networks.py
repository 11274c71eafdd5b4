"""The three neural language models, written out: Elman's network, the LSTM, the Transformer.

All read characters as numbers [b, t] and give for each place the logits
[b, t, alphabet] of the character after it, with a state from which reading
can go on: what the model knows of the text so far. A recurrent network's
state has one size however long the text; a Transformer's is the text itself.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

Kind = Literal["rnn", "lstm", "transformer"]
State = tuple[Tensor, ...]


class Elman(nn.Module):
    """A layer of the simple recurrent network (Elman 1990).

    h_t = tanh(W x_t + U h_{t-1} + b)
    """

    parts = 1

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(inputs, width)
        self.from_state = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        driven = self.from_input(x)  # [b, t, width], all places at once
        (h,) = state
        outputs = []
        for t in range(x.shape[1]):
            h = torch.tanh(driven[:, t] + self.from_state(h))
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h,)


class LSTM(nn.Module):
    """A layer of long short-term memory (Hochreiter and Schmidhuber 1997).

    With forget gates that begin open (Gers et al. 2000). The memory c is added
    to and scaled, never squeezed, so what it holds and its gradient can last:

    i, f, o = sigmoid(W x_t + U h_{t-1} + b), g = tanh(the same)
    c_t = f * c_{t-1} + i * g,  h_t = o * tanh(c_t)
    """

    parts = 2

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.from_input = nn.Linear(inputs, 4 * width)
        self.from_state = nn.Linear(width, 4 * width, bias=False)
        with torch.no_grad():
            self.from_input.bias[width : 2 * width] = 1.0

    def forward(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        driven = self.from_input(x)  # [b, t, 4 width]
        h, c = state
        width = h.shape[-1]
        outputs = []
        for t in range(x.shape[1]):
            summed = driven[:, t] + self.from_state(h)
            i, f, o = torch.sigmoid(summed[:, : 3 * width]).chunk(3, dim=-1)
            c = f * c + i * torch.tanh(summed[:, 3 * width :])
            h = o * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, dim=1), (h, c)


class RecurrentModel(nn.Module):
    """Characters, layers of Elman's network or of the LSTM, logits."""

    context: int | None = None

    def __init__(
        self, kind: type[Elman] | type[LSTM], alphabet: int, width: int, layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(alphabet, width)
        self.layers = nn.ModuleList(kind(width, width) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, alphabet)
        self._parts = kind.parts

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        x = self.dropout(self.embedding(tokens))
        if state is None:
            zeros = x.new_zeros(len(tokens), x.shape[-1])
            state = (zeros,) * (self._parts * len(self.layers))
        after: State = ()
        for number, layer in enumerate(self.layers):
            own = state[number * self._parts : (number + 1) * self._parts]
            x, own = layer(x, own)
            x = self.dropout(x)
            after += own
        return self.head(x), after


class Attention(nn.Module):
    """Causal self-attention (Vaswani et al. 2017, section 3.2).

    softmax(Q K^T / sqrt(d) - slope * distance) V in each of several heads: each
    place reads from itself and from all before it, however far. The penalty on
    distance, another slope for each head, tells the order of the characters;
    on little text it learns far sooner than places added to the input (ALiBi,
    Press et al. 2022).
    """

    slopes: Tensor

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        slopes = 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)
        self.register_buffer("slopes", slopes[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        b, t, width = x.shape
        qkv = self.to_qkv(x).reshape(b, t, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [b, heads, t, d]
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])  # [b, heads, t, t]
        places = torch.arange(t)
        distance = places[:, None] - places  # [t, t], below 0 in the future
        biased = scores - self.slopes * distance
        weights = biased.masked_fill(distance < 0, -math.inf).softmax(-1)
        mixed = (weights @ v).transpose(1, 2).reshape(b, t, width)
        out: Tensor = self.out(mixed)
        return out


class Block(nn.Module):
    """Attention, then a small network at each place, each added to what comes in.

    Normalised before each part (Xiong et al. 2020), which trains without warm-up tricks.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.network = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attention(self.norm1(x)))
        x = x + self.dropout(self.network(self.norm2(x)))
        return x


class Transformer(nn.Module):
    """Characters, blocks, logits: a decoder as in GPT (Radford et al. 2018)."""

    def __init__(
        self, alphabet: int, width: int, layers: int, heads: int, context: int, dropout: float
    ) -> None:
        super().__init__()
        self.context = context
        self.embedding = nn.Embedding(alphabet, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, alphabet)

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        known = tokens if state is None else torch.cat([state[0], tokens], dim=1)
        seen = known[:, -self.context :]
        x = self.dropout(self.embedding(seen))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        return logits[:, -tokens.shape[1] :], (seen,)
