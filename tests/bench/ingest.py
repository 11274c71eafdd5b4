"""Ingest against the plain LangChain pipeline, on the same PDFs, in one run.

    python tests/bench/ingest.py [FOLDER_OF_PDFS] [--repeat N]

The plain pipeline is what tutorials show: PyPDFLoader,
RecursiveCharacterTextSplitter (1,000 characters, 200 overlap),
HuggingFaceEmbeddings with the same model, FAISS.from_documents. Without a
folder, PDFs of the course's own text are made. Both do a first, uncounted run
on one file, so that loading models is not measured.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tutor.config import ROOT, Settings
from tutor.embed import load_embedder
from tutor.ingest import ingest
from tutor.models import embedding_folder


def make_pdfs(folder: Path, copies: int = 4) -> None:
    """PDFs of the course's units, each copy with its own words so that none is a duplicate."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    style = getSampleStyleSheet()["BodyText"]
    for unit in sorted((ROOT / "corpus").glob("*.md")):
        blocks = [b for b in unit.read_text(encoding="utf-8").split("\n\n") if b.strip()]
        for copy in range(copies):
            escaped = [f"({copy}) {b}".replace("&", "&amp;").replace("<", "&lt;") for b in blocks]
            name = str(folder / f"{unit.stem}-{copy}.pdf")
            SimpleDocTemplate(name).build([Paragraph(text, style) for text in escaped])


def plain(folder: Path) -> int:
    """The pipeline of the tutorials; returns its number of chunks."""
    from langchain_community.document_loaders import PyPDFLoader
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    pages = [page for file in sorted(folder.glob("*.pdf")) for page in PyPDFLoader(file).load()]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    chunks = splitter.split_documents(pages)
    embeddings = HuggingFaceEmbeddings(model_name=str(embedding_folder("bundled")))
    store = FAISS.from_documents(chunks, embeddings)
    with tempfile.TemporaryDirectory() as target:
        store.save_local(target)
    return len(chunks)


def ours(folder: Path) -> int:
    """The tutor's ingest of the same folder, index on disk; returns its number of chunks."""
    with tempfile.TemporaryDirectory() as index:
        settings = Settings(corpus=folder, index=Path(index))
        return ingest(settings, load_embedder(settings)).chunks


def timed(run: Callable[[Path], int], folder: Path, repeat: int) -> tuple[float, int]:
    """The median seconds of `repeat` runs, and the chunks."""
    seconds = []
    chunks = 0
    for _ in range(repeat):
        start = time.perf_counter()
        chunks = run(folder)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), chunks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch) / "pdfs"
        if arguments.folder is None:
            folder.mkdir()
            make_pdfs(folder)
        one = Path(scratch) / "one"
        one.mkdir()
        shutil.copy(min(folder.glob("*.pdf")), one)
        plain(one), ours(one)
        theirs, their_chunks = timed(plain, folder, arguments.repeat)
        mine, my_chunks = timed(ours, folder, arguments.repeat)
    print(f"plain LangChain  {theirs:6.2f} s  {their_chunks} chunks")
    print(f"tutor ingest     {mine:6.2f} s  {my_chunks} chunks")
    print(f"ratio            {theirs / mine:6.2f} x")


if __name__ == "__main__":
    main()
