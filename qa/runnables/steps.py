"""Steps of the chain as LangChain Runnables, with names that callbacks and tracing see.

What a step does is a plain function from a list to a list of the same length; `ArticleQA` names them in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableSequence, RunnableSerializable

from qa.runnables.direct import Function, last_of


class Step(Runnable[Any, Any]):
    """One step of the chain: a function over a batch, as a Runnable with a name.

    The function gives as many outputs as it gets inputs, in order; an exception among them stands for the input that
    failed, alone.
    """

    def __init__(self, name: str, function: Function) -> None:
        """Name the step."""
        self.name = name
        self._function = function

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Run it for one input."""
        return self.batch([input], config, **kwargs)[0]

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any | None,
    ) -> list[Any]:
        """Run it for several inputs at once."""
        return self._batch_with_config(self._function, inputs, config, return_exceptions=return_exceptions, **kwargs)


class StreamingStep(Step):
    """A step whose outputs grow: invoked it gives the last one, streamed all of them."""

    def __init__(self, name: str, stream: Callable[[Any], Iterator[Any]]) -> None:
        """Name the step; `stream` gives the outputs for one input, at least one, the last of them whole."""
        super().__init__(name, lambda inputs: [last_of(stream(each)) for each in inputs])
        self._outputs = stream

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """All outputs for one input."""
        yield from self._transform_stream_with_config(
            iter([input]), lambda inputs: (output for each in inputs for output in self._outputs(each)), config
        )

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Iterator[Any]:
        """The same as the step behind others in a chain, whose own output comes in one piece."""
        for each in input:
            yield from self.stream(each, config, **kwargs)


def sequence(
    steps: Mapping[str, Function], last: Callable[[Any], Iterator[Any]] | None = None
) -> RunnableSerializable[Any, Any]:
    """The steps by their names one after the other, as one Runnable named "article_qa"; `last` is "language_model"."""
    made = [Step(name, function) for name, function in steps.items()]
    if last is not None:
        made.append(StreamingStep("language_model", last))
    return RunnableSequence(*made, name="article_qa")
