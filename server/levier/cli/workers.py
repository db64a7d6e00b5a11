"""The processes of `levier serve` that speak HTTP, as gunicorn has them: lanes, and behind them the fronts."""

import errno
import os
import socket
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gevent import monkey
from gevent import socket as cooperative
from gevent.server import StreamServer
from gunicorn import util
from gunicorn.http.errors import LimitRequestLine, ParseException
from gunicorn.workers import base
from gunicorn.workers.ggevent import GeventWorker

from levier.cli.lane import Duties, Lane
from levier.cli.passing import Passed, receive
from levier.cli.plain import Plain
from levier.querying import Here, Stores, Watch
from levier.web import Problem, on_the_wire
from levier.web.client import SOCKET, Client
from levier.web.metrics import name_figures

if TYPE_CHECKING:
    from levier.cli.fronts import Server

LONGEST_ADDRESS: Final = 8190
"""Bytes of a request line; gunicorn takes no more."""
_GONE: Final = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}


def make(age: int, parent: int, listeners: Any, server: "Server", *others: Any) -> base.Worker:  # noqa: ANN401  # gunicorn's own
    """Make the next process, before it is forked: a lane as long as there are fewer than there should be."""
    kind = LaneWorker if server.free_lanes else FrontWorker
    return kind(age, parent, listeners, server, *others)


class LaneWorker(base.Worker):  # type: ignore[misc]  # gunicorn ships no types
    """A process that takes connections and answers plain queries itself."""

    def __init__(self, age: int, parent: int, listeners: Any, server: "Server", *others: Any) -> None:  # noqa: ANN401  # gunicorn's own
        """Make it, by the name of one that there is not."""
        super().__init__(age, parent, listeners, server, *others)
        self.number = server.free_lanes.pop()
        self.name = f"lane{self.number}"

    def load_wsgi(self) -> None:
        """Make what answers, in the process that it answers for."""
        name_figures(self.name)
        server: Server = self.app
        assert server.passing is not None  # noqa: S101  # there are lanes only where there is a way from them
        listener = self.sockets[self.number]
        watch = Watch()
        here = Here(server.places, watch, Stores(server.settings.memory_bytes))
        app, express = server.alone(here)
        plain = Plain(self.cfg, app, listener.sock.getsockname(), server.patience, express)
        duties = Duties(
            alive=lambda: self.alive and self.ppid == os.getppid(),
            notify=self.tmp.notify,
            tell=app.tell,
            tired=lambda: here.tired,
            signals=self.PIPE[0],
            kept_open=server.patience.head,
        )
        self._lane = Lane(self.number, listener.sock, plain, watch, server.passing, duties)

    def run(self) -> None:
        """Answer until it is to end."""
        self._lane.run()


class _Address(NamedTuple):
    """Stands for a socket that is not listened on here."""

    name: Any

    def getsockname(self) -> Any:  # noqa: ANN401  # what a socket gives
        """Give the address that others listen on."""
        return self.name


class FrontWorker(GeventWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A process that answers anything, to many clients at a time, and leaves the work to engines.

    A request that cannot be read is told like any other problem.
    """

    def patch(self) -> None:
        """Make waiting cooperative; a front uses no TLS itself, and what does has imported it already."""
        monkey.patch_all(ssl=False)
        listener = self.sockets[0]
        self._address = _Address(listener.sock.getsockname())
        passing = self.app.passing
        if passing is None:
            taken = listener.sock.detach()
        else:  # the lanes take the connections
            for one in self.sockets:
                one.close()
            taken = os.dup(passing.fronts.fileno())
            self.server_class = _Receiver
            self.wsgi_handler = self._answer
        self.sockets: list[Any] = [cooperative.socket(fileno=taken)]

    def load_wsgi(self) -> None:
        """Make what answers, in the process that it answers for."""
        super().load_wsgi()
        self._plain = Plain(self.cfg, self.wsgi, self._address.name, self.app.patience)

    def handle(self, _listener: Any, client: Any, addr: Any) -> None:  # noqa: ANN401  # gunicorn's own
        """Answer the requests of a connection that a client made."""
        self._answer(client, Passed(addr))

    def _answer(self, client: Any, passed: Passed) -> None:  # noqa: ANN401  # a socket
        """Answer a request; what follows a plain one is for a lane, and without one answered here."""
        try:
            client.setblocking(True)
            more = self._plain.answer(client, passed.address, last=not self.alive, known=passed.known())
            while more and not self._give_back(client, passed.address):
                more = self._plain.answer(client, passed.address, last=not self.alive)
            if more is None:
                super().handle(self._address, client, passed.address)
        except OSError as error:
            if error.errno not in _GONE:
                self.log.exception("Socket error processing request.")
        except Exception:
            self.log.exception("Error handling request")
            Client({SOCKET: client}).broken("a fault of ours")
        finally:
            util.close(client)

    def _give_back(self, client: Any, address: Any) -> bool:  # noqa: ANN401  # a socket and its address
        passing = self.app.passing
        return self.alive and passing is not None and passing.to_a_lane(client, Passed(address))

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:  # noqa: ANN401  # gunicorn's own
        """Answer a request; a client that neither sends nor takes anything for long is left."""
        sock.settimeout(self.app.patience.body)
        try:
            return super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as error:
            raise Client({SOCKET: sock}).broken("the client took too long") from error

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ANN401  # gunicorn's own
        """Answer a request that could not be read."""
        if isinstance(exc, LimitRequestLine):
            detail = f"The address is longer than the {LONGEST_ADDRESS:,} bytes that this service takes."
            client.sendall(on_the_wire(Problem("address-too-long", detail, "Send the query by POST.")))
        elif isinstance(exc, ParseException):
            client.sendall(on_the_wire(Problem("bad-request", "The request is not HTTP as this service reads it.")))
        else:
            super().handle_error(req, client, addr, exc)


class _Receiver(StreamServer):
    """Takes the connections that lanes pass on, as another server takes those that clients make."""

    def __init__(self, end: Any, *, spawn: Any, handler_class: Any, **_: object) -> None:  # noqa: ANN401  # gunicorn's own
        """Make it as gunicorn makes a server of its own."""
        super().__init__(end, handle=handler_class, spawn=spawn)
        self.max_accept = 1
        end.setblocking(False)  # nothing can be waited for where it is read: in the loop itself

    def do_read(self) -> Any:  # noqa: ANN401  # what the handler is called with
        """Give the next connection; None where another front was quicker."""
        try:
            number, passed = receive(self.socket)
        except BlockingIOError:
            return None
        return cooperative.socket(fileno=number), passed
