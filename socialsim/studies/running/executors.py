"""Where the runs of a study are computed: in processes of this machine or by the workers of a Dask cluster.

Dask is used as a set of processes. Each call is bound to one idle worker and a worker has one call at a time; the
cluster's scheduler carries calls and answers, and does not distribute them. So

- what a run does to its process it does to itself alone: Dask blames a death on all tasks that wait at the worker;
- a call begins when it is submitted, so that it is known how long it takes;
- a worker that is gone ends its call at once, whatever the scheduler's ``allowed-failures`` says (by default Dask tries
  a task on four workers). What becomes of its runs the runner decides, as on processes of its own.

Workers may come and go while a study runs. Each must have one thread, a nanny (which replaces a worker that dies) and
the versions of this process, since others may give other bits: it is asked before it gets a call.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from typing import Any

from socialsim.core.errors import ParameterError, ResultError, unknown
from socialsim.core.extras import require
from socialsim.core.manifest import versions
from socialsim.studies.running.worker import Processes, Workers, limit_memory, refuse_memory_limit
from socialsim.studies.storage.identity import DECISIVE

KINDS = ("processes", "dask")
ANSWER_SECONDS = 10.0  # after which a scheduler is taken for absent
LOOK_SECONDS = 0.2  # between two looks at which workers there are


class WorkerLost(BrokenExecutor):
    """The worker of a call is gone."""


def make_executor(
    kind: str, num_processes: int, *, memory_limit: int | None = None, scheduler: str | None = None
) -> Workers:
    """Start or join what computes a study.

    Parameters
    ----------
    kind : {"processes", "dask"}
        Processes of this machine, or a Dask cluster: one of this machine, unless a scheduler is given.
    num_processes : int
        Processes at work, >= 1; a cluster that is joined has its own number.
    memory_limit : int, optional
        Bytes that a worker may take beside what it has when it starts; on Linux only.
    scheduler : str, optional
        Address of a running Dask scheduler, such as ``"tcp://10.0.0.1:8786"``.

    Raises
    ------
    ParameterError
        If an argument is not accepted, no scheduler answers, or its workers cannot compute this study.
    MissingExtraError
        If Dask is not installed.
    ResultError
        If a local cluster does not start.

    Examples
    --------
    >>> with make_executor("processes", 1) as workers:
    ...     workers.submit(divmod, 7, 2).result()
    (3, 1)
    >>> make_executor("proceses", 1)
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: unknown executor 'proceses'; did you mean 'processes'? Accepted: ...
    """
    if kind not in KINDS:
        raise ParameterError(unknown("executor", kind, KINDS))
    refuse_memory_limit(memory_limit)
    if kind == "dask":
        require("distributed", "dask")
        return _start(num_processes, memory_limit) if scheduler is None else _join(scheduler, memory_limit)
    if scheduler is not None:
        raise ParameterError(f"scheduler: {scheduler!r} is not accepted; accepted: with executor 'dask' only")
    return Processes(num_processes, memory_limit)


def _start(num_processes: int, memory_limit: int | None) -> Workers:
    """Return the workers of a new cluster on this machine."""
    distributed = require("distributed", "dask")
    try:
        cluster = distributed.LocalCluster(
            n_workers=num_processes,
            threads_per_worker=1,
            memory_limit=0,  # nothing is spilled to the disk
            dashboard_address="127.0.0.1:0",  # of a server that there always is
            scheduler_kwargs={"dashboard": False},
            preload=[__name__],
            silence_logs="CRITICAL",
        )
    except RuntimeError as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        hint = "a script that starts them needs `if __name__ == '__main__':`"
        raise ResultError(f"worker processes cannot start ({reason}); {hint}") from None
    return DaskWorkers(distributed.Client(cluster, set_as_default=False), memory_limit, cluster.close)


def _join(scheduler: str, memory_limit: int | None) -> Workers:
    """Return the workers of a running cluster."""
    distributed = require("distributed", "dask")
    refused = f"scheduler: {scheduler!r} is not accepted"
    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook has a loop at work in its own
            thread.submit(asyncio.run, _knock(scheduler)).result()
        client = distributed.Client(scheduler, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        reason = f"no Dask scheduler of this version answers there within {ANSWER_SECONDS:g} s ({type(error).__name__})"
        raise ParameterError(f"{refused}; {reason}; accepted: such as 'tcp://10.0.0.1:8786'") from None
    for address, answer in client.run(_faults, _needed(), on_error="return").items():
        if answer:
            client.close()
            raise ParameterError(f"{refused}; {_unfit(address, answer)}")
    return DaskWorkers(client, memory_limit)


async def _knock(scheduler: str) -> None:
    """Connect to a scheduler and leave; a client waits for ever where something else than a scheduler listens."""
    distributed = require("distributed", "dask")
    secrets = distributed.Security().get_connection_args("client")
    connection = distributed.comm.connect(scheduler, timeout=ANSWER_SECONDS, **secrets)
    comm = await asyncio.wait_for(connection, ANSWER_SECONDS)
    await comm.close()


class DaskWorkers(Workers):
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Closed with the executor.
    memory_limit : int, optional
        Bytes that a worker may take beside what it has at its first call.
    close : callable
        Ends the cluster, if it is ours.

    Examples
    --------
    >>> from distributed import Client
    >>> workers = DaskWorkers(Client("tcp://10.0.0.1:8786"))  # doctest: +SKIP
    """

    def __init__(self, client: Any, memory_limit: int | None = None, close: Callable[[], None] = lambda: None) -> None:
        self._client, self._memory_limit, self._close = client, memory_limit, close
        self._calls = client.get_executor(pure=False)
        self._lock = threading.Lock()
        self._busy: dict[Future[Any], tuple[str, Future[Any]]] = {}
        self._asking = ThreadPoolExecutor(4)
        self._asked: dict[str, Future[Any]] = {}  # by address: what `_faults` says of the worker
        self._addresses: set[str] = set()
        self._looked = -math.inf

    @property
    def num_tasks(self) -> int:
        """The number of workers that there are now; calls whose worker is gone end."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._look()
            self._looked = time.monotonic()
        return len(self._addresses)

    def _look(self) -> None:
        """Take note of which workers there are, and ask those that are new."""
        try:
            present = set(self._client.nthreads())
        except (OSError, ValueError, AttributeError) as error:  # a closed client, too
            raise ResultError(f"the Dask scheduler is gone ({type(error).__name__}); run the study again") from None
        with self._lock:
            gone = [future for future, (address, _) in self._busy.items() if address not in present]
            lost = [(future, *self._busy.pop(future)) for future in gone]
        for future, address, call in lost:
            call.cancel()
            future.set_exception(WorkerLost(f"the worker {address} is gone"))
        self._asked = {address: self._asked.get(address) or self._ask(address) for address in present}
        self._addresses = {address for address in present if self._is_fit(address)}

    def _ask(self, address: str) -> Future[Any]:
        """Ask a worker whether it is fit, beside the study's work: it may have to load socialsim first."""
        return self._asking.submit(self._client.run, _faults, _needed(), workers=[address], on_error="return")

    def _is_fit(self, address: str) -> bool:
        """Say whether a worker has answered that it is fit; stop if it is not."""
        if not self._asked[address].done():
            return False
        answer = self._asked[address].result().get(address, ConnectionError())
        if isinstance(answer, OSError):  # it went away, or is not quite there yet
            del self._asked[address]
            return False
        if answer:
            raise ResultError(f"{_unfit(address, answer)}; run the study again")
        return True

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function on an idle worker; the future raises WorkerLost if that is gone."""
        with self._lock:
            address = min(self._addresses - {address for address, _ in self._busy.values()})
            call = self._calls.submit(
                _call, self._memory_limit, function, args, kwargs, workers=[address], allow_other_workers=False
            )
            future: Future[Any] = Future()
            future.set_running_or_notify_cancel()
            self._busy[future] = address, call
        call.add_done_callback(lambda _: self._finish(future, address, call))
        return future

    def _finish(self, future: Future[Any], address: str, call: Future[Any]) -> None:
        """Pass an outcome on, unless the call was given up before."""
        with self._lock:
            if self._busy.pop(future, None) is None:
                return
        error = ConnectionError("the scheduler is gone") if call.cancelled() else call.exception()
        if error is None:
            future.set_result(call.result())
        elif isinstance(error, require("distributed", "dask").KilledWorker):
            future.set_exception(WorkerLost(f"the worker {address} is gone"))
        elif isinstance(error, ResultError):
            future.set_exception(error)
        else:
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            future.set_exception(ResultError(f"the worker {address} cannot go on ({reason}); run the study again"))

    def kill(self, future: Future[Any]) -> None:
        """Let the nanny kill the worker process of a call, if it is still at it."""
        with self._lock:
            address, _ = self._busy.get(future, (None, None))
        if address is not None:
            self._client.run(_kill_worker, workers=[address], nanny=True, on_error="ignore")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, and end it if it is ours; calls under way are given up unless told to wait."""
        if wait:
            for future in list(self._busy):
                future.exception()
        with self._lock:
            given_up, self._busy = self._busy, {}
        for future in given_up:
            future.set_exception(WorkerLost("the executor was shut down"))
        self._asking.shutdown(cancel_futures=True)
        self._client.close()
        self._close()


def _needed() -> dict[str, Any]:
    """Return what a worker must be for runs of this process."""
    return {"threads": 1, "nanny": True} | {name: versions()[name] for name in DECISIVE}


def _unfit(address: str, answer: list[str] | Exception) -> str:
    """Return in a line why a worker is of no use."""
    faults = [f"{type(answer).__name__}: {answer}"] if isinstance(answer, Exception) else answer
    return f"the worker {address} is not fit: {'; '.join(faults)}"


# --- at the workers ---------------------------------------------------------------------------------------------------


def dask_setup(worker: Any) -> None:
    """Leave Ctrl-C to the parent; a local cluster's workers call this when they start.

    Examples
    --------
    >>> before = signal.getsignal(signal.SIGINT)
    >>> dask_setup(None)
    >>> signal.signal(signal.SIGINT, before)
    <Handlers.SIG_IGN: 1>
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _faults(needed: dict[str, Any], dask_worker: Any) -> list[str]:
    """Return in what a worker is not as it must be."""
    has = {"threads": dask_worker.state.nthreads, "nanny": dask_worker.nanny is not None} | versions()
    return [f"{name} is {has[name]} there, not {value}" for name, value in needed.items() if has[name] != value]


def _call(memory_limit: int | None, function: Any, args: Any, kwargs: Any) -> Any:
    """Call a function in a worker."""
    limit_memory(memory_limit)
    return function(*args, **kwargs)


def _kill_worker(dask_worker: Any) -> None:
    """Kill the worker process of a nanny."""
    if dask_worker.pid is not None:
        os.kill(dask_worker.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
