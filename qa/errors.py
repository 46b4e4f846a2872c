"""Errors of the question side; the tree that they belong to is drawn in index/errors.py."""

from index.errors import ArticleQAError


class QuestionError(ArticleQAError):
    """A question that cannot be asked: empty, too long, or not text."""


class ReaderWeightsError(ArticleQAError):
    """The weights of the reader that ships with the program are missing or damaged."""


class LanguageModelError(ArticleQAError):
    """The language model cannot be loaded, reached, or did not answer in time."""


class LanguageModelSettingsError(LanguageModelError):
    """No such language model, or what it needs is missing: trying again changes nothing."""
