"""Rebuilds the PDF handout and the slide deck: ``python corpus/_source/build.py``.

Both files are written beside this folder. The same sources and library versions give the same
bytes, so a changed file in version control means changed content.
"""

from pathlib import Path

from deck import build_deck
from handout import build_handout

SOURCE = Path(__file__).resolve().parent


def main() -> None:
    """Build both documents and print what was written."""
    handout = SOURCE.parent / "handout-probability-and-likelihood.pdf"
    build_handout(SOURCE / "handout.md", handout)
    print(f"wrote {handout.name}")
    deck = SOURCE.parent / "deck-diffusion-and-sdxl.pptx"
    build_deck(SOURCE / "deck.md", deck)
    print(f"wrote {deck.name}")


if __name__ == "__main__":
    main()
