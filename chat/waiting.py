"""The questions that wait: Gradio's own queue, in which everybody's first question goes before anybody's second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gradio.queueing import Event, Queue
from gradio.server_messages import EstimationMessage, EventMessage, ProcessGeneratingMessage

from chat.firewall import VISITOR_COOKIE
from chat.settings import MAX_WAITING, too_many

if TYPE_CHECKING:
    import gradio as gr

ASKING = "ask"  # Gradio's name for what is answered by the same few workers
QUESTIONS_AT_ONCE = 4  # that are answered; more wait, and are told how many are before them
TOLD_EVERY_S = 0.5  # where they stand


def fair_place(waiting: Sequence[str], person: str) -> int:
    """Where in a queue of people, first first, the next question of one of them goes.

    Somebody's n-th goes behind everybody's n-th that is there, and before everybody's next.

    >>> fair_place(["ann", "ann", "ann"], "ben"), fair_place(["ann", "ben", "ann"], "ben")
    (1, 3)
    """
    mine = waiting.count(person) + 1
    seen: Counter[str] = Counter()
    for place, each in enumerate(waiting):
        seen[each] += 1
        if seen[each] > mine:
            return place
    return len(waiting)


def wait_in_turn(blocks: gr.Blocks) -> None:
    """Give the page its queue; how many may wait in it at most is set anew where it is served."""
    blocks.queue()  # which makes what else belongs to one
    blocks._queue = FairQueue(
        live_updates=False, concurrency_count=blocks.max_threads, update_intervals=TOLD_EVERY_S,
        max_size=MAX_WAITING, blocks=blocks, default_concurrency_limit=1,
    )  # fmt: skip


class FairQueue(Queue):  # type: ignore[misc]
    """Gradio's queue with fair turns, a refusal that says what to do, and the place also for programs.

    The rest is Gradio's: how many are answered at once, telling the page, and dropping the questions of a page that was
    closed or that asks something else.
    """

    async def push(self, body: Any, request: Any, username: str | None) -> tuple[bool, Any, Any]:
        """Let a question wait in its fair place; refused where as many wait as may."""
        if self.max_size is not None and len(self) >= self.max_size:
            return False, too_many(len(self)), "queue_full"
        pushed: tuple[bool, Any, Any] = await super().push(body, request, username)
        waiting = self.event_queue_per_concurrency_id.get(ASKING)
        # Nothing is awaited from where Gradio puts it at the end until here, so no worker has taken it meanwhile.
        if waiting is not None and waiting.queue and waiting.queue[-1]._id == pushed[1]:
            last = waiting.queue.pop()
            people = [_person(event) for event in waiting.queue]
            place = fair_place(people, _person(last))
            waiting.queue.insert(place, last)
            if place < len(people):  # the places of those behind it are others now
                self.broadcast_estimations(ASKING, place)
        return pushed

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Tell a page or a program what has happened to its question.

        Of a program's call, /call/ask, Gradio sends nothing before it is done; here it sends where it stands, if it has
        to wait at all.
        """
        if isinstance(event_message, EstimationMessage) and event.data is not None and event.data.simple_format:
            workers = self.event_queue_per_concurrency_id[event.concurrency_id]
            if workers.concurrency_limit is None or workers.current_concurrency < workers.concurrency_limit:
                return
            place = {"waiting": {"place": (event_message.rank or 0) + 1, "of": event_message.queue_size}}
            event_message = ProcessGeneratingMessage(output={"data": [place]}, success=True)
        super().send_message(event, event_message)


def _person(event: Event) -> str:
    """Who asks: the name that is logged in, else the browser's cookie, else the address."""
    request = event.request
    address = request.client.host if request.client else ""
    return str(event.username or request.cookies.get(VISITOR_COOKIE) or address)
