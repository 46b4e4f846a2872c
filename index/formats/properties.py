"""What the properties of a PDF or Word file say of its title and author, without what programs put there."""

from __future__ import annotations

import re

from index.formats.clean import one_line

_SUFFIX = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|rtf|odt|odp|pages|indd|tex|dvi|ps|eps|pdf|qxp|qxd|pub|wpd|txt|html?|tiff?|jpe?g|png)$",
    re.I,
)
_PROGRAM = re.compile(
    r"^(?:Microsoft (?:Office )?\w+|Word|PowerPoint|Writer) ?(?:-|:) |\s+- (?:Google (?:Docs|Slides)|Word)$"
)
# In the languages whose programs put them there most often.
_NO_TITLE = re.compile(
    r"""\W* (?: anonymous | unspecified | un(?:titled|named|known)(?:[ -]?\d+)? | no[ ]title | none | null | undefined
    | title | titel | titre | stdin | print | layout[ ]?\d* | slide[ ]?\d* | folie[ ]?\d* | page[ ]?\d* | scan[\W\d]*
    | image[\W\d]* | (?:word[ ])?document[ ]?\d* | dokument[ ]?\d* | documento?[ ]?\d* | book[ ]?\d* | mappe[ ]?\d*
    | (?:power[ ]?point[ -]?)?pr[äeé]sent\w*(?:[ ]d[ei][ ]powerpoint)? | powerpoint[ ](?:presentation|-präsentation)
    | sans[ ]titre[ ]?\d* | ohne[ ]titel[ ]?\d* | unbenannt[ ]?\d* | sin[ ]t[ií]tulo[ ]?\d* | senza[ ]titolo[ ]?\d*
    | about:blank | latex | template | vorlage | new[ ]document | generated[ ].* | [\W\d_]* ) \W*""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_AUTHOR = re.compile(
    r"""\W* (?: anonymous | unspecified | unknown | none | null | undefined | author | autor | auteur | user\d*
    | username | (?:windows|microsoft(?:[ ](?:office|word))?|default|ms[ ]office|office|pc|test)[ ]user
    | benutzer | utilisateur | usuario
    | admin | administrator | root | guest | owner | home | pc | hp | dell | lenovo | acer | asus | scanner
    | python-docx | openpyxl | pandoc | latex | apache[ ]poi | docx4j | aspose.* | microsoft(?:[ ](?:word|office))?
    | [\W\d_]* ) \W*""",
    re.IGNORECASE | re.VERBOSE,
)


def title_of(value: str | None) -> str | None:
    """The title without what word processors add to it; None where it says nothing ("untitled", a path).

    >>> title_of("Microsoft Word - Plan.docx"), title_of("(anonymous)")
    ('Plan', None)
    """
    title = _PROGRAM.sub("", one_line(value) or "")
    if re.match(r"(?:[A-Za-z]:\\|file:|https?://|/\w+/|\\\\)", title):
        return None
    title = _SUFFIX.sub("", title).strip()
    return None if _NO_TITLE.fullmatch(title) else title


def is_file_name(value: str | None) -> bool:
    """Whether a title is a file's name: it has a suffix, or underscores or numbers and no blanks."""
    title = _PROGRAM.sub("", one_line(value) or "")
    return bool(_SUFFIX.search(title) or re.fullmatch(r"\w[\w.-]*[_\d][\w.-]*", title))


def author_of(value: str | None) -> str | None:
    """The author; None where the name is a program's, or one that computers come with ("user").

    >>> author_of("Ida Storm"), author_of("python-docx")
    ('Ida Storm', None)
    """
    author = one_line(value) or ""
    return None if _NO_AUTHOR.fullmatch(author) else author
