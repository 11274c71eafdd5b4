"""The index: what was saved is what is opened, and damage is never passed over."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.config import Settings
from tutor.embed import Embedder
from tutor.errors import IndexDamagedError, IndexKindError, IndexMissingError
from tutor.index import (
    DocumentEntry,
    Index,
    Kind,
    Manifest,
    Vectors,
    read_passages,
    write_passages,
)
from tutor.index.store import checksums
from tutor.index.words import WordIndex
from tutor.ingest import kind_of
from tutor.records import Chunk, Place

KIND = Kind("a model", "f00", 3, 1, 200)
CHUNKS = [
    Chunk("a.md", Place("section", "A"), "Noise becomes a picture.", ("A",), 0),
    Chunk("a.md", Place("section", "A"), "A picture becomes noise.", ("A",), 1),
    Chunk("b.pdf", Place("page", 7), "Bread and butter.", (), 0),
    Chunk("c.pptx", Place("slide", 7), "Bread\u2028again\x85and “quotes” ≠ 1.", ("C", "c | d"), 0),
]
VECTORS = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)


def made(chunks: list[Chunk] | None = None, vectors: Vectors = VECTORS, kind: Kind = KIND) -> Index:
    chunks = CHUNKS if chunks is None else chunks
    documents = {c.source: DocumentEntry("0" * 64, 1, 1, ("page 3: no text",)) for c in chunks}
    return Index(
        Manifest(kind, "2000-01-01T00:00:00Z", "1", documents),
        chunks,
        [f"key {i}" for i in range(len(chunks))],
        vectors,
        WordIndex.build([chunk.text for chunk in chunks]),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an index of four chunks."""
    made().save(tmp_path / "index")
    return tmp_path / "index"


def test_what_is_opened_is_what_was_saved(folder: Path) -> None:
    before, index = made(), Index.open(folder, KIND)
    assert list(index.chunks) == CHUNKS
    assert list(index.keys) == list(before.keys)
    assert (index.vectors == VECTORS).all()
    assert len(index) == 4
    assert index.folder is not None
    assert index.folder.parent == folder
    assert replace(index.manifest, files={}) == before.manifest
    mine, theirs = index.words.scores("bread noise"), before.words.scores("bread noise")
    assert mine is not None
    assert mine == pytest.approx(theirs)


def test_dense_gives_the_nearest_first_with_their_cosines() -> None:
    positions, cosines = made().dense(np.array([0.6, 0.8, 0], dtype=np.float32), 3)
    assert positions.tolist() == [1, 2, 0]
    assert cosines == pytest.approx([0.96, 0.8, 0.6])


def test_dense_is_content_with_fewer_chunks_than_asked_for() -> None:
    positions, _ = made().dense(VECTORS[3], 100)
    assert sorted(positions.tolist()) == [0, 1, 2, 3]


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 70))
def test_dense_agrees_with_numpy(seed: int, number: int, count: int) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(number + 1, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chunks = [Chunk("a", Place("page", i), f"t{i}") for i in range(number)]
    index = made(chunks, vectors[:-1], replace(KIND, dimension=8))
    positions, cosines = index.dense(vectors[-1], count)
    expected = np.sort(vectors[:-1] @ vectors[-1])[::-1][:count]
    assert cosines == pytest.approx(expected, abs=1e-5)
    assert index.cosines(vectors[-1], positions) == pytest.approx(cosines, abs=1e-5)


def test_cosines_of_single_chunks() -> None:
    cosines = made().cosines(VECTORS[1], np.array([3, 0]))
    assert cosines == pytest.approx([0, 0.8])


def test_by_place_gives_one_place_of_one_document() -> None:
    assert made().by_place("a.md", Place("section", "A")) == CHUNKS[:2]
    assert made().by_place("b.pdf", Place("page", 7)) == [CHUNKS[2]]
    assert made().by_place("b.pdf", Place("slide", 7)) == []


def test_an_index_without_chunks(tmp_path: Path) -> None:
    made([], np.empty((0, 3), dtype=np.float32)).save(tmp_path)
    assert len(Index.open(tmp_path, KIND)) == 0


def test_a_version_may_be_replaced_while_it_is_read(folder: Path) -> None:
    index = Index.open(folder)
    made(CHUNKS[:2], VECTORS[:2]).save(folder)
    assert index.dense(VECTORS[2], 1)[0].tolist() == [2]
    assert len(Index.open(folder)) == 2


# Passages

PLACES = st.one_of(
    st.builds(Place, st.sampled_from(["page", "slide"]), st.integers(1, 999)),
    st.builds(Place, st.just("section"), st.text(st.characters(codec="utf-8"))),
)
CHUNKS_OF_ANY_KIND = st.builds(
    Chunk,
    st.text(st.characters(codec="utf-8"), min_size=1),
    PLACES,
    st.text(st.characters(codec="utf-8")),
    st.lists(st.text(st.characters(codec="utf-8"))).map(tuple),
    st.integers(0, 999),
)


@given(st.lists(CHUNKS_OF_ANY_KIND, max_size=5))
def test_passages_survive_the_file(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[Chunk]
) -> None:
    file = tmp_path_factory.mktemp("passages") / "passages.jsonl"
    keys = [str(number) for number in range(len(chunks))]
    write_passages(file, chunks, keys)
    assert read_passages(file) == (chunks, keys)


# Other kinds


def test_no_index_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match=r"no index in .*; make one with: tutor ingest"):
        Index.open(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fingerprint": "bad"}, "fingerprint f00 instead of bad"),
        ({"embedding": "other"}, "embedding a model instead of other"),
        ({"dimension": 4}, "dimension 3 instead of 4"),
        ({"chunker": 2}, "chunker 1 instead of 2"),
        ({"chunk_tokens": 64}, "chunk_tokens 200 instead of 64"),
    ],
)
def test_an_index_of_another_kind_is_refused_with_the_difference(
    folder: Path, change: dict[str, object], said: str
) -> None:
    with pytest.raises(IndexKindError) as error:
        Index.open(folder, replace(KIND, **change))  # type: ignore[arg-type]
    assert said in str(error.value)
    assert "tutor ingest --rebuild" in str(error.value)


def test_an_index_of_another_format_is_refused(tmp_path: Path) -> None:
    made(kind=replace(KIND, format=99)).save(tmp_path)
    with pytest.raises(IndexKindError, match=r"format 99 instead of 2.*--rebuild"):
        Index.open(tmp_path)


# Damage

FILES = ["manifest.json", "passages.jsonl", "vectors.npy", "bm25/vocab.index.json"]


@pytest.fixture(scope="module")
def real(course: Settings, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small course's index, to be damaged file by file."""
    folder = tmp_path_factory.mktemp("damaged") / "index"
    return Path(shutil.copytree(course.index, folder))


def version_of(folder: Path) -> Path:
    found = Index.open(folder).folder
    assert found is not None
    return found


def test_a_flipped_bit_in_any_file_is_found_and_the_file_named(
    real: Path, embedder: Embedder, settings: Settings
) -> None:
    version, kind = version_of(real), kind_of(embedder, settings)
    names = [f.relative_to(version).as_posix() for f in version.rglob("*") if f.is_file()]
    assert set(FILES) < set(names)
    for name in names:
        file = version / name
        whole = file.read_bytes()
        for position in {0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 2, len(whole) - 1}:
            damaged = bytearray(whole)
            damaged[position] ^= 1 << (position % 8)
            file.write_bytes(damaged)
            with pytest.raises(IndexDamagedError) as error:
                Index.open(real, kind)
            assert file.name in str(error.value)
            assert "tutor ingest --rebuild" in str(error.value)
        file.write_bytes(whole)
    assert len(Index.open(real, kind))


def test_every_bit_of_the_manifest_counts(folder: Path) -> None:
    file = version_of(folder) / "manifest.json"
    whole = file.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1
        file.write_bytes(damaged)
        with pytest.raises(IndexDamagedError, match=r"manifest"):
            Index.open(folder)


def test_every_bit_of_the_pointer_counts(folder: Path) -> None:
    file = folder / "CURRENT"
    whole = file.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 4
        if damaged.split() == whole.split():
            continue  # only the white space differs
        file.write_bytes(damaged)
        with pytest.raises((IndexMissingError, IndexDamagedError)):
            Index.open(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["cut", "empty", "gone", "longer"])
def test_a_file_cut_off_or_gone_is_named(folder: Path, name: str, damage: str) -> None:
    file = version_of(folder) / name
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        changed = {"cut": whole[:-1], "empty": b"", "longer": whole + b"\n"}
        file.write_bytes(changed[damage])
    with pytest.raises(IndexDamagedError, match=file.name):
        Index.open(folder)


@pytest.mark.parametrize("content", [None, b"", b"\x00", b"v-0 0\n"])
def test_a_lost_pointer_is_a_missing_index(folder: Path, content: bytes | None) -> None:
    (folder / "CURRENT").unlink()
    if content is not None:
        (folder / "CURRENT").write_bytes(content)
    with pytest.raises(IndexMissingError):
        Index.open(folder)


def restate(folder: Path, manifest: object) -> None:
    """Write another manifest, with its checksum in order."""
    (version,), text = folder.glob("v-*"), json.dumps(manifest)
    (version / "manifest.json").write_text(text)
    (folder / "CURRENT").write_text(f"{version.name} {sha256(text.encode()).hexdigest()}\n")


@pytest.mark.parametrize("row", [[], {}, {"kind": 3}, {"kind": {"format": 2}}, "text", None])
def test_a_manifest_of_another_shape_is_damage(folder: Path, row: object) -> None:
    restate(folder, row)
    with pytest.raises(IndexDamagedError, match="manifest"):
        Index.open(folder)


def test_nothing_is_unpickled(folder: Path) -> None:
    """A pickle in the place of the vectors is refused, checksum or not."""
    version = version_of(folder)
    np.save(version / "vectors.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    files = {k: v for k, v in checksums(version).items() if k != "manifest.json"}
    row = json.loads((version / "manifest.json").read_text())
    restate(folder, {**row, "files": files})
    with pytest.raises(ValueError, match="Python objects"):
        Index.open(folder)
