"""A Ray cluster of two nodes on this machine, one of which can be killed."""
import glob
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
try:
    import ray
    from ray.cluster_utils import Cluster
except ImportError as error:
    print(f"SKIPPED: Ray cannot be imported ({error}); scripts/setup --reference installs it")
    sys.exit(77)

from package import Case  # noqa: E402


def processes(belongs):
    """Ids of processes whose words and environment, as one text, are so."""
    found = []
    for entry in os.scandir("/proc"):
        try:
            texts = [pathlib.Path(entry.path, name).read_bytes() for name in ("cmdline", "environ", "stat")]
        except OSError:
            continue
        if entry.name.isdigit() and entry.name != str(os.getpid()) and not texts[2].rpartition(b")")[2].startswith(
                b" Z") and belongs(b"\0".join(texts[:2])):  # fmt: skip
            found.append(int(entry.name))
    return found


def wait_until(condition, seconds=60):
    """What condition() gives, once that is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {condition}")
        time.sleep(0.05)
    return found


class TwoNodes(Case):
    """The tests of a class share a cluster. Its second node is `doomed`; tests in which it is are the last."""

    others = ()  # environments of more nodes

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Sockets lie in it, whose paths must be short; it is nobody's cluster that programs find by themselves.
        cls.temporary = os.environ["RAY_TMPDIR"] = tempfile.mkdtemp(prefix="swin-ray-", dir="/tmp")
        os.mkdir(os.path.join(cls.temporary, "ray"))
        cls.addClassCleanup(cls.nothing_left)
        local = {"num_cpus": 1, "include_dashboard": False}
        cls.cluster = Cluster(initialize_head=True, head_node_args=local)
        cls.addClassCleanup(cls.cluster.shutdown)
        cls.addClassCleanup(ray.shutdown)
        cls.doomed = cls.cluster.add_node(**local)
        for environment in cls.others:
            cls.cluster.add_node(**local, env_vars=environment)

    @classmethod
    def nothing_left(cls):
        marks = [cls.temporary.encode() + end for end in (b"/", b"\0")]
        wait_until(lambda: not processes(lambda text: any(mark in text for mark in marks)), 30)
        shutil.rmtree(cls.temporary)
        for path in glob.glob(os.path.join(tempfile.gettempdir(), "swin-node-*")):
            if not os.path.exists("/proc/" + path.split("-")[-2]):  # a process that was killed left it
                shutil.rmtree(path)

    def raylet(self, node):
        return node.all_processes["raylet"][0].process.pid

    def kill(self, node):
        """All of its processes at once, as when the machine is gone, but for programs that tasks have started: those
        must end by themselves."""
        raylet = self.raylet(node)
        mark = f"RAY_RAYLET_PID={raylet}\0".encode()
        its = processes(lambda text: mark in text + b"\0")
        programs = processes(lambda text: mark in text + b"\0" and (b"swin-tune" in text or b"stub_tune" in text))
        self.assertGreater(len(its), len(programs))
        for process in [raylet, *(process for process in its if process not in programs)]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(lambda: not set(programs) & set(processes(lambda text: mark in text + b"\0")), 1)
        self.cluster.remove_node(node, allow_graceful=False)
