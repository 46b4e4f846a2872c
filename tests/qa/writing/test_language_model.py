"""Language models over real sockets, from a folder and from a caller: words, silence, breaks, retries, time, keys."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import SecretStr, ValidationError

import qa.writing.language_model
from qa.errors import LanguageModelError
from qa.settings import GenerationSettings, generation_settings
from qa.writing.language_model import LanguageModel
from tests.servers import (
    Behaviour,
    BreaksOff,
    BrokenJson,
    Empty,
    Page,
    Says,
    ScriptedServer,
    Stalls,
    StallsAfter,
    Status,
)

KEY = "key-that-nobody-may-see-4711"
SENTENCE = "The lamp has been automatic since 1987."


@pytest.fixture(autouse=True)
def quick_and_alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Short waits between attempts, no settings of the user's, and no thread that stays behind."""
    monkeypatch.setattr(qa.writing.language_model, "_FIRST_WAIT_S", 0.01)
    for name in ("ARTICLE_QA_LLM", "ARTICLE_QA_LLM_URL", "ARTICLE_QA_LLM_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("language model"):
            thread.join(timeout=5)
            assert not thread.is_alive()


def model_at(server: ScriptedServer, **settings: Any) -> LanguageModel:
    given: dict[str, Any] = {"model": "scripted", "base_url": server.url, "timeout_s": 10, **settings}
    return LanguageModel(GenerationSettings(**given))


def answer(model: LanguageModel) -> str:
    return "".join(model.stream("Be brief.", "Since when is the lamp automatic?"))


def failure(model: LanguageModel) -> str:
    """What the user is told; a line, and nothing of the key in it or in the traceback."""
    with pytest.raises(LanguageModelError) as caught:
        answer(model)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert "\n" not in str(caught.value)
    assert model.name in str(caught.value)
    return str(caught.value)


def outcome(*script: Behaviour, **settings: Any) -> tuple[str, int]:
    """What the user is told after such a script, and how often the server was asked."""
    with ScriptedServer(*script) as server:
        return failure(model_at(server, **settings)), len(server.asked)


def test_an_answer_comes_in_pieces_as_the_server_sends_them() -> None:
    with ScriptedServer(Says(SENTENCE, pieces=4)) as server:
        pieces = list(model_at(server).stream("Be brief.", "Since when?"))
    assert len(pieces) == 4
    assert "".join(pieces) == SENTENCE


def test_the_first_piece_is_there_before_the_last_is_sent() -> None:
    with ScriptedServer(Says(pieces=["One", " two", " three"], delay_s=0.3)) as server:
        pieces = model_at(server).stream("", "Count.")
        started = time.monotonic()
        assert next(pieces) == "One"
        first = time.monotonic() - started
        assert "".join(pieces) == " two three"
        assert time.monotonic() - started - first > 0.45


def test_the_server_gets_the_messages_and_the_settings() -> None:
    with ScriptedServer(Says()) as server:
        answer(model_at(server, max_tokens=77, temperature=0.5, api_key=KEY))
    [asked] = server.asked
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Since when is the lamp automatic?"},
    ]
    assert (asked["model"], asked["stream"]) == ("scripted", True)
    assert (asked["max_tokens"], asked["temperature"]) == (77, 0.5)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_key_that_is_meant_for_openai_goes_to_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ScriptedServer(Says()) as server:
        answer(model_at(server))
    assert KEY not in str(server.headers)


def test_a_provider_with_an_address_is_asked_there() -> None:
    with ScriptedServer(Says(SENTENCE)) as server:
        assert answer(model_at(server, model="openai:gpt-x", api_key=KEY)) == SENTENCE
    assert server.asked[0]["model"] == "gpt-x"


def test_where_no_model_is_named_the_servers_first_is_taken() -> None:
    with ScriptedServer(Says(SENTENCE), Says(), models=["small:3b", "large"]) as server:
        model = model_at(server, model="", api_key=KEY)
        assert answer(model) == SENTENCE
        answer(model)
        assert model.name == f"small:3b at {server.url}"
    assert [asked["model"] for asked in server.asked] == ["small:3b", "small:3b"]
    assert len(server.headers) == 3  # the list was asked for once
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_a_server_without_models_is_said_to_have_none() -> None:
    with (
        ScriptedServer(models=[]) as server,
        pytest.raises(LanguageModelError, match=r"http://127.*has no language model"),
    ):
        model_at(server, model="").load()


def test_loading_asks_nothing_where_a_model_is_named() -> None:
    with ScriptedServer() as server:
        model_at(server).load()
    assert server.headers == []


def test_a_server_that_stalls_is_given_up_after_the_time_that_is_set() -> None:
    started = time.monotonic()
    told, asked = outcome(Stalls(), first_words_s=0.4)
    assert 0.4 <= time.monotonic() - started < 3
    assert "did not begin to answer within 0.4 s" in told
    assert asked == 1


def test_the_time_for_the_whole_answer_holds_for_the_first_words_too() -> None:
    told, _ = outcome(Stalls(), timeout_s=0.3)
    assert "did not begin to answer within 0.3 s" in told


def test_a_server_that_stalls_in_the_middle_is_given_up_after_the_time_that_is_set() -> None:
    told, asked = outcome(StallsAfter(2), timeout_s=0.8)
    assert "did not finish its answer within 0.8 s" in told
    assert asked == 1


def test_words_that_come_too_slowly_end_at_the_time_that_is_set() -> None:
    with ScriptedServer(Says(pieces=["word "] * 100, delay_s=0.1)) as server:
        told = failure(model_at(server, timeout_s=0.8))
        assert server.hung_up.wait(5)  # nor does the server go on for nobody
    assert "did not finish" in told


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_status_that_may_pass_is_tried_again(status: int) -> None:
    with ScriptedServer(Status(status), Status(status), Says(SENTENCE)) as server:
        assert answer(model_at(server)) == SENTENCE
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, "did not accept"),
        (401, "ARTICLE_QA_LLM_KEY"),
        (403, "ARTICLE_QA_LLM_KEY"),
        (404, "Check its name and the address"),
        (422, "did not accept"),
    ],
)
def test_a_status_that_stays_is_told_at_once(status: int, told: str) -> None:
    text, asked = outcome(Status(status, text=f"wrong key {KEY}"), api_key=KEY)
    assert told in text
    assert str(status) in text
    assert asked == 1


@pytest.mark.parametrize(("status", "told"), [(429, "Try again later"), (500, "see what the server reports")])
def test_after_the_retries_that_are_set_the_error_is_told(status: int, told: str) -> None:
    text, asked = outcome(*[Status(status, text=f"no luck with {KEY}")] * 9, api_key=KEY, retries=3)
    assert told in text
    assert "no luck with (key)" in text
    assert asked == 4


def test_without_retries_there_is_one_attempt() -> None:
    assert outcome(Status(500), retries=0)[1] == 1


def test_the_time_that_a_server_asks_for_is_waited() -> None:
    started = time.monotonic()
    with ScriptedServer(Status(429, {"Retry-After": "0.5"}), Says(SENTENCE)) as server:
        assert answer(model_at(server)) == SENTENCE
    assert time.monotonic() - started > 0.5


def test_a_server_that_asks_for_more_time_than_there_is_is_given_up_at_once() -> None:
    started = time.monotonic()
    told, asked = outcome(Status(429, {"Retry-After": "60"}), Says())
    assert time.monotonic() - started < 5
    assert "429" in told
    assert asked == 1


def test_a_stall_after_a_failure_tells_both() -> None:
    told, asked = outcome(Status(503), Stalls(), first_words_s=1)
    assert "did not begin" in told
    assert "The attempt before: Error code: 503" in told
    assert asked == 2


class Streaming(BaseChatModel):
    """A model that can do nothing but stream."""

    @property
    def _llm_type(self) -> str:
        return "streaming"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError


class Refused(Streaming):
    """Nobody is there at the first attempt, and the second does not come to an end."""

    gone: threading.Event
    asked: list[None]

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        self.asked.append(None)
        if len(self.asked) == 1:
            raise ConnectionError("Connection refused")
        self.gone.wait(5)
        yield ChatGenerationChunk(message=AIMessageChunk(content="Late."))


def test_where_nobody_was_reached_that_is_told_and_not_the_time_that_ran_out() -> None:
    """As on a busy machine, where an attempt that will be refused takes a second."""
    model = Refused(gone=threading.Event(), asked=[])
    told = failure(LanguageModel(GenerationSettings(model="mine", timeout_s=0.3), model))
    model.gone.set()
    assert "cannot be reached" in told
    assert "did not begin" not in told


@pytest.mark.parametrize("broken", [BrokenJson(), Page(), BreaksOff(0), BreaksOff(0, politely=True)])
def test_an_answer_that_cannot_be_read_is_asked_for_again(broken: Behaviour) -> None:
    with ScriptedServer(broken, Says(SENTENCE)) as server:
        assert answer(model_at(server)) == SENTENCE
    assert len(server.asked) == 2


@pytest.mark.parametrize("broken", [BrokenJson(), Page(), BreaksOff(0, politely=True)])
def test_answers_that_can_never_be_read_are_told(broken: Behaviour) -> None:
    told, asked = outcome(*[broken] * 5, retries=1)
    assert "cannot be read" in told
    assert asked == 2


@pytest.mark.parametrize("broken", [BreaksOff(2), BreaksOff(2, politely=True), BrokenJson(2)])
def test_a_break_after_the_first_words_is_told_and_not_tried_again(broken: Behaviour) -> None:
    with ScriptedServer(broken, Says()) as server:
        pieces = model_at(server).stream("", "Hello?")
        assert [next(pieces), next(pieces)] == ["word ", "word "]
        with pytest.raises(LanguageModelError, match="broke off"):
            next(pieces)
    assert len(server.asked) == 1


@pytest.mark.parametrize("silent", [Empty(), Says("  \n ", pieces=2), Says("<think>Hm.</think>\n")])
def test_an_empty_answer_is_an_error(silent: Behaviour) -> None:
    told, asked = outcome(silent, Says())
    assert "empty answer" in told
    assert asked == 1


def test_a_model_that_thinks_until_its_tokens_are_used_up_is_told_so() -> None:
    told, _ = outcome(Says("<think>Hm, well, on the other hand", reason="length"), max_tokens=9)
    assert "said nothing within its 9 tokens" in told


def test_a_server_that_is_not_there_is_tried_again_and_then_told() -> None:
    with ScriptedServer() as server:
        model = model_at(server, retries=1)
    assert "cannot be reached" in failure(model)
    unnamed = LanguageModel(GenerationSettings(base_url=server.url, timeout_s=5))
    assert "cannot be reached" in failure(unnamed)


def test_an_address_where_something_else_answers_is_told() -> None:
    with ScriptedServer(Says()) as server:
        told = failure(LanguageModel(GenerationSettings(model="scripted", base_url=server.url.removesuffix("/v1"))))
    assert "often ends in /v1" in told
    assert server.asked == []


def test_stop_ends_a_stalled_answer_without_an_error() -> None:
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    with ScriptedServer(Stalls()) as server:
        started = time.monotonic()
        assert list(model_at(server).stream("", "Hello?", stop)) == []
        assert time.monotonic() - started < 2
    timer.join()


def test_stop_ends_an_answer_between_pieces_and_at_the_server() -> None:
    stop = threading.Event()
    with ScriptedServer(Says(pieces=["word "] * 200, delay_s=0.05)) as server:
        pieces = []
        for piece in model_at(server).stream("", "Hello?", stop):
            pieces.append(piece)
            if len(pieces) == 3:
                stop.set()
        assert len(pieces) == 3
        assert server.hung_up.wait(5)


def test_closing_the_stream_ends_the_answer_at_the_server() -> None:
    with ScriptedServer(Says(pieces=["word "] * 200, delay_s=0.05)) as server:
        pieces = model_at(server).stream("", "Hello?")
        next(pieces)
        pieces.close()
        assert server.hung_up.wait(5)


def test_stop_ends_the_wait_between_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.writing.language_model, "_FIRST_WAIT_S", 5)
    stop = threading.Event()
    with ScriptedServer(Status(503), Says()) as server:

        def stop_after_the_first_attempt() -> None:
            while not server.asked:
                time.sleep(0.01)
            stop.wait(0.3)  # until it waits
            stop.set()

        stopping = threading.Thread(target=stop_after_the_first_attempt)
        stopping.start()
        assert list(model_at(server).stream("", "Hello?", stop)) == []
        stopping.join()
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "pieces",
    [
        ["<think>Hm. 1987?</think>", "\n\nSince ", "1987."],
        ["<th", "ink>Hm", ". 19", "87?</thi", "nk>\n", "\nSince 1987."],
        list("<think>Hm. <b>1987</b>? </thin</think> Since 1987."),
        ["Since <think>a</think>19<think>b</think>87", "."],
        ["Since 1987.<think>Was that right?"],
    ],
)
def test_thoughts_are_left_out_wherever_the_pieces_are_cut(pieces: list[str]) -> None:
    with ScriptedServer(Says(pieces=pieces)) as server:
        assert answer(model_at(server)) == "Since 1987."


@pytest.mark.parametrize("text", ["a < b", "1 <", "x<t", "if <thin", "</think>"])
def test_what_only_looks_like_a_thought_is_kept(text: str) -> None:
    with ScriptedServer(Says(pieces=list(text))) as server:
        assert answer(model_at(server)) == text


def test_nothing_is_tried_again_while_thoughts_are_all_there_is_but_a_break_in_them() -> None:
    with ScriptedServer(Says(pieces=["<think>Hm"], reason=""), Says(SENTENCE)) as server:
        assert answer(model_at(server)) == SENTENCE
    assert len(server.asked) == 2


class Blocks(Streaming):
    """Streams lists of blocks, as some providers do."""

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for content in (
            [{"type": "thinking", "thinking": "Hm.", "index": 0}],
            [{"type": "text", "text": "Since ", "index": 1}, {"type": "text", "text": "19", "index": 1}],
            [{"type": "text", "text": "87.", "index": 1}],
        ):
            yield ChatGenerationChunk(message=AIMessageChunk(content=content))


def test_content_in_blocks_is_joined_without_what_was_thought() -> None:
    assert answer(LanguageModel(GenerationSettings(model="blocks"), Blocks())) == "Since 1987."


def test_any_chat_model_of_a_caller_is_asked() -> None:
    model = LanguageModel(GenerationSettings(model="mine"), GenericFakeChatModel(messages=iter([AIMessage(SENTENCE)])))
    assert answer(model) == SENTENCE
    assert model.name == "mine"


def test_an_error_of_a_callers_model_is_told_and_not_tried_again() -> None:
    class Fails(Blocks):
        def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
            raise RuntimeError("out of memory")

    assert "failed (out of memory)" in failure(LanguageModel(GenerationSettings(model="mine"), Fails()))


@pytest.mark.parametrize(
    ("module", "settings", "extra"),
    [
        ("langchain_openai", {"model": "m", "base_url": "http://127.0.0.1:9/v1"}, "openai"),
        ("langchain_openai", {"model": "openai:gpt-x"}, "openai"),
        ("langchain_ollama", {"model": "ollama:llama3.2"}, "ollama"),
        ("langchain_anthropic", {"model": "anthropic:claude-x"}, "anthropic"),
        ("langchain_huggingface", {"model": "."}, "huggingface"),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, module: str, settings: dict[str, str], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(LanguageModelError, match=f"pip install langchain-{extra}"):
        LanguageModel(GenerationSettings(**settings)).load()


@pytest.mark.parametrize("model", ["gibberish", "./not/there", "/not/there", "openai:gpt-x"])
def test_a_model_that_cannot_be_loaded_is_named(model: str) -> None:
    with pytest.raises(LanguageModelError, match=model):
        LanguageModel(GenerationSettings(model=model)).load()


def test_what_is_made_loads_nothing_and_shows_no_key() -> None:
    settings = GenerationSettings(model="openai:gpt-x", api_key=SecretStr(KEY))
    model = LanguageModel(settings)
    model.load()
    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json() + repr(model) + repr(vars(model))


def test_importing_the_module_loads_no_provider() -> None:
    heavy = ("langchain_core", "langchain", "openai", "langchain_openai", "transformers", "torch", "tenacity")
    code = f"import qa.writing.language_model, sys; print(*set({heavy!r}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_without_a_name_and_an_address_there_is_no_language_model() -> None:
    assert generation_settings() is None
    assert generation_settings(timeout_s=5) is None


def test_the_environment_names_the_model_and_a_flag_comes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_LLM", " ollama:llama3.2 ")
    monkeypatch.setenv("ARTICLE_QA_LLM_URL", "http://127.0.0.1:8000/v1/")
    monkeypatch.setenv("ARTICLE_QA_LLM_KEY", KEY)
    settings = generation_settings()
    assert settings == GenerationSettings(
        model="ollama:llama3.2", base_url="http://127.0.0.1:8000/v1", api_key=SecretStr(KEY)
    )
    assert KEY not in repr(settings)
    flags = generation_settings("other", "https://example.org/v1", timeout_s=7)
    assert flags is not None
    assert (flags.model, flags.base_url, flags.timeout_s) == ("other", "https://example.org/v1", 7)


def test_an_address_is_enough() -> None:
    settings = generation_settings(base_url="http://127.0.0.1:8000/v1")
    assert settings is not None
    assert settings.model == ""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"base_url": "127.0.0.1:8000"}, "--llm-url: it must begin with http"),
        ({"base_url": "http://[bad"}, "--llm-url"),
        ({"base_url": f"http://user:{KEY}@example.org/v1"}, "ARTICLE_QA_LLM_KEY"),
        ({"base_url": f"http://example.org/v1?key={KEY}"}, "ARTICLE_QA_LLM_KEY"),
        ({"model": "m", "timeout_s": 0}, "--llm-timeout: Input should be greater than 0"),
        ({"model": "m", "timeout_s": float("nan")}, "--llm-timeout"),
        ({"model": "m" * 2000}, "--llm: String should have at most"),
    ],
)
def test_settings_that_cannot_be_are_told_in_one_line(given: dict[str, Any], told: str) -> None:
    with pytest.raises(LanguageModelError) as caught:
        generation_settings(**given)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_settings_that_are_unknown_or_name_nothing_are_refused() -> None:
    with pytest.raises(ValidationError):
        GenerationSettings()
    with pytest.raises(ValidationError):
        GenerationSettings(model="m", surprise=1)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of a few thousand random weights, with a token for each byte and a chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    tokens = ["<s>", "</s>", "<pad>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE(vocab={token: at for at, token in enumerate(tokens)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    fast.chat_template = (
        "<s>{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_model_in_a_folder_answers_and_contacts_nobody(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("somebody was contacted")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    model = LanguageModel(GenerationSettings(model=str(tiny), max_tokens=20))
    assert answer(model)
    assert answer(model) == answer(model)
    assert model.name == str(tiny)
    warm = LanguageModel(GenerationSettings(model=str(tiny), max_tokens=20, temperature=2))
    assert answer(warm) != answer(warm)


def test_a_model_in_a_folder_stops_when_nobody_listens(tiny: Path) -> None:
    import torch

    model = LanguageModel(GenerationSettings(model=str(tiny), max_tokens=100_000, temperature=2))
    torch.manual_seed(1)  # it may also have nothing to say
    pieces = model.stream("Be brief.", "Since when is the lamp automatic?")
    next(pieces)
    pieces.close()
    # quick_and_alone finds no thread that goes on


@pytest.mark.soak
def test_a_program_may_end_while_a_model_in_a_folder_speaks(tiny: Path) -> None:
    code = (
        "from qa.writing.language_model import LanguageModel; from qa.settings import GenerationSettings\n"
        f"settings = GenerationSettings(model={str(tiny)!r}, max_tokens=100_000, temperature=2)\n"
        "import torch; torch.manual_seed(1)\n"
        "pieces = LanguageModel(settings).stream('', 'Hello?'); next(pieces); print('begun')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.returncode) == ("begun", 0), done.stderr


def test_what_goes_wrong_in_a_model_in_a_folder_is_told(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import LlamaForCausalLM

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    model = LanguageModel(GenerationSettings(model=str(tiny)))
    model.load()
    monkeypatch.setattr(LlamaForCausalLM, "forward", fail)
    assert "failed (out of memory)" in failure(model)


def test_a_folder_without_a_chat_template_or_without_a_model_is_told(tiny: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(LanguageModelError, match="cannot be loaded"):
        LanguageModel(GenerationSettings(model=str(empty))).load()
    bare = tmp_path / "bare"
    bare.mkdir()
    for file in tiny.iterdir():
        if file.name != "chat_template.jinja":
            (bare / file.name).write_bytes(file.read_bytes())
    with pytest.raises(LanguageModelError, match="no chat template"):
        LanguageModel(GenerationSettings(model=str(bare))).load()


@pytest.fixture
def served(tiny: Path, tmp_path: Path) -> Iterator[str]:
    """The address at which the server of transformers serves the tiny model."""
    for needed in ("accelerate", "fastapi", "uvicorn"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"the server of transformers needs {needed}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Path(sys.executable).with_name("transformers")
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HOME": str(tmp_path / "home")}
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [command, "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu", tiny],
            env={**os.environ, **offline},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            until = time.monotonic() + 60
            while not is_up(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError):
        return False


@pytest.mark.soak
def test_the_server_of_transformers_answers_as_the_model_in_the_folder_does(served: str, tiny: Path) -> None:
    settings = GenerationSettings(model=str(tiny), base_url=served, max_tokens=20, timeout_s=30)
    text = answer(LanguageModel(settings))
    assert text
    assert text == answer(LanguageModel(GenerationSettings(model=str(tiny), max_tokens=20)))
