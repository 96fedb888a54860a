"""The commands teach, do what they say, and tell a shell how it went."""

import json
import socket
from pathlib import Path

import pytest

from isocenter.cli.main import main

COMMANDS = ("serve", "reconstruct", "simulate", "verify", "send", "worklist", "info", "warmup")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"isocenter {name}" in capsys.readouterr().out.partition("Examples:")[2]


def test_the_first_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


def test_a_protocol_of_several_images_writes_several_files(tmp_path: Path) -> None:
    words = ["simulate", "mri", "--protocol", "opposed-epi", "-b", "disc", "-o", str(tmp_path / "pair.h5")]
    assert main([*words, "-a", "noise_std=0"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pair-01.h5", "pair-02.h5"]


def test_a_pulseq_file_is_a_protocol(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["[VERSION]", "major 1", "minor 4", "revision 0", "[DEFINITIONS]", "FOV 0.24 0.24 0.24", "[BLOCKS]"]
    lines += [f"{3 * i + row} {words}" for i in range(4) for row, words in enumerate(_repetition(i), start=1)]
    lines += ["[RF]", "1 100 1 2 0 0 0 0", "[TRAP]", "1 -66667 50 900 50 0", "2 66667 50 1000 50 0"]
    lines += [f"{3 + i} {(i - 2) * 4386} 50 900 50 0" for i in range(4)]
    lines += ["[ADC]", "1 16 60000 60 0 0", "[SHAPES]", "shape_id 1", "num_samples 500", "1", "0", "0", "497"]
    lines += ["shape_id 2", "num_samples 500", "0", "0", "498"]
    path = tmp_path / "lines.seq"
    path.write_text("\n".join(lines), encoding="utf-8")
    raw = tmp_path / "lines.h5"
    assert main(["simulate", "mri", "--protocol", str(path), "-o", str(raw)]) == 0
    said = capsys.readouterr().out
    assert "SAR" in said
    assert raw.exists()
    assert main(["simulate", "ct", "--protocol", str(path)]) == 2
    assert main(["simulate", "mri", "--protocol", str(tmp_path / "none.seq")]) != 0


def _repetition(index: int) -> tuple[str, str, str]:
    return "50 1 0 0 0 0 0", f"100 0 1 {3 + index} 0 0 0", "500 0 2 0 0 1 0"


def test_a_scan_is_simulated_described_and_reconstructed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = tmp_path / "scan.h5"
    assert main(["simulate", "ct", "-b", "disc", "-a", "n_bins=64", "-o", str(raw)]) == 0
    capsys.readouterr()
    assert main(["info", str(raw), "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["modality"] == "X-ray CT"
    assert "fbp" in described["methods"]
    picture = tmp_path / "picture.png"
    options = ["-o", str(tmp_path / "out"), "-m", "fbp", "-p", "window=hann", "--picture", str(picture), "-q"]
    assert main(["reconstruct", str(raw), *options]) == 0
    assert list((tmp_path / "out").glob("*.dcm"))
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["reconstruct", "no-such-file.h5"], 66, "no such file"),
        (["info", __file__], 65, "No format knows"),
        (["simulate", "x-ray-glasses"], 2, "no such modality"),
        (["simulate", "ct", "-b", "unicorn"], 2, "no such body"),
        (["simulate", "mri", "--protocol", "x"], 2, "turbo-spin-echo"),
        (["simulate", "ct", "--protocol", "x"], 2, "one example only"),
        (["simulate", "ct", "-a", "n_bins=many"], 2, "not a number"),
        (["simulate", "ct", "-a", "n_bins"], 2, "needs a name and a value"),
        (["verify", "alchemy"], 2, "no such part"),
        (["send", "NOWHERE"], 2, ""),
        (["worklist", "X@127.0.0.1:1", "NoSuchKey=1"], 2, "No DICOM attribute"),
        (["serve", "--worklist", "no-such-folder"], 66, "no such worklist folder"),
    ],
)
def test_mistakes_are_explained_and_have_their_exit_code(
    words: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        ended = main(words)
    except SystemExit as error:
        ended = int(error.code or 0)
    assert ended == code
    text = capsys.readouterr().err
    assert said in text
    assert "Traceback" not in text


def test_a_method_that_does_not_exist_is_answered_with_those_that_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "scan.h5"
    main(["simulate", "ct", "-b", "disc", "-a", "n_bins=64", "-o", str(raw)])
    assert main(["reconstruct", str(raw), "-m", "magic", "-q"]) == 2
    assert "fbp" in capsys.readouterr().err


def test_a_peer_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert main(["send", f"NOBODY@127.0.0.1:{port}"]) == 76
    assert "cannot be reached" in capsys.readouterr().err


def test_verify_prints_a_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "solvers"]) == 0
    assert "5 of 5 gates passed" in capsys.readouterr().out
    assert main(["verify", "solvers", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is True
    assert {"quantity", "expected", "got", "tolerance", "source", "passed"} <= set(report["gates"][0])
