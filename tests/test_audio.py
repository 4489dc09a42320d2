"""What sound files tell of their makers, and decoders that stand still."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scorer.audio import decode as decoding
from scorer.audio.credit import read_credit
from scorer.audio.decode import stream_pcm16
from scorer.audio.ffmpeg import ffmpeg_program
from scorer.errors import AudioError

BY_SA = "https://creativecommons.org/licenses/by-sa/4.0/"


def sound(path: Path, **tags: str) -> Path:
    options = [option for name, text in tags.items() for option in ("-metadata", f"{name}={text}")]
    source = ["-f", "lavfi", "-i", "sine=440:d=1"]
    subprocess.run([ffmpeg_program(), "-v", "error", "-y", *source, *options, str(path)], check=True)
    return path


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".flac", ".m4a", ".wav"])
def test_title_artist_and_licence_are_read_from_every_format(tmp_path: Path, suffix: str) -> None:
    path = sound(tmp_path / f"a{suffix}", title="The Well", artist="Ann Other", copyright=f"CC BY-SA 4.0, {BY_SA}")
    credit = read_credit(path)
    assert credit.line() == f'"The Well" by Ann Other, licence: CC BY-SA 4.0 ({BY_SA})'


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("CC BY 3.0", "CC BY 3.0"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "CC BY-NC-SA 4.0"),
        ("Creative Commons Attribution-NoDerivatives 4.0", "CC BY-ND 4.0"),
        ("http://creativecommons.org/licenses/by-nc/2.5/", "CC BY-NC 2.5"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("CC0", "CC0 1.0"),
        ("This is in the public domain.", "public domain"),
        ("(c) 2019 A Label. All rights reserved.", ""),
        ("accbyte", ""),
    ],
)
def test_licences_are_known_by_their_names(tmp_path: Path, text: str, licence: str) -> None:
    credit = read_credit(sound(tmp_path / "a.flac", title="x", comment=text))
    assert credit.licence == licence
    if not licence:
        assert credit.line().endswith("no licence in its tags")


def test_a_source_is_told_and_a_file_without_tags_is_called_by_its_name(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.ogg", artist="B", license="CC BY 4.0", website="see https://example.org/b/1")
    assert read_credit(path).source == "https://example.org/b/1"
    assert read_credit(sound(tmp_path / "bare.wav")).title == "bare"
    (tmp_path / "broken.mp3").write_bytes(b"not sound")
    assert read_credit(tmp_path / "broken.mp3").title == "broken"


@pytest.mark.skipif(os.name != "posix", reason="needs a script as a program")
def test_a_decoder_that_stands_still_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport sys, time\nsys.stdout.write('x' * 400); sys.stdout.flush()\ntime.sleep(60)\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(decoding, "ffmpeg_program", lambda: str(program))
    monkeypatch.setattr(decoding, "STALL_S", 0.5)
    path = sound(tmp_path / "a.wav")
    with pytest.raises(AudioError, match="stood still"):
        list(stream_pcm16(path, sample_rate=16_000, channels=1, block_s=1.0))
