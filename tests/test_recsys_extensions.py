from pathlib import Path

import pytest

from recsys.extensions import load_extensions
from tests.extension_package import install

GROUP = "clienteller.trial"


def test_finds_what_an_installed_package_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "def read(path):\n    return f'read {path}'\n"
    install(tmp_path / "a", monkeypatch, "boutique-xml", GROUP, {"xml": "read"}, code)
    found = load_extensions(GROUP)
    assert list(found) == ["xml"]
    assert found["xml"]("b.xml") == "read b.xml"  # type: ignore[operator]


def test_nothing_installed_is_nothing_found() -> None:
    assert load_extensions("clienteller.nobody_declares_this") == {}


@pytest.mark.parametrize(
    ("code", "target"),
    [("raise SystemExit('at import')", "read"), ("import no_such_module_anywhere", "read"), ("", "absent")],
)
def test_a_broken_one_is_one_line_with_its_package_and_the_rest_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: str, target: str
) -> None:
    install(tmp_path / "a", monkeypatch, f"broken-{abs(hash(code + target))}", GROUP, {"bad": target}, code)
    install(tmp_path / "b", monkeypatch, f"whole-{abs(hash(code + target))}", GROUP, {"good": "VALUE"}, "VALUE = 7")
    assert load_extensions(GROUP) == {"good": 7}
    (line,) = caplog.messages
    assert line.startswith("bad of broken-")
    assert "update or remove that package" in line


def test_of_two_with_one_name_the_first_package_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install(tmp_path / "z", monkeypatch, "z-second", GROUP, {"same": "VALUE"}, "VALUE = 2")
    install(tmp_path / "a", monkeypatch, "a-first", GROUP, {"same": "VALUE"}, "VALUE = 1")
    assert load_extensions(GROUP) == {"same": 1}
    assert "same of z-second is left out" in caplog.text
