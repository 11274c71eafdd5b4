"""The floors: every import leads downward, and each heavy library lives where it belongs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.config import ROOT

PACKAGE = ROOT / "tutor"

FLOORS = (
    ("errors",),
    ("records", "config", "models"),
    (
        "inference",
        "leanings",
        "form_words",
        "windows",
        "blocks",
        "mentions",
        "letters",
        "precision",
        "chatter",
        "clock",
    ),
    ("study", "replies"),
    (
        *("documents", "chunks", "embed", "index", "prompts", "llm", "evidence", "support"),
        *("coverage", "terms", "citations", "conversation", "judge", "labs"),
    ),
    ("ingest", "retrieve", "tools", "writing", "refusal", "overview", "spelling"),
    ("explanation", "quiz", "training_texts", "wishes"),
    ("definitions", "recall", "marking"),
    ("socratic", "finding"),
    ("several",),
    ("answer", "tuning", "lab_models"),
    ("evaluate", "lab_process", "train_judge"),
    ("assembly", "train_query"),
    ("chat",),
    ("cli",),
)
"""From the ground up. A package is one unit; the names of parts to come are here already."""

GROUND = {"records": set(), "config": {"errors"}, "models": {"errors"}, "errors": set()}
"""What the lowest may import of the tutor at all."""

HEAVY = {
    "torch": {
        *("llm", "labs", "embed", "judge", "inference", "precision"),
        *("train_judge", "train_query", "tuning"),
    },
    "transformers": {"llm", "labs", "embed", "judge", "tuning"},
    "sentence_transformers": {"embed"},
    "peft": {"tuning"},
    "openvino": {"llm", "inference"},
    "openvino_genai": {"llm"},
    "faiss": {"index"},
    "bm25s": {"index"},
    "Stemmer": {"index"},
    "chainlit": {"chat"},
    "pypdf": {"documents"},
    "langchain_text_splitters": {"chunks"},
    "langchain_community": set(),
}
"""Which units may import a library, be it inside a function."""

FACES_ONLY = {"tutor.cli", "tutor.cli.arguments", "tutor", "tutor.errors"}
"""What `tutor --help` loads: these import the standard library and each other at their top."""


def unit(module: str) -> str:
    """The part of the tutor that a module belongs to; the version stands in the root."""
    part = module.split(".")[1] if "." in module else "tutor"
    return "tutor" if part == "__version__" else part


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


class Imports(ast.NodeVisitor):
    """Every import of a file, those inside functions too, but not those for types alone."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.at_top: set[str] = set()
        self._depth = 0

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]  # noqa: N815

    def visit_Import(self, node: ast.Import) -> None:
        self._add(*(alias.name for alias in node.names))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        assert node.level == 0, "imports are absolute"
        module = node.module or ""
        self._add(*(f"{module}.{alias.name}" for alias in node.names) if module == "tutor" else [])
        self._add(*([] if module == "tutor" else [module]))

    def _add(self, *names: str) -> None:
        self.names.update(names)
        if not self._depth:
            self.at_top.update(names)


def imports_of(path: Path) -> Imports:
    found = Imports()
    found.visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


EDGES = [
    (module, unit(module), unit(name))
    for module, path in modules()
    for name in sorted(imports_of(path).names)
    if name.split(".")[0] == "tutor"
]
HEIGHT = {name: height for height, names in enumerate(FLOORS) for name in names}


def test_every_part_has_its_floor() -> None:
    parts = {unit(module) for module, _ in modules()} - {"tutor"}
    assert parts <= HEIGHT.keys(), "put new parts on a floor in FLOORS and in the README"


def test_the_reader_of_imports_sees_them_all() -> None:
    source = (
        "import a\nif TYPE_CHECKING:\n    import types_alone\nelse:\n    import b\n"
        "def f():\n    from tutor import c\n    class G:\n        import tutor.d.e as e\n"
        "async def h():\n    from f.g import i\ntry:\n    import j\nexcept ImportError: pass\n"
    )
    found = Imports()
    found.visit(ast.parse(source))
    assert found.names == {"a", "tutor.c", "tutor.d.e", "f.g", "j"}
    assert found.at_top == {"a", "j"}


def test_imports_lead_downward() -> None:
    wrong = [
        f"{module} imports {to}"
        for module, start, to in EDGES
        if start != to and "tutor" not in (start, to) and HEIGHT[to] >= HEIGHT[start]
    ]
    assert not wrong


@pytest.mark.parametrize("name", GROUND)
def test_the_ground_floors_lean_on_next_to_nothing(name: str) -> None:
    assert {to for _, start, to in EDGES if start == name} <= GROUND[name]


def test_the_facts_themselves_need_no_library() -> None:
    import sys

    allowed = {"errors": set(), "records": set(), "config": {"pydantic"}, "models": set()}
    for name, libraries in allowed.items():
        at_top = {found.split(".")[0] for found in imports_of(PACKAGE / f"{name}.py").at_top}
        assert at_top - sys.stdlib_module_names <= {*libraries, "tutor"}


@pytest.mark.parametrize("library", HEAVY)
def test_a_heavy_library_lives_where_it_belongs(library: str) -> None:
    users = {
        unit(module)
        for module, path in modules()
        if library in {name.split(".")[0] for name in imports_of(path).names}
    }
    assert users <= HEAVY[library]


def test_the_chat_names_its_modules_and_those_that_import_chainlit() -> None:
    chat = {module: path for module, path in modules() if unit(module) == "chat"}
    text = ast.get_docstring(ast.parse(chat["tutor.chat"].read_text(encoding="utf-8"))) or ""
    table, _, users = text.partition("Only ")
    assert {f"tutor.chat.{name}" for name in re.findall(r"^`(\w+)`", table, re.M)} == {
        *(chat.keys() - {"tutor.chat"})
    }
    assert {f"tutor.chat.{name}" for name in re.findall(r"`(\w+)`", users)} == {
        module
        for module, path in chat.items()
        if "chainlit" in {name.split(".")[0] for name in imports_of(path).names}
    }


def test_what_help_loads_imports_nothing_else_at_its_top() -> None:
    import sys

    for module, path in modules():
        if module in FACES_ONLY:
            for name in imports_of(path).at_top:
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names or top == "tutor", f"{module}: {name}"
                if top == "tutor":
                    assert name in FACES_ONLY or name == "tutor.__version__", f"{module}: {name}"


def test_no_module_imports_a_test_or_a_private_name_of_another() -> None:
    for module, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tutor"):
                assert not [
                    a.name for a in node.names if a.name.startswith("_") and a.name != "__version__"
                ], module
            if isinstance(node, ast.ImportFrom | ast.Import):
                assert "tests" not in ast.unparse(node), module


def test_every_module_says_what_it_is_for() -> None:
    for module, path in modules():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), module


def _all_imported(path: Path) -> Iterator[str]:
    """Modules imported, those of `from package import module` among them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_every_module_has_its_tests() -> None:
    """A file of its own name, or a test that imports it; readers' helpers by way of readers."""
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    named = {path.stem for path in tests}
    imported = {name for path in tests for name in _all_imported(path)}
    missing = []
    for module, _ in modules():
        *_, package, stem = ["", *module.split(".")]
        own = named & {f"test_{stem}", f"test_{package}_{stem}"}
        if not own and module not in imported and package not in ("", "documents"):
            missing.append(module)
    assert not missing
