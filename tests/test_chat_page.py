"""The chat page from end to end: the real server, the real models, a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import courses
from tests.documents import made
from tutor.chat.server import listen
from tutor.config import ROOT, Settings
from tutor.embed import Embedder
from tutor.ingest import ingest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = """# Watermelons

## Watermelon growing

A watermelon grows best in warm sandy soil. ![spy](http://spy.example/pixel.png)
<img src="http://spy.example/tag.png"> See [the guide](http://spy.example/guide) and write to
<script>document.title = "taken over"</script> the gardener:name of the village [1].
"""

REVIEW = """# Exercises

## Review questions

1. What is mode collapse?
2. Which loss reduces it, and why?
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


class Page:
    """The page of one student, and everything it asked for or complained about."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.goto(address)
        page.wait_for_selector("#starters button:not([disabled])")

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)

    def ask(self, question: str) -> Any:
        """Ask in the chat's own field, and return the whole reply's element."""
        self.page.fill("#chat-input", question)
        return self.reply_to("#chat-submit:not([disabled])")

    def reply_to(self, button: str) -> Any:
        """Press a button that asks, wait for the whole reply and return its element."""
        replies = self.page.locator(".ai-message")
        before = replies.count()
        self.page.click(button)
        self.page.wait_for_function(
            "count => document.querySelectorAll('.ai-message').length > count", arg=before
        )
        self.page.wait_for_selector("#stop-button", state="detached", timeout=60_000)
        return replies.last

    def elsewhere(self) -> list[str]:
        """What was asked of any host but our own."""
        ours = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(ours)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(
    settings: Settings, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server with a small course, stopped in the end as Ctrl+C does."""
    folder = tmp_path_factory.mktemp("served")
    documents = {"gan.md": courses.GAN, "melons.md": HOSTILE, "review.md": REVIEW}
    corpus = courses.write(folder / "corpus", documents)
    made.pdf(corpus / "probability.pdf", courses.PROBABILITY)
    course = settings.model_copy(update={"corpus": corpus, "index": folder / "index"})
    ingest(course, embedder)
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    server = _start(course, port)
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(f"Course Tutor: http://localhost:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        _, complaints = server.communicate(timeout=20)
    assert (server.returncode, complaints.strip()) == (130, "tutor: stopped")
    assert not (ROOT / ".files").exists()


def _start(course: Settings, port: int) -> subprocess.Popen[str]:
    script = (
        "import signal, sys; from tutor.cli import main\n"
        # What runs in a shell's background has this signal ignored, and its children too.
        "signal.signal(signal.SIGINT, signal.default_int_handler); sys.exit(main())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, "chat", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=course.corpus,  # whatever the working folder is
        env={
            **os.environ,
            "TUTOR_CORPUS": str(course.corpus),
            "TUTOR_INDEX": str(course.index),
            "PYTHONPATH": str(Path(ROOT)),
        },
    )


def test_a_student_asks_reads_the_sources_and_changes_a_setting(chromium: Any, served: str) -> None:
    student = Page(chromium.new_page(), served)
    page = student.page

    reply = student.reply_to("#starters button:has-text('What is mode collapse?')")
    card = reply.locator("blockquote").first
    assert "gan.md" in card.inner_text()
    assert card.locator('a[href="#place-1"]').inner_text() == "[1]"
    card.locator('a[href="#place-1"]').click()
    page.wait_for_function("CSS.highlights.get('quote')?.size === 1")
    assert "gan.md" in page.inner_text("#side-view-title")
    marked = page.evaluate("String([...CSS.highlights.get('quote')][0])")
    assert marked.split()[-3:] == card.inner_text().split()[-3:]

    reply = student.ask("What does maximum likelihood choose?")
    reply.locator("blockquote", has_text="probability.pdf").first.click()
    page.wait_for_selector(".react-pdf__Page__canvas")
    page.wait_for_function("CSS.highlights.get('quote')?.size === 1")
    assert "probability.pdf, p. 2" in page.inner_text("#side-view-title")

    page.click("#chat-settings-header-button")
    page.fill("#seed", "seven")
    page.click("#confirm-sidebar")
    page.wait_for_selector("text=Seed: 'seven' is not a whole number")
    page.click("#chat-settings-header-button")
    page.fill("#seed", "7")
    page.click("#confirm-sidebar")
    page.wait_for_selector("text=These settings hold from the next answer on.")

    assert not student.elsewhere()
    assert not student.errors


def test_a_document_cannot_reach_out_or_run_anything(chromium: Any, served: str) -> None:
    student = Page(chromium.new_page(), served)
    reply = student.ask("Where does a watermelon grow best?")
    assert "warm sandy soil" in reply.inner_text()
    reply.locator("blockquote").first.click()
    student.page.wait_for_selector(".source")
    shown = student.page.inner_text("#side-view-content")
    assert "See the guide and write to" in shown
    assert '<script>document.title = "taken over"</script> the gardener:name' in shown
    assert "of the village [1]." in shown
    assert student.page.title() == "Course Tutor"
    links = student.page.locator(".source a, blockquote a:not([href^='#place-'])")
    assert links.count() == 0
    assert not student.elsewhere()
    assert not student.errors


COPIES = """
delete Navigator.prototype.clipboard  // as on any page of another host without https
document.addEventListener("copy", () => { window.copied = document.activeElement.value })
"""


def test_a_reply_is_copied_where_the_browser_gives_no_clipboard(chromium: Any, served: str) -> None:
    page = chromium.new_page()
    page.add_init_script(COPIES)
    student = Page(page, served)
    button = student.ask("What is mode collapse?").get_by_label("Copy this reply")
    button.click()
    page.wait_for_selector(".reply-tools >> text=Copied")
    assert "[1] gan.md" in page.evaluate("window.copied")
    assert button.evaluate("button => document.activeElement === button")

    page.evaluate("window.copied = null")
    given = iter([{"problem": "Not known."}, {"text": ""}])
    page.route(
        "**/project/action*",
        lambda route: route.fulfill(json={"success": True, "response": next(given)}),
    )
    for said in ("Not known.", "The connection to the tutor is lost."):
        button.click()
        page.wait_for_selector(f"[data-sonner-toast] >> text={said}")
    assert page.evaluate("window.copied") is None
    assert not student.elsewhere()


def test_a_phone_can_read_it_all(chromium: Any, served: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    student = Page(context.new_page(), served)
    student.ask("What is mode collapse?")
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    assert not student.page.evaluate(wider)
    student.page.locator("blockquote").first.tap()
    student.page.wait_for_selector(".source")
    student.page.wait_for_function(  # it slides in
        "Math.round(document.querySelector('[role=dialog]').getBoundingClientRect().width) === 390"
    )
    assert not student.page.evaluate(wider)


def test_a_student_runs_a_lab_turns_its_controls_and_stops_another(
    chromium: Any, served: str
) -> None:
    student = Page(chromium.new_page(), served)
    page = student.page
    page.wait_for_timeout(1000)
    student.ask("show me a seven sampled by the GAN")
    card = page.locator(".lab").first
    assert "digit 7" in card.inner_text()
    assert "sevens" in card.inner_text() or "7s" in card.inner_text()
    page.locator(".ai-message", has_text="gan.md").first.wait_for()
    picture = card.locator("img").first
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    enlarge = card.get_by_role("button", name="Enlarged: ").first
    small = picture.bounding_box()["width"]
    enlarge.press("Enter")
    assert enlarge.get_attribute("aria-pressed") == "true"
    assert round(picture.bounding_box()["width"]) == 1024 > small
    enlarge.click()
    assert picture.bounding_box()["width"] == pytest.approx(small)
    assert card.locator("[role=status]").inner_text() == "The lab is done."
    before = picture.get_attribute("src")
    card.locator("select").nth(1).select_option("3")
    card.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(
        "src => document.querySelector('.lab-is-done img')?.getAttribute('src') !== src"
        " && document.querySelector('.lab-is-done')",
        arg=before,
    )
    assert "digit 3" in card.inner_text()
    assert page.locator(".lab").count() == 1

    reply = student.ask("What is mode collapse?")
    reply.locator("button.show-me", has_text="GAN · collapse").click()
    page.wait_for_selector(".lab-is-running img", timeout=30_000)
    page.click("#stop-button")
    page.wait_for_selector(".lab-is-stopped")

    page.click("#chat-input")
    page.keyboard.type("/quiz")
    page.keyboard.press("Enter")
    page.keyboard.type("GANs")
    page.keyboard.press("Enter")
    page.locator(".quiz-choices button").first.click()
    assert "gan.md" in page.inner_text(".quiz-verdict")
    assert not student.elsewhere()
    assert not student.errors


def test_a_lab_fits_on_a_phone(chromium: Any, served: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 760}, has_touch=True)
    student = Page(context.new_page(), served)
    student.ask("quiz me with 2 questions")
    student.ask("show 12 nines from the VAE")
    student.page.locator(".lab summary").first.click()
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    assert not student.page.evaluate(wider)
    box = student.page.locator(".lab").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
