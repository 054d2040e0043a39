"""A TCP relay on a thread of its own, whose connections can be cut: in front of the media server
it is the wire of its signalling."""

import asyncio
import socket
import struct
import threading


class Relay:
    def __init__(self, target_port):
        self.target_port = target_port
        self.port = None
        self.accepted = 0
        self._refusing = False
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def cut(self):
        """Every connection ends at once, without a goodbye; returns how many there were."""
        return asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result()

    def refuse(self, refusing):
        """While it refuses, new connections end at once, too."""
        self._refusing = refusing

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cut(self):
        for writer in self._writers:
            abort(writer)
        return len(self._writers) // 2

    async def _end(self):
        self._server.close()
        await self._cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=5)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=200))
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        if self._refusing:
            return abort(writer)
        self.accepted += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            return abort(writer)
        pair = {writer, far_writer}
        self._writers |= pair
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        self._writers -= pair


def abort(writer):
    """Ends a connection as a crashed host does: by a reset."""
    handle = writer.get_extra_info("socket")
    if handle is not None and handle.fileno() >= 0:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (OSError, ConnectionError):
        pass  # Cut, by us or by either end.
    finally:
        writer.close()
