"""Connecting to Ray, which is optional."""
import contextlib
import os

from .. import errors
from . import nodes


@contextlib.contextmanager
def connected(address=None):
    """The module ray, connected: to a cluster at an address, or as ray.init() finds one, or to this machine alone. A
    connection that was there stays as it is.
    """
    # Nothing is sent to Ray's makers, unless the user wants it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise errors.Error(f"Ray cannot be imported ({error}); expected: pip install 'swin-compile[ray]'") from None
    ray.cloudpickle.register_pickle_by_value(nodes)
    ours = not ray.is_initialized()
    if ours:
        try:
            ray.init(address=address, include_dashboard=False if address == "local" else None, log_to_driver=False,
                     logging_level="ERROR")  # fmt: skip
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise errors.Error(f"cannot connect to the Ray cluster {address or ''}: {error}") from None
    try:
        yield ray
    finally:
        if ours:
            ray.shutdown()
