"""Kinds of files that are not read, with what can be done about them."""

from __future__ import annotations

_ADVICE = {
    "Save it as .docx": ".doc .docm .dot .dotx .pages .wpd .wps .fodt .sxw",
    'Save it as .csv with a column "text"': ".xls .xlsx .xlsm .xlsb .ods .numbers .parquet",
    "Save it as PDF": ".ppt .pptx .odp .key .ps .xps .djvu .indd .pub .tex",
    "Convert it to EPUB": ".mobi .azw .azw3 .fb2 .lit",
    "Save it as .eml": ".msg .pst .emlx",
    "Unpack it, and add the folder": ".7z .rar .tar .tgz .gz .bz2 .xz .zst",
    "It is a picture: make a PDF with text of it, for example with ocrmypdf": (
        ".bmp .gif .heic .jpeg .jpg .png .svg .tif .tiff .webp"
    ),
    "It has no text: add its transcript": ".avi .flac .m4a .mkv .mov .mp3 .mp4 .ogg .opus .wav .webm",
    "Add the web address in it": ".url .webloc .desktop",
    "Add it by its own name, and its feeds are read": ".opml",
    "Save it as .txt or .md": ".adoc .asciidoc .log .mdx .org .textile .wiki",
}
_BY_SUFFIX = {suffix: advice for advice, suffixes in _ADVICE.items() for suffix in suffixes.split()}
LIST = "; supported are "  # before the suffixes of all kinds that are read


def why_unread(suffix: str, known: str) -> str:
    """Why a file with this suffix is not read, and what to do; `known` are the suffixes of files that are.

    >>> why_unread(".doc", ".txt")
    '.doc files are not supported. Save it as .docx.'
    >>> why_unread(".xyz", ".txt")
    '.xyz files are not supported; supported are .txt'
    """
    if suffix in _BY_SUFFIX:
        return f"{suffix} files are not supported. {_BY_SUFFIX[suffix]}."
    kind = f"{suffix} files are not supported" if suffix else "files without a suffix are not supported"
    return f"{kind}{LIST}{known}"


def without_list(reason: str) -> tuple[str, str]:
    """A reason without the suffixes that it may end with, and these."""
    bare, separator, known = reason.partition(LIST)
    return bare, known if separator else ""
