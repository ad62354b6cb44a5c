"""tune(): the kernels of a model are tuned on the nodes of a cluster, with one database."""
import contextlib
import dataclasses
import json
import os
import subprocess
import tempfile
import time as clock

from .. import compiler as programs
from ..errors import CompilerNotFound, Error
from . import nodes
from .ray_cluster import connected

LOSSES = 3  # of the workers of a kernel: then it is the kernel
PAUSE = 2  # seconds between two imports, and between two looks at the nodes
PATIENCE = 60  # seconds without a node that works


@dataclasses.dataclass
class Tuned:
    """What came of a run. results: how many came, of each kernel. best: of those with a schedule that won, {kernel: {
    instruction set: how many times as fast as the default}}. retried: workers that were lost. errors: sentences.
    """

    database: str
    cpu: str
    results: dict
    best: dict
    retried: int
    errors: list


def tune(model=None, db="schedules.db", *, kernels=None, time=None, trials=None, threads=None, target=None, seed=None,
         strategy=None, outputs=None, size=None, batch=None, semantics=None, fast_matmul=False, weights=None, arch=None,
         compiler=None, address=None, say=None):  # fmt: skip
    """Tunes the kernels of a model on the nodes of a Ray cluster, one kernel and one timing at a time on each.

    model, arch, weights: files, as swin-compile takes them. db: the database, on the machine that calls; made if it is
    not there. kernels: names; None = all. time: "10m", of the whole run on all nodes; trials: of each kernel. The
    others mean what they mean for swin-tune. address: of the cluster, as ray.init() takes it. say: called with a line
    of text when something has happened.

    Results are made by nodes with the same CPU, the one that most have, and the compiler's version of this machine.
    A kernel whose worker is lost goes to another node, which begins with what the database has.
    Raises CompileError (the model or an option is refused), CompilerNotFound, Error.
    """
    model_options = {"semantics": semantics, "outputs": outputs, "size": size, "batch": batch}
    shared = words({**model_options, "fast-matmul": fast_matmul or None})
    source = ([os.fspath(model)] if model is not None else []) + words({"arch": arch, "weights": weights})
    search = words({"threads": threads, "target": target, "seed": seed, "strategy": strategy, "trials": trials})
    seconds = seconds_of(time) if time is not None else None if trials is not None else 600
    tools = Tools(compiler)
    description = tools.description([*source, *shared])
    listed = tools.kernels(description, [*shared, *words({"target": target})])
    if kernels is not None:
        missing = [name for name in kernels if name not in {kernel["kernel"] for kernel in listed}]
        if missing:
            names = ", ".join(kernel["kernel"] for kernel in listed)
            raise Error(f"the model has no kernel {', '.join(missing)}; it has {names}")
        listed = [kernel for kernel in listed if kernel["kernel"] in kernels]
    tools.add(db, [])
    with connected(address) as ray:
        return Run(ray, tools, os.fspath(db), description, [*shared, *search], seconds, say or (lambda text: None)).all(
            listed)  # fmt: skip


def words(options):
    """Options of a command line; True is one without a value."""
    found = []
    for name, value in options.items():
        if value is not None:
            value = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            found += [f"--{name}"] if value is True else [f"--{name}", os.fspath(value) if isinstance(
                value, os.PathLike) else str(value)]  # fmt: skip
    return found


def seconds_of(time):
    """90, "90s", "10m", "2h"."""
    text = str(time)
    number, unit = (text[:-1], text[-1]) if text[-1:] in tuple("smh") else (text, "s")
    try:
        found = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        found = 0
    if not 0 < found < 1e7:
        raise Error(f"time is {time!r}; expected a number with s, m or h, as \"10m\"")
    return found


class Tools:
    """The programs of this machine."""

    def __init__(self, given):
        self.compiler = programs.find(given)
        self.tuner = os.path.join(os.path.dirname(os.path.abspath(self.compiler)), "swin-tune")
        if not programs.usable(self.tuner):
            raise CompilerNotFound(f"there is no {self.tuner}; expected it beside swin-compile")

    def run(self, arguments, text=None):
        # Ctrl-C of a terminal is for this program alone.
        done = subprocess.run(arguments, input=text, capture_output=True, encoding="utf-8", errors="replace",
                              start_new_session=True)  # fmt: skip
        if done.returncode != 0:
            raise programs.failure(done.returncode, done.stderr.splitlines(), None)
        return done.stdout

    def description(self, arguments):
        """The model as one text, which nodes can read wherever its files lie. Times do not depend on weights."""
        return self.run([self.compiler, *arguments, "--emit", "spec"])

    def kernels(self, description, arguments):
        """[{"kernel", "signature", "macs" ...}], as swin-tune --list prints them."""
        with tempfile.TemporaryDirectory(prefix="swin-cluster-") as folder:
            path = os.path.join(folder, "model.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write(description)
            listed = self.run([self.tuner, path, "--weights", "synthetic", "--list", *arguments])
        return [json.loads(line) for line in listed.splitlines()]

    def add(self, database, lines):
        self.run([self.tuner, "import", database], "".join(line + "\n" for line in lines))

    def known(self, database, signature):
        """The results of a kernel, as lines."""
        return [line for line in self.run([self.tuner, "export", database]).splitlines()
                if json.loads(line)["signature"] == signature]  # fmt: skip


class Run:
    def __init__(self, ray, tools, database, description, arguments, seconds, say):
        self.ray, self.tools, self.database, self.say = ray, tools, database, say
        self.description, self.arguments = description, arguments
        self.end = seconds and clock.monotonic() + seconds
        self.own, self.cpu = None, None
        self.asked, self.nodes = {}, {}  # {reference: node}, {node: what it is}
        self.queue, self.running = [], {}  # {generator: (kernel, node, when it should have ended)}
        self.pending, self.imported, self.looked = [], 0, 0
        self.losses, self.results, self.best, self.errors, self.trouble = {}, {}, {}, [], ""

    def all(self, kernels):
        self.queue = sorted(kernels, key=lambda kernel: -kernel["macs"])
        self.results = {kernel["kernel"]: 0 for kernel in kernels}
        self.own = nodes.about([self.tools.tuner])
        if "problem" in self.own:
            raise Error(f"this machine {self.own['problem']}")
        worked = clock.monotonic()
        try:
            while self.queue or self.running:
                self.look_at_nodes()
                self.dispatch()
                self.receive()
                self.keep()
                worked = clock.monotonic() if self.running else worked
                if self.queue and clock.monotonic() - worked > PATIENCE:
                    problems = [f"{node['host']} {node['problem']}" for node in self.nodes.values()
                                if "problem" in node]  # fmt: skip
                    raise Error(f"for {PATIENCE} s, no node of the cluster could tune: " + "; ".join(
                        problems or [self.trouble or "none has a CPU"]))  # fmt: skip
        finally:
            self.keep(now=True)
            with contextlib.suppress(ConnectionError):  # the cluster is gone, and its tasks with it
                for generator in self.running:
                    self.ray.cancel(generator)
        return Tuned(self.database, self.cpu, self.results, self.best, sum(self.losses.values()), self.errors)

    def remote(self, function, node, cpus, **options):
        pinned = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node, soft=False)
        return self.ray.remote(function).options(scheduling_strategy=pinned, num_cpus=cpus, max_retries=0, **options)

    def look_at_nodes(self):
        """Nodes come and go. All of a node's CPUs are asked for, so that nothing else of Ray's runs beside a timing."""
        if clock.monotonic() - self.looked < PAUSE and self.nodes:
            return
        self.looked = clock.monotonic()
        there = {node["NodeID"]: node for node in self.ray.nodes() if node["Alive"]}
        self.nodes = {name: node for name, node in self.nodes.items() if name in there}
        paths = [self.tools.tuner, "swin-tune"]
        for name, node in there.items():
            cpus = node["Resources"].get("CPU", 0)
            if name not in self.nodes and cpus >= 1:
                self.nodes[name] = {"host": node["NodeManagerHostname"], "cpus": cpus, "fits": False}
                self.asked[self.remote(nodes.about, name, 0).remote(paths)] = name
        first = self.cpu is None
        ready, _ = self.ray.wait(list(self.asked), num_returns=len(self.asked), timeout=20 if first else 0) \
            if self.asked else ([], [])  # fmt: skip
        for reference in ready:
            name = self.asked.pop(reference)
            try:
                self.nodes.get(name, {}).update(self.ray.get(reference))
            except self.ray.exceptions.RayError as error:
                self.nodes.pop(name, None)  # it is asked again, if it is still there
                self.trouble = self.why(error)
        self.choose(list(self.nodes.values()))

    def choose(self, found):
        """Which nodes take part."""
        for node in found:
            if "version" in node and node["version"] != self.own["version"]:
                node["problem"] = f"has another swin-tune ({node['version']}; here it is {self.own['version']})"
        cpus = [node["cpu"] for node in found if "cpu" in node and "problem" not in node]
        if self.cpu is None and cpus:
            self.cpu = max(sorted(set(cpus)), key=lambda cpu: (cpus.count(cpu), cpu == self.own["cpu"]))
            self.say(f"nodes with CPU {self.cpu}: {cpus.count(self.cpu)}")
        for node in found:
            if "cpu" in node and "problem" not in node and node["cpu"] != self.cpu:
                node["problem"] = f"has another CPU ({node['cpu']})"
            node["fits"] = "cpu" in node and "problem" not in node
            if "problem" in node and not node.get("said"):
                self.say(f"{node['host']} is left out: it {node['problem']}")
                node["said"] = True

    def dispatch(self):
        busy = {node for _, node, _ in self.running.values()}
        for name, node in self.nodes.items():
            if not self.queue or not node["fits"] or name in busy:
                continue
            seconds = self.share(self.queue[0])
            if seconds is not None and seconds < 1:
                self.errors.append(f"there was no time for {', '.join(kernel['kernel'] for kernel in self.queue)}")
                self.queue = []
                return
            kernel = self.queue.pop(0)
            known = self.tools.known(self.database, kernel["signature"])
            task = self.remote(nodes.tune_kernel, name, node["cpus"], num_returns="streaming")
            generator = task.remote(node["program"], self.description,
                                    [*self.arguments, "--kernel", kernel["kernel"]], known, seconds)  # fmt: skip
            self.running[generator] = kernel, name, clock.monotonic() + (seconds or 0)

    def share(self, kernel):
        """Seconds that it gets of what the nodes have left: as large a part as its work has in what is queued."""
        if self.end is None:
            return None
        now = clock.monotonic()
        left = self.end - now
        free = left * sum(node["fits"] for node in self.nodes.values())
        free -= sum(max(0, end - now) for _, _, end in self.running.values())
        part = kernel["macs"] / max(1, sum(other["macs"] for other in self.queue))
        return min(left, max(5, free * part))

    def receive(self):
        if not self.running:
            clock.sleep(0.2)
            return
        ready, _ = self.ray.wait(list(self.running), timeout=0.5)
        for generator in ready:
            kernel, name, _ = self.running[generator]
            try:
                self.take(kernel, self.ray.get(next(generator)))
            except StopIteration:
                self.running.pop(generator)
            except self.ray.exceptions.RayError as error:
                self.running.pop(generator)
                host = self.nodes.pop(name, {}).get("host", "a node")  # it is asked again, if it is still there
                self.lost(kernel, host, self.why(error))

    def take(self, kernel, message):
        what, *rest = message
        name = kernel["kernel"]
        if what == "results":
            self.pending += rest[0]
            self.results[name] += len(rest[0])
            for result in map(json.loads, rest[0]):
                if result["confirmed"]:
                    self.best.setdefault(name, {})[result["isa"]] = result["ratio"]
            return
        status, errors = rest
        if status == 0:
            found = "".join(f"; {isa} {ratio:.3f} x" for isa, ratio in sorted(self.best.get(name, {}).items()))
            self.say(f"{name}: {self.results[name]} results{found}")
        else:
            self.errors.append(f"{name}: {errors.strip() or f'swin-tune ended with status {status}'}")

    def why(self, error):
        """A sentence's part; what Ray says about itself is long."""
        if isinstance(error, self.ray.exceptions.RayTaskError):
            return f"{type(error.cause).__name__}: {error.cause}"
        return type(error).__name__

    def lost(self, kernel, host, why):
        name = kernel["kernel"]
        self.losses[name] = self.losses.get(name, 0) + 1
        self.keep(now=True)  # whoever goes on begins with what came
        text = f"{name}: its worker on {host} was lost ({why})"
        if self.losses[name] < LOSSES:
            self.queue.insert(0, kernel)
            self.looked = 0
            self.say(text + "; another goes on")
        else:
            self.errors.append(text + f", {LOSSES} times in all")

    def keep(self, now=False):
        """What came is imported, not line by line: the machine may be one of those that measure."""
        if self.pending and (now or clock.monotonic() - self.imported > PAUSE):
            # If that is interrupted they are imported again, which changes nothing.
            self.tools.add(self.database, self.pending)
            self.pending, self.imported = [], clock.monotonic()

