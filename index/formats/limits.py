"""How large things may be, and why."""

# The longest book in print (In Search of Lost Time) has about 9.6 million characters, a long novel 3.5 million: more is
# a collection, whose passages should not all be cited under one title.
MAX_ARTICLE_CHARS = 5_000_000

# UTF-8 spends 4 bytes on a character at most, so a larger text file holds too many characters without being read.
MAX_TEXT_BYTES = 4 * MAX_ARTICLE_CHARS

# PDF, Word and HTML carry pictures and mark-up besides text; parsing takes several times the file's size in memory.
MAX_RICH_BYTES = 100_000_000

# Word, EPUB and OpenDocument files are ZIP files: a small one can unpack to anything. Real ones stay below 10 times
# their size.
MAX_UNPACKED_BYTES = 5 * MAX_RICH_BYTES

# Texts and tables unpack to 3 to 30 times their size; a bomb to 1,000 times, which is the most that deflate can do.
MAX_RATIO = 200
SMALL_BYTES = 1_000_000  # below it the ratio does not matter

# A .json file has to be in memory as a whole, at about 4 times its size. A .jsonl file of any size is read by lines.
MAX_JSON_BYTES = 200_000_000

# JSON's longest spelling of one character is a pair of escapes, 12 bytes; the rest is for the other fields.
MAX_RECORD_BYTES = 12 * MAX_ARTICLE_CHARS + 1_000_000

# For a file that is read in a process of its own: PDF, Word, EPUB, OpenDocument, pages and letters. A PDF with as much
# text as an article may have takes some 10 s, such a Word file a tenth of that; one that is made to take for ever is to
# cost 20 s at most, of which some are the program's own.
MAX_PROCESSOR_S = 16
MAX_MEMORY_BYTES = 1_000_000_000


def too_long(text: str) -> str:
    """Why an article of more than MAX_ARTICLE_CHARS is refused."""
    return f"has {len(text):,} characters; the limit for one article is {MAX_ARTICLE_CHARS:,}. Split it into several."
