"""Which files are worth asking ffmpeg about, told by their names and first bytes."""

import re
from pathlib import Path
from typing import Final

_AUDIO = """
    .mp3 .mp2 .mp1 .mpa .flac .ogg .oga .opus .spx .wav .wave .w64 .rf64 .bwf .aif .aiff .aifc .m4a .m4b .m4p .m4r
    .mp4 .aac .adts .ac3 .eac3 .dts .mlp .thd .ape .wv .tta .tak .shn .mpc .wma .asf .ra .au .snd .caf .amr .awb
    .voc .dsf .8svx .mka .weba .webm .oma .gsm .qcp .3ga .xm .s3m .mod .it .mid .midi
"""
_NOT_AUDIO = """
    .jpg .jpeg .jpe .jfif .png .gif .bmp .tif .tiff .webp .svg .ico .heic .avif .xpm .xcf .psd .tga .dds
    .txt .md .nfo .log .cue .pdf .htm .html .xml .json .yaml .yml .csv .tsv .ini .cfg .conf .url .rtf .doc .docx
    .odt .epub .mobi .lrc .srt .sub .ass .vtt .m3u .m3u8 .pls .xspf .asx .wpl .sfv .md5 .sha256 .torrent .accurip
    .zip .gz .bz2 .xz .7z .rar .tar .tgz .iso .exe .dll .so .sh .bat .py .pyc .js .css .lua .c .h .po .mo .pot
    .ttf .otf .woff .db .sqlite .itl .ds_store .tmp .part .bak .avi .mkv .mov .mpg .mpeg .wmv .flv .m4v .vob
"""
AUDIO: Final = frozenset(_AUDIO.split())
NOT_AUDIO: Final = frozenset(_NOT_AUDIO.split())
_SIGNATURE: Final = re.compile(
    rb"RIFF.{4}WAVE|RF64.{4}WAVE|RIFX.{4}WAVE|riff\x2e\x91|FORM.{4}(AIFF|AIFC|8SVX)|fLaC|OggS|ID3[\x02-\x04]"
    rb"|\xff[\xf2-\xf3\xfa\xfb][\x10-\xeb]|.{4}ftyp|wvpk|MAC |TTA1|tBaK|MPCK|MP\+|\.snd|caff|#!AMR"
    rb"|\x30\x26\xb2\x75|\x1a\x45\xdf\xa3|DSD ",
    re.DOTALL,
)
_PLAYLIST: Final = re.compile(
    rb"(\xef\xbb\xbf)?\s*(#EXTM3U|#EXTINF|ffconcat|\[playlist\]|\[reference\]|<asx|<\?wpl|<smil|<mpd|<\?xml|v=0\s)",
    re.IGNORECASE,
)


def may_be_audio(path: Path) -> bool:
    """Tell whether a file claims to be audio: by its suffix, or where that says nothing by its first bytes.

    Pictures, texts, playlists, archives and films are told by their suffix alone. A file that cannot be read is none.
    """
    suffix = path.suffix.lower()
    if suffix in AUDIO:
        return True
    if suffix in NOT_AUDIO:
        return False
    try:
        with path.open("rb") as file:
            return _SIGNATURE.match(file.read(16)) is not None
    except OSError:
        return False


def is_playlist(path: Path) -> bool:
    """Tell by its first bytes whether a file only names others, which a decoder would follow wherever they lie.

    Raises `OSError` where it cannot be opened.
    """
    with path.open("rb") as file:
        return _PLAYLIST.match(file.read(256)) is not None
