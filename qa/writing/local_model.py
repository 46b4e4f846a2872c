"""A language model that lies in a folder and runs in this process, by transformers."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import LanguageModelError
from qa.settings import GenerationSettings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk


def chat_in_folder(folder: Path, settings: GenerationSettings) -> BaseChatModel:
    """A chat model of transformers; nobody is contacted. Raises LanguageModelError where it is not made for chats."""
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline
    from transformers import TextIteratorStreamer

    class Chat(ChatHuggingFace):
        """Streams so that it can be stopped; theirs goes on to the last token, and is silent about an error."""

        def _stream(self, messages: list[BaseMessage], *_args: Any, **_kwargs: Any) -> Iterator[ChatGenerationChunk]:
            prompt = tokenizer(self._to_chat_prompt(messages), add_special_tokens=False, return_tensors="pt")
            streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
            gone = threading.Event()
            errors: list[Exception] = []

            def generate() -> None:
                try:
                    network.generate(
                        **prompt.to(network.device),
                        **_sampling(settings),
                        max_new_tokens=settings.max_tokens,
                        pad_token_id=tokenizer.pad_token_id,
                        streamer=streamer,
                        stopping_criteria=[partial(_is_over, gone)],
                    )
                except Exception as exc:  # noqa: BLE001 - raised where the answer is read
                    errors.append(exc)
                    streamer.end()  # type: ignore[no-untyped-call]

            thread = threading.Thread(target=generate, name="language model's tokens", daemon=True)
            reading = threading.current_thread()

            def end() -> None:
                gone.set()
                thread.join()  # the next answer gets the processor for itself
                if threading.current_thread() is not reading:
                    reading.join(5)  # seconds: it only has to notice

            atexit.register(end)  # a program that ends while torch computes, or holds what it made, is aborted
            thread.start()
            try:
                for piece in streamer:
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            finally:
                end()
                atexit.unregister(end)
            if errors:
                raise errors[0]

    pipeline = HuggingFacePipeline.from_model_id(
        model_id=str(folder), task="text-generation", model_kwargs={"local_files_only": True}
    )
    network, tokenizer = pipeline.pipeline.model, pipeline.pipeline.tokenizer
    if not tokenizer.chat_template:
        raise LanguageModelError(
            f"The language model in {folder} has no chat template, so it cannot be asked. Take one that is made for "
            "chats (often named -Instruct or -Chat)."
        )
    return Chat(llm=pipeline, tokenizer=tokenizer)


def _sampling(settings: GenerationSettings) -> dict[str, Any]:
    if settings.temperature == 0:
        return {"do_sample": False}
    return {"do_sample": True, "temperature": settings.temperature}


def _is_over(gone: threading.Event, tokens: Any, _scores: Any, **_kwargs: Any) -> Any:
    """A stopping criterion of transformers: one truth value for each text."""
    import torch

    return torch.full((tokens.shape[0],), gone.is_set(), device=tokens.device)
