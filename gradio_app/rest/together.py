"""Read together what comes together."""

import asyncio
from collections.abc import Callable, Sequence

from gradio_app.service import Reading

# A picture's file, and the session that it comes from.
Asked = tuple[bytes, str | None]
Found = Reading | Exception


class Together:
    """Read all pictures that come in one turn of the event loop at once.

    A network's weights and Python's own code push each other out of the processor's
    cache; pictures that are read together pay for that once.

    Args:
        read: gives for each picture its reading, or why it has none.
    """

    def __init__(self, read: Callable[[Sequence[Asked]], Sequence[Found]]):
        self._read = read
        self._waiting: list[tuple[Asked, asyncio.Future[Reading]]] = []

    async def read(self, body: bytes, session: str | None) -> Reading:
        """Read a picture, in the next turn of the event loop.

        Raises:
            ImageError: when the file cannot be opened.
            NotReadyError: when there is no release.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._answer)
        turn: asyncio.Future[Reading] = loop.create_future()
        self._waiting.append(((body, session), turn))
        return await turn

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        answers = self._read_all([asked for asked, _ in waiting])
        for (_, turn), found in zip(waiting, answers, strict=True):
            if turn.done():
                continue
            if isinstance(found, Exception):
                turn.set_exception(found)
            else:
                turn.set_result(found)

    def _read_all(self, asked: Sequence[Asked]) -> Sequence[Found]:
        try:
            return self._read(asked)
        except Exception as error:
            if len(asked) == 1:
                return [error]
            # What breaks one answer breaks no other.
            return [found for one in asked for found in self._read_all([one])]
