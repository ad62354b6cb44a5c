"""Who runs a model: a program of our compiler, or one of the peers. And what the machine itself can do.

A contestant has a slice of time in each round, answers with the milliseconds of its runs, and is stopped while others
have theirs: no thread of it spins or prefetches then.
"""
import json
import os
import signal
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
# As options and peer.py name them: as tables do.
PEERS = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime", "torch.compile": "torch.compile", "torch": "torch"}
# Instruction set of a library: the one of swin-fma-peak that is its bound.
WIDTHS = {"x86-64-v4": "avx512", "x86-64-v3": "avx2"}


class Failure(RuntimeError):
    """What cannot be measured, in one sentence."""


def output(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit status {done.returncode}")
    return done.stdout


def machine_has(bin_folder, isa):
    command = [os.path.join(bin_folder, "swin-fma-peak"), "1", WIDTHS[isa]]
    return subprocess.run(command, capture_output=True).returncode == 0


def peak(bin_folder, isa, threads):
    """GMAC/s of so many cores at once."""
    return float(output([os.path.join(bin_folder, "swin-fma-peak"), "60", WIDTHS[isa], str(threads)]).split()[0])


def bandwidth(bin_folder, threads):
    """GB/s that so many cores read of memory."""
    return float(output([os.path.join(bin_folder, "swin-bandwidth"), "300", str(threads)]))


class Own:
    """A program that swin-compile made. Starts anew in each round; its first run is not counted.

    program: gives its path, and makes it where there is none yet.
    """

    def __init__(self, program, isa, threads, name):
        self.program, self.isa, self.threads, self.name = program, isa, threads, name
        self.version, self.macs = "", None
        self.estimate = 0.0

    def start(self, image, result):
        self.command = [self.program(), "--isa", self.isa, "--threads", str(self.threads)]
        self.image = image
        output([*self.command, image, "-o", result])
        self.slice(0, 2)

    def slice(self, seconds, least):
        """(milliseconds of the fastest run, of the median run)"""
        repeat = max(least, int(1e3 * seconds / self.estimate) if self.estimate else least)
        lines = output([*self.command, self.image, "--repeat", str(repeat), "--json"]).splitlines()
        found = json.loads(lines[-1])
        self.macs, self.estimate = found["macs"], found["ms_median"]
        return found["ms_min"], found["ms_median"]

    def stop(self):
        pass


class Peer:
    """A process of peer.py. folder: gives the model's, and makes it where there is none yet."""

    def __init__(self, python, peer, version, isa, threads, folder):
        self.python, self.peer, self.name, self.version = python, peer, PEERS[peer], version
        self.isa, self.threads, self.folder = isa, threads, folder
        self.macs = None  # those of ours
        self.process = None

    def start(self, image, result):
        folder = self.folder()
        command = [self.python, os.path.join(HERE, "peer.py"), "serve", self.peer, folder, image, result,
                   str(self.threads)]  # fmt: skip
        environment = {**os.environ, "OMP_NUM_THREADS": str(self.threads), "TORCHINDUCTOR_COMPILE_THREADS": "1",
                       "TORCHINDUCTOR_CACHE_DIR": os.path.join(folder, "inductor"), "HF_HUB_OFFLINE": "1"}  # fmt: skip
        self.errors = result + ".log"
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, text=True, start_new_session=True)  # fmt: skip
        self.answer()
        self.signal(signal.SIGSTOP)

    def slice(self, seconds, least):
        self.signal(signal.SIGCONT)
        self.process.stdin.write(f"{seconds} {least}\n")
        self.process.stdin.flush()
        times = self.answer()
        self.signal(signal.SIGSTOP)
        return min(times), statistics.median(times)

    def stop(self):
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.communicate()
            self.process = None

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass  # it has ended: the next answer says so

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            with open(self.errors, encoding="utf-8") as file:
                said = file.read().strip().splitlines()
            raise Failure(f"{self.name} ended: {said[-1] if said else 'it said nothing'}")
        return json.loads(line)


def find_peers(python, wanted):
    """({peer: version}, {peer: reason}) of those that are wanted: installed, and not."""
    if not wanted:
        return {}, {}
    if not os.path.exists(python):
        return {}, {peer: "not installed (scripts/peers installs it)" for peer in wanted}
    found = json.loads(output([python, os.path.join(HERE, "peer.py"), "versions"]).splitlines()[-1])
    installed = {peer: found[peer]["version"] for peer in wanted if "version" in found[peer]}
    return installed, {peer: f"not installed: {found[peer]['missing']}" for peer in wanted if peer not in installed}
