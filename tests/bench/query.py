"""Search latency at 1,000 and 50,000 chunks: p50, p95, and their ratio.

    python tests/bench/query.py [--queries N]

The chunks are the course's own sentences with random vectors around the
course's real ones: latency depends on their number and words, not on sense.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

import numpy as np

from tutor.config import ROOT, Settings
from tutor.embed import Embedder, load_embedder
from tutor.index import Index, Kind, Manifest
from tutor.index.words import WordIndex
from tutor.records import Chunk, Place
from tutor.retrieve import Retriever


def sentences() -> list[str]:
    text = " ".join(file.read_text(encoding="utf-8") for file in (ROOT / "corpus").glob("*.md"))
    return [part.strip() for part in text.split(". ") if 40 < len(part) < 400]


def make_index(count: int, embedder: Embedder, seed: int = 0) -> Index:
    """An index of `count` chunks of three random sentences each."""
    pick, noise = random.Random(seed), np.random.default_rng(seed)
    source = sentences()
    texts = [". ".join(pick.choices(source, k=3)) for _ in range(count)]
    base = embedder.encode(texts[:200])
    vectors = base[noise.integers(0, len(base), count)]
    vectors = vectors + 0.05 * noise.standard_normal(vectors.shape, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chunks = [Chunk("made.md", Place("section", str(n)), text) for n, text in enumerate(texts)]
    kind = Kind("bench", "bench", embedder.dimension, 0, 0)
    keys = [str(n) for n in range(count)]
    return Index(Manifest(kind, "", ""), chunks, keys, vectors, WordIndex.build(texts))


def latencies(index: Index, embedder: Embedder, queries: int) -> np.ndarray:
    """Milliseconds of each search, embedding the question included."""
    retriever = Retriever(index, embedder)
    questions = [" ".join(text.split()[:9]) + "?" for text in sentences()[:queries]]
    retriever.search(questions[0], 10)
    taken = []
    for question in questions:
        start = time.perf_counter()
        retriever.search(question, 10)
        taken.append((time.perf_counter() - start) * 1000)
    return np.array(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    embedder = load_embedder(Settings())
    medians = []
    for count in (1_000, 50_000):
        made = make_index(count, embedder)
        with tempfile.TemporaryDirectory() as folder:
            made.save(Path(folder))
            start = time.perf_counter()
            index = Index.open(Path(folder))
            opened = time.perf_counter() - start
            taken = latencies(index, embedder, arguments.queries)
        p50, p95 = np.percentile(taken, [50, 95])
        medians.append(p50)
        print(f"{count:>6} chunks  p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  opened in {opened:.2f} s")
    print(f"50 times the chunks take {medians[1] / medians[0]:.1f} times as long")


if __name__ == "__main__":
    main()
