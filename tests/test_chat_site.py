"""The folder and the page that Chainlit works from."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from tutor.chat.site import (
    HERE,
    LANGUAGE,
    content_policy,
    lay_out,
    local_page,
    where_it_happens,
)
from tutor.config import ROOT
from tutor.errors import TutorError

CHAINLIT = Path((find_spec("chainlit") or pytest.fail("no chainlit")).origin or "").parent
PAGE = (CHAINLIT / "frontend" / "dist" / "index.html").read_text(encoding="utf-8")


def test_what_chainlit_reads_is_copied(tmp_path: Path) -> None:
    lay_out(ROOT, tmp_path)
    for name in (
        ".chainlit/config.toml",
        "public/theme.json",
        "public/elements/Source.jsx",
        str(LANGUAGE),
    ):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.parametrize("model", ["bundled", "none", "~/models/a.gguf", "owner/name"])
def test_the_guide_promises_that_nothing_goes_elsewhere_where_that_is_so(
    model: str, tmp_path: Path
) -> None:
    lay_out(ROOT, tmp_path, model)
    assert HERE in (tmp_path / "chainlit.md").read_text(encoding="utf-8")


def test_the_guide_names_the_server_that_questions_go_to(tmp_path: Path) -> None:
    lay_out(ROOT, tmp_path, "https://llm.example.org/v1")
    guide = (tmp_path / "chainlit.md").read_text(encoding="utf-8")
    assert "on the server **llm.example.org**: your questions and the quotes go there" in guide
    assert "anywhere else" not in guide
    assert "{{" not in guide
    assert "**localhost\\:8080**" in where_it_happens("http://localhost:8080/v1")


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(TutorError, match=r"config\.toml is missing"):
        lay_out(tmp_path / "nothing", tmp_path / "target")


def test_the_page_loads_nothing_from_elsewhere() -> None:
    assert "fonts.googleapis.com" in PAGE  # what is taken out here is really there
    page = local_page(PAGE)
    assert not re.search(r'(?:href|src|content)="(?:https?:)?//', page)
    assert page.count("/public/katex/katex.min.css") == 1
    assert re.findall(r'src="(/assets/[^"]+)"', page) == re.findall(r'src="(/assets/[^"]+)"', PAGE)


def test_no_style_or_picture_of_ours_loads_anything_from_elsewhere() -> None:
    for path in (ROOT / "public").rglob("*"):
        if path.suffix in (".css", ".jsx", ".svg", ".json"):
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"(?:https?:)?//[\w-]+\.\w", text), path


def test_whatever_can_be_clicked_can_be_reached_by_the_keyboard() -> None:
    clicked = [
        tag
        for path in (ROOT / "public" / "elements").glob("*.jsx")
        for tag in re.findall(r"<(\w+)\b[^<]*?\bonClick=", path.read_text(encoding="utf-8"))
    ]
    assert len(clicked) > 4
    assert set(clicked) == {"Button", "button"}


def test_the_fonts_of_formulas_are_all_there() -> None:
    folder = ROOT / "public" / "katex"
    style = (folder / "katex.min.css").read_text(encoding="utf-8")
    fonts = set(re.findall(r"url\((fonts/[^)]+)\)", style))
    assert len(fonts) == 20
    assert all((folder / font).is_file() for font in fonts)


def test_the_policy_lets_only_this_servers_things_in() -> None:
    policy = content_policy("<script>one()</script><script src='/a.js'></script>")
    assert policy.count("'sha256-") == 1
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


def test_the_configuration_keeps_the_doors_shut() -> None:
    with (ROOT / ".chainlit" / "config.toml").open("rb") as file:
        config = tomllib.load(file)
    features = config["features"]
    assert features["unsafe_allow_html"] is False
    assert features["latex"] is True
    assert features["spontaneous_file_upload"]["enabled"] is False
    assert features["mcp"]["enabled"] is False
    assert config["project"]["allow_origins"] == []


def _keys(tree: object, path: str = "") -> set[str]:
    if not isinstance(tree, dict):
        return {path}
    return {key for name, part in tree.items() for key in _keys(part, f"{path}.{name}")}


def test_the_translation_has_every_text_that_chainlit_shows() -> None:
    ours = json.loads((ROOT / LANGUAGE).read_text(encoding="utf-8"))
    theirs = json.loads((CHAINLIT / "translations" / "en-US.json").read_text(encoding="utf-8"))
    assert _keys(ours) == _keys(theirs)


def _luminance(triplet: str) -> float:
    """Relative luminance of an HSL triplet (WCAG 2.1)."""
    import colorsys

    hue, saturation, lightness = (float(part.rstrip("%")) for part in triplet.split())
    channels = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("variant", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("foreground", "background"),
        ("card-foreground", "card"),
        ("primary", "background"),
        ("primary-foreground", "primary"),
        ("muted-foreground", "background"),
        ("muted-foreground", "card"),
        ("muted-foreground", "accent"),
        ("accent-foreground", "accent"),
        ("secondary-foreground", "secondary"),
    ],
)
def test_text_can_be_read_on_its_ground(variant: str, text: str, ground: str) -> None:
    theme = json.loads((ROOT / "public" / "theme.json").read_text(encoding="utf-8"))
    colours = theme["variables"][variant]
    values = sorted((_luminance(colours[f"--{text}"]), _luminance(colours[f"--{ground}"])))
    assert (values[1] + 0.05) / (values[0] + 0.05) >= 4.5  # WCAG 2.1, level AA
