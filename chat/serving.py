"""Serves the chat, to one person or to several, behind the firewall that says what is open to whom."""

from __future__ import annotations

import atexit
import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat.firewall import WRONG_PASSWORDS, Firewall, from_address
from chat.settings import PortTakenError, ServingSettings, bracketed, is_loopback

if TYPE_CHECKING:
    import gradio as gr

    from chat.users import Users


_PAGES = 200  # open pages whose state is kept, the last used; Gradio takes 10,000, of .12 MB and their answers each


def launch(app: gr.Blocks, settings: ServingSettings, **look: Any) -> str:
    """Serve the page in a thread and return its address; `app.close()` ends it. `look` is Gradio's theme, css and head.

    Raises PortTakenError where the port is in use.
    """
    import anyio.to_thread
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    host, port, users = settings.host, settings.port, settings.users
    uploads = upload_folder()
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)  # read again and again, and once by each component
    for block in app.blocks.values():
        block.GRADIO_CACHE = str(uploads)
    app._queue.max_size = settings.max_waiting
    # Gradio asks its own server whether it is up, which must not go through a proxy that the environment names.
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # what a proxy says is judged by the firewall, and not by uvicorn before it
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "localhost", "127.0.0.1", host]))

    async def may_enter(name: str, password: str) -> bool:
        assert users is not None
        return await anyio.to_thread.run_sync(users.check, name, password, from_address.get())

    def started_on(port: int) -> str:
        # Gradio prints where the tools for language models are, even when it is told to be quiet.
        with redirect_stdout(io.StringIO()):
            _, address, _ = app.launch(
                server_name=bracketed(host), server_port=port, inbrowser=settings.open_browser,
                prevent_thread_lock=True, quiet=True, **look, mcp_server=True, root_path=settings.root_path,
                max_file_size=settings.max_upload_mb * 2**20, auth=may_enter if users else None,
                auth_message=WRONG_PASSWORDS if users else None,
                app_kwargs={
                    "middleware": [
                        Middleware(TrustedHostMiddleware, allowed_hosts=settings.names, www_redirect=False),
                        Middleware(
                            Firewall, settings=settings, uploads=uploads, takes_files=_takes_files(app),
                            head=look.get("head") or "",
                        ),
                    ]
                },
                # Every way out that Gradio has, closed by name rather than left to its defaults and the environment.
                share=False, footer_links=[], run_history=False, enable_monitoring=False, pwa=False, ssr_mode=False,
                inline=False, debug=False, show_error=False, strict_cors=True, num_workers=0,
                state_session_capacity=_PAGES,
            )  # fmt: skip
        return str(address)

    address = _on_a_free_port(host, port, started_on)
    _only_tools(app.mcp_server_obj)
    _without_other_origins(app.app)
    return address


def _on_a_free_port(host: str, port: int | None, started_on: Callable[[int], str]) -> str:
    """The address of what was started on this port, or on the first that is free. Raises PortTakenError.

    Each port is a launch of its own: an application that could not be started once cannot be started again.
    """
    from gradio import http_server

    ports = range(http_server.INITIAL_PORT_VALUE, http_server.INITIAL_PORT_VALUE + http_server.TRY_NUM_PORTS)
    for each in filter(partial(_is_free, host), ports) if port is None else [port]:
        with suppress(OSError):  # another program was there first, if only since the port was looked at
            return started_on(each)
    where = f"Port {port}" if port is not None else f"Every port from {ports.start} to {ports.stop - 1}"
    raise PortTakenError(f"{where} on {host} cannot be used. Name a free one: qa chat --port NUMBER")


def warnings_for(host: str, users: Users | None, root_path: str = "", trusted_proxies: Sequence[str] = ()) -> list[str]:
    """What someone who serves the chat there should know, a line each."""
    warnings = users.warnings() if users else []
    if root_path and users is None and is_loopback(host):
        warnings.append(f"Whoever reaches {root_path} may use this chat. Ask for a password there, or: --auth FILE")
    if root_path.startswith("/") and not trusted_proxies:
        warnings.append(
            f"Behind a proxy with TLS nothing can be asked at {root_path}, as nothing says that the page has an https "
            f"address. Give the whole address, --root-path https://NAME{root_path}, or: --trusted-proxy ADDRESS"
        )
    if not is_loopback(host):
        warnings.append(
            f"Passwords and articles travel unencrypted to {host}. Put a proxy with TLS in front: docs/deploy.md"
            if users
            else f"Whoever reaches {host} may use this chat and read the articles. Ask for a password: --auth FILE"
        )
    return warnings


def _is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    import socket

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError:
        return False
    return True


@cache
def upload_folder() -> Path:
    """The folder of this process for uploads, that no one else may read; removed when the process ends."""
    folder, process = Path(tempfile.mkdtemp(prefix="article-qa-")).resolve(), os.getpid()

    def remove() -> None:
        if os.getpid() == process:  # and not a fork of it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _takes_files(app: gr.Blocks) -> bool:
    """Whether there is a field for files on the page; where nothing may be added there is none."""
    import gradio as gr

    return any(isinstance(block, gr.File | gr.UploadButton) for block in app.blocks.values())


def _without_other_origins(server: Any) -> None:
    """Take away what lets pages of other origins read answers: Gradio compares names of hosts, and no ports."""
    from gradio.route_utils import CustomCORSMiddleware

    server.user_middleware = [each for each in server.user_middleware if each.cls is not CustomCORSMiddleware]
    server.middleware_stack = server.build_middleware_stack()


def _only_tools(server: Any) -> None:
    """Let Gradio's MCP server give JSON, and answer nothing but what is about tools."""
    from mcp.types import CallToolRequest, ListToolsRequest, PingRequest

    server.postprocess_output_data = _as_json
    handlers: dict[type, Any] = server.mcp_server.request_handlers
    kept: set[type] = {CallToolRequest, ListToolsRequest, PingRequest}
    # The rest, of which there is nothing here, would start Gradio's client, which looks up a list on the web.
    for request in handlers.keys() - kept:
        del handlers[request]


def _as_json(results: Sequence[Any], _: str) -> list[Any]:
    """What a tool gives as MCP's text. Gradio would write Python's notation, which is no JSON."""
    from mcp.types import TextContent

    return [TextContent(type="text", text=json.dumps(result, ensure_ascii=False)) for result in results]
