"""The page's two panels: the settings, and a citation's place at the side."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import chainlit as cl
from chainlit import input_widget

from tutor.chat.controls import Control, controls, form_control
from tutor.chat.places import Opened, pdf_of
from tutor.chat.sessions import Desk


async def show_settings(desk: Desk) -> None:
    """The settings' panel, its controls standing at the desk's values."""
    shown = [form_control(desk.form), *controls(desk.sampling)]
    panel: Any = cl.ChatSettings([widget(control) for control in shown])
    await panel.send()


def widget(control: Control) -> input_widget.InputWidget:
    """A control as Chainlit draws it."""
    given: dict[str, Any] = {
        "id": control.name,
        "label": control.label,
        "description": control.description,
    }
    match control.kind:
        case "select":
            return input_widget.Select(
                **given, values=list(control.choices), initial_value=control.value
            )
        case "slider":
            return input_widget.Slider(
                **given,
                initial=control.value,
                min=control.smallest,
                max=control.largest,
                step=control.step,
            )
        case "number":
            return input_widget.NumberInput(**given, initial=control.value)
        case "text":
            value = "" if control.value is None else str(control.value)
            return input_widget.TextInput(**given, initial=value, placeholder="none")


def elements(opened: Opened, corpus: Path) -> list[dict[str, Any]]:
    """The side panel's contents: a PDF at its page, or the text of any other place."""
    pdf = pdf_of(corpus, opened)
    props = {
        "text": "" if pdf else opened.markdown,
        "quote": opened.quote_markdown,
    }
    source = cl.CustomElement(name="Source", props=props, display="side")
    shown: list[dict[str, Any]] = [dict(source.to_dict())]
    if pdf:
        file, page = pdf
        url = _lent(file)
        document = cl.Pdf(name=opened.title, url=url, page=page, display="side")
        shown.append(dict(document.to_dict()))
    return shown


def _lent(file: Path) -> str:
    """The address of a file of the corpus for this session.

    It is entered in the session's own files, the only ones that Chainlit
    serves, rather than copied there for every student.
    """
    session = cl.context.session
    entry = next((entry for entry in session.files.values() if entry["path"] == file), None)
    if entry is None:
        entry = {
            "id": str(uuid.uuid4()),
            "path": file,
            "name": file.name,
            "type": "application/pdf",
            "size": file.stat().st_size,
        }
        session.files[entry["id"]] = entry
    return f"/project/file/{entry['id']}?session_id={session.id}"
