"""A Ray cluster, joined or started on this machine. Ray is an optional dependency: requirements-cluster.txt."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import cvae
from cvae.core.errors import BadConfig, BadRun

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # a key press ends the sweep, as it does without Ray
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
}

PATIENCE = 5
"""Seconds to wait for the first answer of a cluster; Ray itself would wait for minutes."""


def import_ray() -> ModuleType:
    """Import Ray with its reports and logs switched off. Raises BadConfig when it is not installed."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        ray = import_module("ray")
    except ImportError as error:
        raise BadConfig("Ray is not installed: pip install -r requirements-cluster.txt") from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    return ray


@contextmanager
def cluster(address: str | None, cpus: int | None = None) -> Iterator[ModuleType]:
    """Connect to the Ray cluster at an address, or start one with `cpus` workers on this machine; yield the ray module.

    An existing connection is used and kept. The code of this library is sent to the cluster; its dependencies must be
    installed on every machine. Raises BadConfig without Ray, and BadRun when no cluster answers at the address.
    """
    ray = import_ray()
    if ray.is_initialized():
        yield ray
        return
    if address and not _answers(address):
        raise BadRun(f"There is no Ray cluster at {address}.")
    code = {"py_modules": [str(Path(cvae.__file__).parent)], "env_vars": QUIET}
    local = {} if address else {"num_cpus": cpus, "include_dashboard": False}
    try:
        ray.init(address or "local", runtime_env=code, log_to_driver=False, logging_level="ERROR", **local)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BadRun(f"There is no Ray cluster at {address}." if address else f"Ray can't start: {error}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _answers(address: str) -> bool:
    """Tell whether a server listens at HOST:PORT; other addresses, such as `auto`, are left to Ray."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdigit():
        return True
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except (OSError, OverflowError):
        return False
    return True
