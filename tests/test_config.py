"""The settings: where they come from, what wins, what is refused and how."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tutor.config import Sampling, Settings, load_settings, make_sampling
from tutor.errors import SettingsError

NOWHERE = Path("there is no such file")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tutor.toml"


def load(overrides: dict[str, object] | None = None, **environ: str) -> Settings:
    return load_settings(overrides, environ=environ, file=NOWHERE)


def test_defaults_without_file_or_environment() -> None:
    assert load() == Settings()


def test_each_layer_wins_over_the_one_before(file: Path) -> None:
    file.write_text('model = "of the file"\nindex = "file"\ncorpus = "file"\n')
    environ = {"TUTOR_INDEX": "environment", "TUTOR_CORPUS": "environment"}
    loaded = load_settings({"corpus": Path("command line")}, environ=environ, file=file)
    assert loaded.model == "of the file"
    assert loaded.index == Path("environment")
    assert loaded.corpus == Path("command line")


def test_what_is_not_given_on_the_command_line_overrides_nothing() -> None:
    assert load({"model": None, "temperature": None}, TUTOR_MODEL="none").model == "none"


def test_sampling_is_merged_value_by_value(file: Path) -> None:
    file.write_text('[sampling]\nstrategy = "top-p"\ntop_p = 0.5\nseed = 1\n')
    loaded = load_settings({"seed": 3}, environ={"TUTOR_TOP_P": "0.7"}, file=file)
    assert loaded.sampling == Sampling(strategy="top-p", top_p=0.7, seed=3)


def test_sampling_values_may_stand_beside_the_others(file: Path) -> None:
    file.write_text("temperature = 0.25\n")
    assert load_settings(environ={}, file=file).sampling.temperature == 0.25


def test_other_variables_are_not_ours() -> None:
    assert load(PATH="/bin", TUTORIAL="x", MY_TUTOR_MODEL="x") == Settings()


@pytest.mark.parametrize("name", ["TUTOR_MODLE", "TUTOR_SAMPLING_TOP_K", "TUTOR_"])
def test_an_unknown_variable_is_refused_by_name_and_the_known_are_listed(name: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(**{name: "1"})
    text = str(error.value)
    assert "environment" in text
    assert name.removeprefix("TUTOR_").lower() in text
    assert "embedding_model" in text
    assert "top_p" in text
    assert "\n" not in text


def test_an_unknown_name_in_the_file_is_refused_with_the_file(file: Path) -> None:
    file.write_text("[sampling]\ntop_q = 1\n")
    with pytest.raises(SettingsError, match=r"tutor\.toml: unknown setting 'sampling\.top_q'"):
        load_settings(environ={}, file=file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "-1"),
        ("temperature", "5.5"),
        ("temperature", "nan"),
        ("temperature", "warm"),
        ("top_p", "0"),
        ("top_p", "2"),
        ("top_k", "0"),
        ("top_k", "1.5"),
        ("repetition_penalty", "0.9"),
        ("max_new_tokens", "0"),
        ("seed", "-1"),
        ("strategy", "beam"),
        ("dense_weight", "1.01"),
        ("chunk_tokens", "31"),
        ("candidates", "9"),
        ("read_timeout", "0"),
        ("embedding_backend", "cuda"),
        ("engine", "vllm"),
    ],
)
def test_out_of_bounds_is_refused_with_name_and_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(**{f"TUTOR_{name.upper()}": value})
    text = str(error.value)
    assert name in text
    assert repr(value) in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0.0),
        ("temperature", 5.0),
        ("top_p", 1.0),
        ("top_k", 1),
        ("top_k", 1000),
        ("repetition_penalty", 1.0),
        ("max_new_tokens", 4096),
        ("seed", 2**63 - 1),
    ],
)
def test_the_bounds_themselves_are_allowed(name: str, value: float) -> None:
    assert getattr(load({name: value}).sampling, name) == value


@pytest.mark.parametrize("content", ["= 3", "model = ", "\x00", "model = 'a'\nmodel = 'b'"])
def test_a_file_that_is_not_toml(file: Path, content: str) -> None:
    file.write_text(content)
    with pytest.raises(SettingsError, match=r"tutor\.toml: not a TOML file"):
        load_settings(environ={}, file=file)


def test_a_file_that_is_not_text(file: Path) -> None:
    file.write_bytes(b"model = '\xff\xfe'")
    with pytest.raises(SettingsError, match="not a TOML file"):
        load_settings(environ={}, file=file)


def test_a_sampling_table_that_is_no_table(file: Path) -> None:
    file.write_text("sampling = 3\n")
    with pytest.raises(SettingsError, match="sampling"):
        load_settings(environ={}, file=file)


def test_a_sampling_variable_that_is_no_table() -> None:
    with pytest.raises(SettingsError, match="sampling"):
        load(TUTOR_SAMPLING="greedy")


def test_a_sampling_variable_beside_a_value_of_it() -> None:
    with pytest.raises(SettingsError, match="sampling"):
        load(TUTOR_SAMPLING="greedy", TUTOR_TOP_K="3")


def test_a_tilde_is_the_home_folder_in_a_file_too(file: Path) -> None:
    file.write_text('corpus = "~/lectures"')
    assert load_settings(environ={}, file=file).corpus == Path.home() / "lectures"
    file.write_text('cache = "~no-such-user-here/x"')
    with pytest.raises(SettingsError, match="cache"):
        load_settings(environ={}, file=file)


@pytest.mark.parametrize(("set_to", "cache"), [("", "~/.cache"), ("/kept", "/kept")])
def test_an_empty_cache_variable_is_an_unset_one(set_to: str, cache: str) -> None:
    code = "from tutor.config import Settings; print(Settings().cache)"
    environ = {**os.environ, "XDG_CACHE_HOME": set_to}
    found = subprocess.check_output([sys.executable, "-c", code], env=environ, text=True)
    assert Path(found.strip()) == Path(cache).expanduser() / "course-tutor"


def test_a_file_that_may_not_be_read_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("")

    def refused(path: Path, **options: str) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        load_settings(environ={}, file=file)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().model = "other"  # type: ignore[misc]


def test_every_setting_is_described_and_every_number_bounded() -> None:
    for kind in (Settings, Sampling):
        for name, field in kind.model_fields.items():
            assert field.description, name
            if field.annotation in (int, float, int | None):
                bounds = {type(item).__name__ for item in field.metadata}
                assert bounds & {"Ge", "Gt"}, f"{name} has no lower bound"
                assert bounds & {"Le", "Lt"}, f"{name} has no upper bound"


def test_no_name_is_both_a_setting_and_a_sampling_setting() -> None:
    assert not Settings.model_fields.keys() & Sampling.model_fields.keys()


def test_make_sampling_changes_only_what_is_given() -> None:
    base = Sampling(strategy="top-k", top_k=7, seed=1)
    assert make_sampling(base, {"top_k": 9, "temperature": None}) == Sampling(
        strategy="top-k", top_k=9, seed=1
    )
    assert base.top_k == 7


def test_make_sampling_refuses_what_it_does_not_know() -> None:
    with pytest.raises(SettingsError, match="unknown setting 'beams'"):
        make_sampling(Sampling(), {"beams": 4})


@given(
    st.dictionaries(
        st.sampled_from(sorted({*Settings.model_fields, *Sampling.model_fields, "nonsense"})),
        st.text(max_size=20).filter(lambda text: "\x00" not in text),
        max_size=4,
    )
)
def test_any_environment_loads_or_is_refused_in_one_line(values: dict[str, str]) -> None:
    try:
        loaded = load(**{f"TUTOR_{name.upper()}": value for name, value in values.items()})
    except SettingsError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert "nonsense" not in values
        assert loaded == Settings.model_validate(loaded.model_dump())


# A server's key


@pytest.mark.parametrize("url", ["http://me:secret@host/v1", "https://host/v1?key=secret"])
def test_a_key_in_a_url_is_refused_without_being_shown(url: str, file: Path) -> None:
    file.write_text(f'model = "{url}"')
    for place in ({"environ": {"TUTOR_MODEL": url}}, {"environ": {}, "file": file}):
        with pytest.raises(SettingsError, match="TUTOR_SERVER_KEY") as error:
            load_settings(**{"file": NOWHERE, **place})  # type: ignore[arg-type]
        assert "secret" not in str(error.value)


def test_the_key_is_no_setting(file: Path) -> None:
    assert load(TUTOR_SERVER_KEY="sk-secret") == Settings()
    file.write_text('server_key = "sk-secret"')
    with pytest.raises(SettingsError, match="unknown setting 'server_key'") as error:
        load_settings(environ={}, file=file)
    assert "sk-secret" not in str(error.value)


def test_other_names_with_an_at_are_models() -> None:
    assert load(TUTOR_MODEL="models/a@b.gguf").model == "models/a@b.gguf"
