"""The chat page: students ask in the browser, the tutor's events are drawn there.

=============  ==============================================================
`sessions`     which session ids are taken; what one chat remembers
`waiting`      a line of students: first come, first served, so many at once
`answering`    a blocking answer becomes an async stream that can be stopped
`markdown`     words of documents and models, made safe for the page
`drawing`      events become the Markdown of a reply, with its citations
`places`       the page, slide or section that a citation opens
`starters`     questions of the course to begin with
`controls`     the panel of sampling settings
`site`         the folder and the HTML that Chainlit works from
`gate`         what the server lets in, and the headers it sends
`classroom`    what all chats share: index, tutor, lines
`knobs`        a tool's options as controls, its figures in words, the slash commands
`reply`        the tutor's message in the page as it grows
`card`         a tool at work in the page, its result and its controls
`panels`       the page's two panels: the settings, and a citation's place
`drawer`       one answer's events as they come, to the reply and to the cards
`handlers`     Chainlit's callbacks
`application`  Chainlit, set up for the course
`server`       binds the port and runs it all
=============  ==============================================================

Only `reply`, `card`, `panels`, `handlers` and `application` import Chainlit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tutor.config import Settings


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the chat page until it is stopped.

    Raises:
        IndexMissingError, IndexDamagedError: before anything is started.
        TutorError: the port or host cannot be used, or the tutor cannot be loaded.
    """
    from tutor.chat.server import run

    run(settings, host, port)
