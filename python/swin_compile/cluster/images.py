"""map_images(): a compiled model on a folder of pictures, by Ray Data."""
import io
import json
import logging
import os

from ..compiler import usable
from ..errors import CompilerNotFound, Error
from ..library import Library, library_in
from ..model import Model
from . import nodes
from .ray_cluster import connected

SUFFIXES = (".png", ".jpg", ".jpeg")
TOP = 5


def map_images(library, images, *, threads=1, batch=16, runner=None):
    """A ray.data.Dataset with a row for each picture, in no order; it runs when it is read. Ray must be connected.

    library: a Model, libNAME.so or its folder; it is sent to the nodes. images: a folder with .png, .jpg and .jpeg, or
    paths; where all nodes see them. threads: of each run, which as many of the cluster's CPUs are taken for. batch:
    pictures of a run. runner: the path of swin-run; nodes without that path use the one on their PATH.

    Columns: path; error, "" or why there is no result; each output by its name, float32, as swin-run INPUT -o OUT.npy
    writes it, without the dimension N (NaN where there is an error); of a model whose only output is a picture, or a
    class for each pixel, png: what -o OUT.png writes, as bytes (empty where there is an error).
    Raises Error: there are no pictures; RunError: it is no library; CompilerNotFound: runner is no program.
    """
    import ray

    ray.cloudpickle.register_pickle_by_value(nodes)
    found = Library(library.path if isinstance(library, Model) else path_of(library))
    files = {"library": nodes.read_bytes(found.path), "weights": found.weights and nodes.read_bytes(found.weights)}
    rows = [{"path": path} for path in pictures(images)]
    # Tasks without state: of a lost worker, Ray does them again anywhere.
    return ray.data.from_items(rows, override_num_blocks=-(-len(rows) // batch)).map_batches(
        nodes.run_images, batch_size=batch, num_cpus=threads, batch_format="numpy",
        fn_args=([find_runner(runner), "swin-run"], ray.put(files), outputs_of(found), threads),
    )  # fmt: skip


def pictures(images):
    """Paths, of a folder in order."""
    if not isinstance(images, (str, os.PathLike)):
        found = [os.path.abspath(path) for path in images]
    elif os.path.isdir(images):
        found = sorted(os.path.join(folder, name) for folder, _, names in os.walk(os.path.abspath(images))
                       for name in names if name.lower().endswith(SUFFIXES))  # fmt: skip
    else:
        found = [os.path.abspath(images)]
    if not found:
        raise Error(f"{images} has no pictures; expected {', '.join(SUFFIXES)}")
    return found


def path_of(library):
    library = os.fspath(library)
    return library_in(library) if os.path.isdir(library) else library


def find_runner(given):
    """swin-run: given, or beside the compiler, or the PATH's. Nodes may have it where this machine has none."""
    compiler = os.environ.get("SWIN_COMPILE", "")
    path = os.path.abspath(given or os.path.join(os.path.dirname(compiler), "swin-run")) if given or compiler else None
    if given and not usable(path):
        raise CompilerNotFound(f"runner is {given!r}, which is no program; expected the path of swin-run")
    return path or "swin-run"


def outputs_of(library):
    """{name: shape for one picture}, {} = a picture."""
    outputs = library.description["outputs"]
    if len(outputs) == 1 and outputs[0]["kind"] in ("image", "segmentation"):
        return {}
    crop = library.description.get("preprocessing", {}).get("crop")
    shapes = library.shapes(1, *crop) if crop else {}
    return {output["name"]: shapes[output["name"]][1:] if shapes else (0,) * (len(output["shape"]) - 1)
            for output in outputs}  # fmt: skip


def write_images(library, images, out, *, threads=1, batch=16, runner=None, address=None, say=None):
    """map_images() into files on this machine; returns (how many were done, sentences of those that failed).

    out: FILE.jsonl gets, of logits, a line for each picture with its path and the five most probable classes. Anything
    else is a folder, which gets NAME.png, or NAME.npy, or NAME.OUTPUT.npy of several, as `images` is laid out.
    """
    say = say or (lambda text: None)
    root = os.fspath(images) if isinstance(images, (str, os.PathLike)) and os.path.isdir(images) else None
    path = library.path if isinstance(library, Model) else path_of(library)
    found = Library(path)
    writer = Lines(out, found) if os.fspath(out).endswith(".jsonl") else Folder(out, root)
    done, errors = 0, []
    with connected(address) as ray, writer:
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)  # it tells each step
        for row in map_images(path, images, threads=threads, batch=batch, runner=runner).iter_rows():
            if row["error"]:
                errors.append(row["error"])
            else:
                writer.write(row.pop("path"), {name: value for name, value in row.items() if name != "error"})
                done += 1
            say(f"{done} pictures" + (f", {len(errors)} failed" if errors else ""))
    return done, errors


class Lines:
    def __init__(self, path, library):
        kinds = [output["kind"] for output in library.description["outputs"]]
        if kinds != ["logits"]:
            raise Error(f"a .jsonl is for logits, but the outputs are {', '.join(library.outputs)}; expected a folder")
        self.path, self.name, self.labels = path, library.outputs[0], library.description.get("labels", [])

    def __enter__(self):
        self.file = open(self.path, "w", encoding="utf-8")

    def __exit__(self, *_):
        self.file.close()

    def write(self, path, values):
        import numpy

        logits = values[self.name].astype(numpy.float64)
        parts = numpy.exp(logits - logits.max())
        parts /= parts.sum()
        top = [{"class": int(number), **({"label": self.labels[number]} if self.labels else {}),
                "part": round(float(parts[number]), 6)}
               for number in numpy.argsort(-parts, kind="stable")[:TOP]]  # fmt: skip
        self.file.write(json.dumps({"path": path, "top": top}, ensure_ascii=False) + "\n")
        self.file.flush()


class Folder:
    def __init__(self, folder, root):
        self.folder, self.root = folder, root

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)

    def __exit__(self, *_):
        pass

    def write(self, path, values):
        import numpy

        inside = os.path.relpath(path, os.path.abspath(self.root)) if self.root else os.path.basename(path)
        place = os.path.join(self.folder, os.path.splitext(inside)[0])
        os.makedirs(os.path.dirname(place), exist_ok=True)
        for name, value in values.items():
            if name == "png":
                content, suffix = value, ".png"
            else:
                buffer = io.BytesIO()
                numpy.save(buffer, value)
                content, suffix = buffer.getvalue(), ".npy" if len(values) == 1 else f".{name}.npy"
            with open(place + suffix, "wb") as file:
                file.write(content)
