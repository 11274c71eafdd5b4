"""What Chainlit works from: a folder of its own, and a page that loads nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from tutor.chat.markdown import neutral
from tutor.errors import TutorError

LANGUAGE = Path(".chainlit", "translations", "en-US.json")
GUIDE = Path("chainlit.md")
PARTS = (Path(".chainlit", "config.toml"), LANGUAGE, GUIDE, Path("public"))

WHERE = "{{where_it_happens}}"
"""Stands in the guide for one of these."""
HERE = (
    "Everything happens **on the machine that serves this page**. "
    "Nothing you ask goes anywhere else."
)
THERE = (
    "The explanation is written by a model on the server **{host}**: your questions and the quotes "
    "go there. Everything else happens on the machine that serves this page."
)

_KATEX = re.compile(r'https?://[^"]*/katex[^"]*\.css')
_REMOTE = re.compile(
    r"<link\b[^>]*\bhref=\"(?:https?:)?//[^>]*>"
    r"|<script\b[^>]*\bsrc=\"(?:https?:)?//[^>]*>\s*</script>"
    r'|<meta\b[^>]*\bproperty="og:(?:image|url)"[^>]*>'
)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def lay_out(project: Path, folder: Path, model: str = "bundled") -> None:
    """Copy what Chainlit reads from `project` into `folder`.

    The guide says where the words of a student go, which `model` of the settings tells.

    Chainlit writes into the folder it works from: translations into two dozen
    languages, and the files of every session, which the end of one server
    would take from another. So each server has a folder of its own, and the
    project's is never written to.

    Raises:
        TutorError: a part is missing.
    """
    for part in PARTS:
        source, target = project / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            shutil.copyfile(source, target)
        else:
            raise TutorError(f"the chat page's {source} is missing; install the project anew")
    guide = folder / GUIDE
    text = guide.read_text(encoding="utf-8").replace(WHERE, where_it_happens(model))
    guide.write_text(text, encoding="utf-8")


def where_it_happens(model: str) -> str:
    """Where what a student says goes, in two sentences: to the server of `model`, or nowhere."""
    if "://" not in model:
        return HERE
    return THERE.format(host=neutral(urlsplit(model).netloc, authored=False))


def local_page(html: str) -> str:
    """Chainlit's page without what it would fetch from other hosts.

    Fonts are the reader's own, the style of formulas lies in `public/`, and the
    rest are hints to connect elsewhere and pictures for link previews.
    """
    return _REMOTE.sub("", _KATEX.sub("/public/katex/katex.min.css", html))


def content_policy(page: str) -> str:
    """The Content-Security-Policy under which `page` works, and nothing from elsewhere does.

    'unsafe-eval' is for Chainlit's custom elements, which it compiles in the
    browser; styles are set in place by the components it is made of.
    """
    scripts = " ".join(_fingerprint(script) for script in _INLINE_SCRIPT.findall(page))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "connect-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _fingerprint(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
