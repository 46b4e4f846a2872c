"""The command that opens the browser chat."""

from __future__ import annotations

import argparse
import importlib

from index.errors import ArticleQAError
from qa.commands.options import Command, add_language_model, count, language_model


def _chat_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=count, help="port (default: the first free one from 7860)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    serving = parser.add_argument_group("for several people", "see docs/deploy.md")
    serving.add_argument(
        "--auth",
        metavar="FILE",
        help="who may use it: a file with one name:hash a line, made by python -m chat.users, or one name:password, "
        "which others on this machine could read (environment: ARTICLE_QA_AUTH)",
    )
    serving.add_argument("--read-only", action="store_true", help="the library can be asked and not changed")
    serving.add_argument(
        "--root-path", metavar="PATH_OR_URL", default="", help="where a proxy offers it, such as /articles"
    )
    serving.add_argument(
        "--trusted-proxy", action="append", default=[], metavar="ADDRESS",
        help="a proxy, or a network of them, whose X-Forwarded-For, -Host and -Proto headers count; repeatable",
    )  # fmt: skip
    serving.add_argument(
        "--max-upload-mb", type=count, default=100, metavar="N", help="largest file to drop, in MB (default: 100)"
    )
    serving.add_argument(
        "--max-waiting", type=count, default=100, metavar="N",
        help="how many questions may wait; who asks then is told to ask again (default: 100)",
    )  # fmt: skip
    add_language_model(parser)


def _chat(options: argparse.Namespace) -> int:
    from index.shadowing import check_not_shadowed
    from qa.settings import index_location

    try:
        check_not_shadowed("chat", "app")
    except ImportError as exc:
        raise ArticleQAError(str(exc)) from exc
    # The chat uses this package, so it is found by its name when it is wanted, and nothing here depends on it.
    chat = importlib.import_module("app")
    chat.main(
        index_location(options.index),
        host=options.host,
        port=options.port,
        open_browser=not options.no_browser,
        model=options.model,
        language_model=language_model(options),
        auth=options.auth,
        read_only=options.read_only,
        root_path=options.root_path,
        max_upload_mb=options.max_upload_mb,
        max_waiting=options.max_waiting,
        trusted_proxies=tuple(options.trusted_proxy),
    )
    return 0


CHAT = Command("chat", "open the browser chat", _chat, _chat_options)
