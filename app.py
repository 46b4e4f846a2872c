"""The browser chat: shows what `qa.ArticleQA` answers. Its parts are in chat/; no retrieval or reading logic in either.

from app import build_app, launch
launch(build_app(qa))
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING, Any

# Before anything of ours is imported, and by its path: its name may be hidden, too.
run_path(str(Path(__file__).resolve().parent / "index" / "shadowing.py"))["check_not_shadowed"]("index", "qa", "chat")

from chat import serving  # noqa: E402
from chat.settings import PortTakenError, ServingError, ServingSettings, is_loopback  # noqa: E402
from index.arenas import limit_arenas  # noqa: E402
from index.errors import ArticleQAError  # noqa: E402
from qa.commands.terminal import complain  # noqa: E402

if TYPE_CHECKING:
    import gradio as gr

    from qa import ArticleQA
    from qa.kept.conversations import Conversations
    from qa.writing.language_model import LanguageModel

__all__ = ["PortTakenError", "ServingError", "build_app", "launch", "main"]


def build_app(
    qa: ArticleQA,
    language_model_settings: bool = True,
    *,
    read_only: bool = False,
    public_only: bool = False,
    conversations: Conversations | None = None,
) -> gr.Blocks:
    """The chat over one ArticleQA. Opens nothing and loads no model; `launch` serves it.

    With `language_model_settings` a visitor may name a language model: a folder of this machine, or a server that this
    machine then asks; without `public_only` he may have this machine fetch pages of its own network. Neither is for
    strangers. With `read_only` the library can be looked at and asked, not changed. Conversations are kept with the
    index, unless others are given.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it at import and wherever it would report
    # Else it loads pandas to sum up its statistics after each event, which nobody looks at: monitoring is off.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    from chat.page import build
    from qa.kept.conversations import Conversations

    return build(
        qa,
        conversations or Conversations.of(qa.articles),
        language_model_settings=language_model_settings,
        read_only=read_only,
        public_only=public_only,
    )


def launch(
    app: gr.Blocks, host: str = "127.0.0.1", port: int | None = None, open_browser: bool = False, **others: Any
) -> str:
    """Serve the chat in a thread, in its own look, and return its address; `app.close()` ends it.

    Without a port it takes the first free one from 7860. `others` are those of chat.settings.ServingSettings: users,
    root_path, max_upload_mb. Raises PortTakenError where the port is in use, and ServingError for what cannot be.
    """
    from chat.look import look

    return serving.launch(app, ServingSettings(host, port, open_browser, **others), **look())


def main(
    location: str | None = None,
    *,
    model: str | None = None,
    language_model: LanguageModel | None = None,
    auth: str | None = None,
    read_only: bool = False,
    **served: Any,
) -> None:
    """Open the index, serve the chat and wait for Ctrl-C. Raises an ArticleQAError where that cannot be done.

    `auth` is a file of users, or one as name:password; see chat.users. `served` is what `launch` takes, but for users:
    host, port, open_browser (here it opens one), root_path, max_upload_mb.
    """
    from chat.users import Users
    from index import ArticleIndex
    from qa import ArticleQA
    from qa.settings import chat_users, index_location, index_settings

    limit_arenas()
    setting = chat_users(auth)
    users = Users.from_setting(setting, on_command_line=bool(auth)) if setting else None
    settings = ServingSettings(**{"open_browser": True, **served}, users=users)
    with ArticleIndex.open(index_location(location), index_settings(model)) as articles:
        qa = ArticleQA(articles, language_model=language_model)
        # One person, at this machine: behind a proxy everybody seems to be here.
        mine = is_loopback(settings.host) and users is None and not settings.root_path
        app = build_app(qa, language_model_settings=mine, read_only=read_only, public_only=not mine)
        for warning in serving.warnings_for(settings.host, users, settings.root_path, settings.trusted_proxies):
            print(warning, file=sys.stderr)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):  # a plain kill ends it as Ctrl-C does
                signal.signal(number, _end)
        _serve_until_ctrl_c(app, qa, settings)


def _serve_until_ctrl_c(app: gr.Blocks, qa: ArticleQA, settings: ServingSettings) -> None:
    from chat.look import look

    address = serving.launch(app, settings, **look())
    # After the page is up, so that the two do not slow each other; a question asked meanwhile waits for it.
    loading = threading.Thread(target=qa.warm_up, name="warm-up", daemon=True)
    try:
        print(f"Article QA is at {address} (Ctrl-C ends it)", flush=True)
        loading.start()
        while True:
            time.sleep(1)  # rather than one long wait, which Ctrl-C does not end on Windows
    except KeyboardInterrupt:
        print("Article QA ends.", flush=True)
    finally:
        app.close(verbose=False)
        if loading.ident is not None:
            loading.join()  # the index must not be closed under it


def _end(*_: object) -> None:
    """End at the first signal once what is being done has come to its end, and at the second without waiting for it.

    Python itself would then end under threads that are in the midst of native code, and abort.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(1))
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except ArticleQAError as error:
        complain(str(error))
        sys.exit(1)
