"""A visitor without a browser: speaks Streamlit's WebSocket protocol, and does what its front end would do.

It keeps the state of the widgets, what is on the page, and runs fragments again as often as they ask for it.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 120.0
"""Seconds after which an answer counts as an error."""
BUSY = (ForwardMsg.FINISHED_EARLY_FOR_RERUN, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
"""Ends of script runs that are not the end of a whole page."""


class Failed(Exception):
    """The page showed an exception, gave no answer in time, or the connection was lost."""


class Visitor:
    """A visitor with one tab, made by `open_tab`."""

    def __init__(self, connection: ClientConnection):
        self._connection = connection
        self._widgets: dict[str, WidgetState] = {}
        self._page: dict[tuple[int, ...], Delta] = {}
        self._hashes: dict[str, str] = {}
        self._here, self._query = "", ""
        self._ticks: dict[str, asyncio.Task] = {}
        self._finished: asyncio.Queue[int] = asyncio.Queue()

    async def visit(self, page: str = "", query: str = "") -> float:
        """Open a page by its path: seconds until it is whole. Raises Failed."""
        self._widgets.clear()
        self._query, self._here = query, self._hashes.get(page, "")
        return await self._run(page_name="" if self._here else page)

    async def enter(self, key: str, **value: str | int | float | bool) -> float:
        """Set a widget, or click a button (`trigger_value=True`): seconds until the page is whole. Raises Failed."""
        name = self._find(key)
        if "trigger_value" in value:
            return await self._run([WidgetState(id=name, **value)])
        self._widgets[name] = WidgetState(id=name, **value)
        return await self._run()

    @property
    def text(self) -> str:
        """Return all text on the page, as the protocol has it."""
        return "\n".join(str(delta) for delta in self._page.values())

    def elements(self, kind: str) -> int:
        """Count the elements of a kind."""
        return sum(delta.new_element.WhichOneof("type") == kind for delta in self._page.values())

    def labels(self) -> list[str]:
        """The words that the page shows letter by letter."""
        sent = [delta.new_element.bidi_component.json for delta in self._page.values()]
        bodies = [json.loads(data).get("html", "") for data in sent if data]
        return [label for body in bodies for label in re.findall(r'role="group" aria-label="([^"]+)" data-name', body)]

    def _find(self, key: str) -> str:
        for delta in self._page.values():
            element = delta.new_element
            if kind := element.WhichOneof("type"):
                name = getattr(getattr(element, kind), "id", "")
                if name.endswith(f"-{key}"):
                    return name
        raise Failed(f"There is no widget “{key}” on the page.")

    async def _run(self, clicked: list[WidgetState] | None = None, page_name: str = "") -> float:
        while not self._finished.empty():
            self._finished.get_nowait()
        began = time.perf_counter()
        await self._send(clicked or [], page_name=page_name)
        try:
            end = await asyncio.wait_for(self._finished.get(), PATIENCE)
        except TimeoutError:
            raise Failed(f"No answer within {PATIENCE:.0f} s.") from None
        if end != ForwardMsg.FINISHED_SUCCESSFULLY or self.elements("exception"):
            raise Failed("The page showed an exception.")
        return time.perf_counter() - began

    async def _send(self, clicked: list[WidgetState], page_name: str = "", fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.page_name = self._query, self._here, page_name
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.context_info.timezone, state.context_info.locale = "UTC", "en"
        state.widget_states.widgets.extend([*self._widgets.values(), *clicked])
        try:
            await self._connection.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise Failed("The connection was lost.") from error

    async def listen(self) -> None:
        """Take in what the server says, until it hangs up."""
        async for data in self._connection:
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "new_session":
                    if not message.metadata.run.fragment_ids:
                        self._page.clear()
                        self._stop_ticks(list(self._ticks))
                case "delta":
                    self._page[tuple(message.metadata.delta_path)] = message.delta
                case "navigation":
                    self._here = message.navigation.page_script_hash
                    self._hashes = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
                case "page_info_changed":
                    self._query = message.page_info_changed.query_string
                case "auto_rerun":
                    tick = message.auto_rerun
                    self._stop_ticks([tick.fragment_id])
                    self._ticks[tick.fragment_id] = asyncio.create_task(self._tick(tick.fragment_id, tick.interval))
                case "stop_auto_rerun":
                    self._stop_ticks(list(message.stop_auto_rerun.fragment_ids))
                case "script_finished" if message.script_finished not in BUSY:
                    self._finished.put_nowait(message.script_finished)
        self._finished.put_nowait(-1)

    async def _tick(self, fragment: str, interval: float) -> None:
        with suppress(Failed):  # the next thing that the visitor does tells
            while True:
                await asyncio.sleep(interval)
                await self._send([], fragment=fragment)

    def _stop_ticks(self, fragments: list[str]) -> None:
        for fragment in fragments:
            if task := self._ticks.pop(fragment, None):
                task.cancel()


@asynccontextmanager
async def open_tab(address: str, cookie: str = "") -> AsyncIterator[Visitor]:
    """A visitor of the app at this address, who has not opened a page yet."""
    headers = {"Cookie": cookie} if cookie else {}
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    settings = {"origin": address, "additional_headers": headers, "max_size": None, "open_timeout": PATIENCE}
    async with connect(url, subprotocols=["streamlit"], **settings) as connection:
        visitor = Visitor(connection)
        listening = asyncio.create_task(visitor.listen())
        try:
            yield visitor
        finally:
            visitor._stop_ticks(list(visitor._ticks))
            await connection.close()
            with suppress(ConnectionClosed):
                await listening
