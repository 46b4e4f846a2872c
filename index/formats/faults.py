"""What parsers raise on damaged input besides their own errors."""

from __future__ import annotations

import struct
import zipfile
import zlib

# pypdf.errors: "broken PDF files might cause other Exceptions"; the same is seen of python-docx and trafilatura. These
# are the ones that bad data causes; an OSError or MemoryError is none of them and keeps its meaning.
PARSER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,  # with NotImplementedError and RecursionError
    SyntaxError,  # lxml's errors are of this kind
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
