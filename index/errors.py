"""Errors of the article side, one tree.

ArticleQAError                  every error that a user is told about; `str(error)` says what happened and what to do
├── SourceError                 a file, folder, URL or record that cannot become an article
├── ArticleNotFoundError        no article with that id
├── EmbeddingModelError         the embedding model is missing, altered or cannot be loaded
├── EngineError                 nothing is installed that can run the networks, or not what ARTICLE_QA_ENGINE names
├── StoreError                  the store cannot be opened, read or written
│   ├── IndexNotFoundError      nothing there
│   ├── NotAnIndexError         something there, but no index of ours
│   ├── ArticlesLostError       the store is not, or not all of, the one that the index was left with
│   ├── ArticleDamagedError     a part of one article is missing
│   ├── ManifestMismatchError   built with another model, other settings or another schema
│   │   └── RebuiltError        it was rebuilt with another model or other settings since it was opened
│   ├── IndexBusyError          another process holds the index for too long
│   └── ServerUnavailableError  the Chroma server does not answer
├── ClusterError                 (index.distributed) Ray is not there, or its machines did not do their work
├── ServingError                (chat.settings) the chat cannot be served as it was asked for
│   └── PortTakenError          the port is in use
├── UsersError                  (chat.users) users that cannot be read, written or understood
├── QuestionError               (qa.errors) a question that cannot be asked
├── ReaderWeightsError          (qa.errors) the weights of the reader are missing or damaged
└── LanguageModelError          (qa.errors) the language model cannot be loaded, reached, or did not answer in time
    └── LanguageModelSettingsError  no such model, or what it needs is missing
"""


class ArticleQAError(Exception):
    """Base of every error that is shown to a user as one line."""


class SourceError(ArticleQAError):
    """A file, folder, URL or record that cannot become an article."""


class ArticleNotFoundError(ArticleQAError):
    """No article with the id that was asked for."""


class EmbeddingModelError(ArticleQAError):
    """The embedding model is missing, altered or cannot be loaded."""


class EngineError(ArticleQAError):
    """Nothing is installed that can run the networks, or not what ARTICLE_QA_ENGINE names."""


class ClusterError(ArticleQAError):
    """Ray is not installed, its cluster cannot be reached, or the work on it failed."""


class StoreError(ArticleQAError):
    """The store cannot be opened, read or written."""


class IndexNotFoundError(StoreError):
    """There is no index at the place that was named."""


class NotAnIndexError(StoreError):
    """The place that was named holds something else."""


class ArticlesLostError(StoreError):
    """The store is gone, another one, or holds less than what was left in it."""


class ArticleDamagedError(StoreError):
    """The stored text of one article is not the one that its record speaks of."""


class ManifestMismatchError(StoreError):
    """The index was built with another model, other settings or another schema."""


class RebuiltError(ManifestMismatchError):
    """The index was rebuilt with another model, or other settings, since it was opened."""


class IndexBusyError(StoreError):
    """Another process held the index for longer than the lock's time-out."""


class ServerUnavailableError(StoreError):
    """The Chroma server cannot be reached or went away."""
