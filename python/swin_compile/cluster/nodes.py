"""What runs on the nodes. Ray gets this module by value: nodes need Ray and our programs, not this package.

So there is nothing of the package in here, and no state at the level of the module.
"""
import contextlib
import ctypes
import glob
import io
import os
import shutil
import signal
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1


def program_of(paths):
    """The first that there is: a path, or a name on this node's PATH."""
    return next((found for path in paths if (found := shutil.which(path))), None)


def about(paths):
    """What identifies results of this node: {"program", "cpu", "version"}, or {"problem": a sentence}."""
    program = program_of(paths)
    if program is None:
        return {"problem": f"has no {' and no '.join(paths)}"}
    found = {"program": program}
    for what in "cpu", "version":
        done = subprocess.run([program, f"--{what}"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            return {"problem": f"cannot run {program}: {done.stderr.strip() or done.returncode}"}
        found[what] = " ".join(done.stdout.split())
    return found


@contextlib.contextmanager
def scratch():
    """A folder of this process. Those of processes that were killed are taken away."""
    begin = os.path.join(tempfile.gettempdir(), "swin-node-")
    for left in glob.glob(begin + "*-*"):
        pid = left[len(begin) :].partition("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"swin-node-{os.getpid()}-") as folder:
        yield folder


@contextlib.contextmanager
def started(arguments, folder):
    """A process whose errors go into folder/stderr. It never outlives this one."""
    libc = ctypes.CDLL(None)
    with open(os.path.join(folder, "stderr"), "w") as errors:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                                   preexec_fn=lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Tail:
    """The whole lines that were appended to a file since the last look."""

    def __init__(self, path):
        self.path, self.position = path, 0

    def lines(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.position)
                new = file.read()
        except FileNotFoundError:
            return []
        new = new[: new.rfind(b"\n") + 1]
        self.position += len(new)
        return new.decode().splitlines()


def tune_kernel(program, description, arguments, known, seconds, every=0.5):
    """Runs swin-tune on a kernel; yields ("results", lines) as they come and, at last, ("ended", status, errors).

    arguments: all but the model, files and time. known: lines of results that it begins with. seconds: None = no limit.
    A schedule may end the program with a signal; it goes on with others then, three times.
    """
    end = seconds and time.monotonic() + seconds
    with scratch() as folder:
        model, database = os.path.join(folder, "model.json"), os.path.join(folder, "schedules.db")
        with open(model, "w", encoding="utf-8") as file:
            file.write(description)
        if known:
            subprocess.run([program, "import", database], input="".join(line + "\n" for line in known), text=True,
                           check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        sent = set(known)
        for attempt in range(3):
            record = os.path.join(folder, f"record-{attempt}.jsonl")
            limit = ["--time", f"{max(1, round(end - time.monotonic()))}s"] if end else []
            tail = Tail(record)
            with started([program, model, "--weights", "synthetic", "--db", database, "--record", record, *limit,
                          *arguments], folder) as process:  # fmt: skip
                running = True
                while running:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(every)
                    running = process.poll() is None
                    if new := [line for line in tail.lines() if line not in sent]:
                        sent.update(new)
                        yield "results", new
            if process.returncode >= 0:
                break
        # What a crash has left, for one, is in the database alone.
        if os.path.exists(database):
            done = subprocess.run([program, "export", database], check=True, capture_output=True, text=True)
            if new := [line for line in done.stdout.splitlines() if line not in sent]:
                yield "results", new
        with open(os.path.join(folder, "stderr"), encoding="utf-8", errors="replace") as file:
            yield "ended", process.returncode, file.read()


def run_images(batch, paths, files, outputs, threads):
    """Runs a compiled model on pictures, by swin-run, whose results are the meaning of a library. {"path"} becomes
    {"path", "error", and outputs}, arrays with an entry for each picture.

    files: {"library": its bytes, "weights": those of NAME.weights or None}, or Ray's reference to it.
    outputs: {name: shape of an output that there is not}; {} = a picture, as bytes of a PNG.
    """
    import ray

    files = ray.get(files) if isinstance(files, ray.ObjectRef) else files
    program = program_of(paths)
    if program is None:
        raise FileNotFoundError(f"this node has no {' and no '.join(paths)}")
    with contextlib.ExitStack() as stack:
        # Files in memory go with the process, however it ends.
        held = [stack.enter_context(memory_file(name, files[name])) for name in ("library", "weights")
                if files[name] is not None]  # fmt: skip
        library, *weights = [f"/proc/self/fd/{file.fileno()}" for file in held]
        command = [program, library, "--threads", str(threads), *(["--weights-file", weights[0]] if weights else [])]
        runner = Runner(command, [file.fileno() for file in held], stack.enter_context(scratch()), outputs)
        inputs = list(batch["path"])
        rows = runner.together(inputs) or [runner.alone(path) for path in inputs]
    found = {"path": inputs, "error": [error for error, _ in rows]}
    return {**found, **{name: column([row[name] for _, row in rows]) for name in outputs or ["png"]}}


class Runner:
    """A command to run, with files that it inherits, and a folder for what it writes."""

    def __init__(self, command, inherited, folder, outputs):
        self.command, self.inherited, self.folder, self.outputs = command, inherited, folder, outputs

    def run(self, inputs, out):
        """The errors, "" = none."""
        done = subprocess.run([*self.command, *inputs, "-o", out], stdin=subprocess.DEVNULL, capture_output=True,
                              pass_fds=self.inherited, encoding="utf-8", errors="replace")  # fmt: skip
        if done.returncode == 0:
            return ""
        return done.stderr.strip() or f"swin-run ended with status {done.returncode}"

    def together(self, inputs):
        """Rows of all pictures by one run, if that is possible."""
        if not self.outputs or len(inputs) == 1:
            return None
        out = tempfile.mkdtemp(dir=self.folder)
        if self.run(inputs, out + "/"):
            return None
        found = {name: read_array(out, name) for name in self.outputs}
        return [("", {name: found[name][row] for name in found}) for row in range(len(inputs))]

    def alone(self, path):
        import numpy

        out = tempfile.mkdtemp(dir=self.folder)
        if not self.outputs:
            picture = os.path.join(out, "out.png")
            error = self.run([path], picture)
            return error, {"png": b"" if error else read_bytes(picture)}
        error = self.run([path], out + "/")
        missing = {name: numpy.full(shape, numpy.nan, numpy.float32) for name, shape in self.outputs.items()}
        return error, missing if error else {name: read_array(out, name)[0] for name in self.outputs}


def memory_file(name, content):
    file = os.fdopen(os.memfd_create(name), "r+b")
    file.write(content)
    file.flush()
    return file


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def read_array(folder, name):
    import numpy

    return numpy.load(io.BytesIO(read_bytes(os.path.join(folder, f"{name}.npy"))))


def column(values):
    """A column of a batch; of arrays that differ in shape, one of objects."""
    import numpy

    if isinstance(values[0], bytes):
        return values
    if len({value.shape for value in values}) == 1:
        return numpy.stack(values)
    found = numpy.empty(len(values), object)
    found[:] = values
    return found
