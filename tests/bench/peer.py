"""What others make of the same model: OpenVINO, ONNX Runtime, PyTorch. Run by the interpreter of scripts/peers.

  peer.py versions                               {peer: version, or the reason why it cannot run}, a line of JSON
  peer.py weights FOLDER                         writes FOLDER/model.safetensors for FOLDER/config.json
  peer.py serve PEER FOLDER INPUT OUTPUT THREADS
                                                 runs INPUT.npy once into OUTPUT.npy and says so with an empty line of
                                                 JSON; then reads lines "SECONDS LEAST" and answers each with
                                                 the milliseconds of so many runs, after one that is not timed

Everything computes in float32 (no bfloat16, no TF32), each in the form that was fastest of those tried: OpenVINO and
ONNX Runtime read a graph of fixed size, with attention as products and softmax; torch.compile freezes the weights, so
that they are packed.
"""
import ctypes
import importlib
import json
import os
import signal
import sys
import time
import warnings

PR_SET_PDEATHSIG = 1  # of sys/prctl.h
PACKAGES = {
    "openvino": ["openvino", "onnx", "torch", "timm"],
    "onnxruntime": ["onnxruntime", "onnx", "torch", "timm"],
    "torch": ["torch", "timm"],
    "torch.compile": ["torch", "timm"],
}


def versions():
    found = {}
    for peer, packages in PACKAGES.items():
        try:
            modules = [importlib.import_module(package) for package in packages]
            found[peer] = {"version": modules[0].__version__}
        except (ImportError, OSError) as error:
            found[peer] = {"missing": str(error).splitlines()[0]}
    return found


def create(folder):
    """The model without values of its own."""
    import timm
    from timm.layers import set_fused_attn

    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    set_fused_attn(False)
    return timm.create_model(config["architecture"], num_classes=config["num_classes"], **config["model_args"]).eval()


def write_weights(folder):
    """Seeded values with which every layer matters: maps of about the size 1, biases that differ."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    model = create(folder)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("relative_position_bias_table"):
                value.normal_()
            elif value.dim() >= 2 and not name.endswith("logit_scale"):
                value.normal_(0, value[0].numel() ** -0.5)
            elif name.endswith("bias"):
                value.normal_(0, 0.1)
            elif name.endswith("weight"):
                value.normal_(1, 0.1)
    path = os.path.join(folder, "model.safetensors")
    save_file(model.state_dict(), path + ".part")
    os.replace(path + ".part", path)


def load(folder):
    from safetensors.torch import load_file

    model = create(folder)
    model.load_state_dict(load_file(os.path.join(folder, "model.safetensors")))
    return model


def graph(folder, image):
    """Path of the ONNX graph for images of this shape; made once."""
    import torch

    path = os.path.join(folder, "x".join(map(str, image.shape)) + ".onnx")
    if not os.path.exists(path):
        program = torch.onnx.export(load(folder), (torch.from_numpy(image),), dynamo=True, input_names=["image"],
                                    verbose=False)  # fmt: skip
        # The weights lie beside it, in a file of a name that it knows: they come first.
        program.save(path, external_data=True)
    return path


def openvino(folder, image, threads):
    import openvino

    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
    }
    request = openvino.Core().compile_model(graph(folder, image), "CPU", settings).create_infer_request()
    return lambda: request.infer({0: image})[0]


def onnxruntime(folder, image, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(graph(folder, image), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"image": image})[0]


def torch_eager(folder, image, threads, compiled=False):
    import torch

    torch.set_num_threads(threads)
    model, tensor = load(folder), torch.from_numpy(image)
    if compiled:
        import torch._inductor.config

        torch._inductor.config.freezing = True
        model = torch.compile(model, dynamic=False)

    def run():
        with torch.inference_mode():
            return model(tensor).numpy()

    return run


def torch_compile(folder, image, threads):
    return torch_eager(folder, image, threads, compiled=True)


def serve(peer, folder, source, target, threads):
    import numpy

    # It may be stopped when bench ends without a word: then it is not left behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    start = {"openvino": openvino, "onnxruntime": onnxruntime, "torch": torch_eager, "torch.compile": torch_compile}
    run = start[peer](folder, numpy.load(source), threads)
    numpy.save(target, numpy.ascontiguousarray(run()))
    answer([])
    for line in sys.stdin:
        seconds, least = line.split()
        run()  # as our programs do, after having been stopped for long
        end, times = time.perf_counter() + float(seconds), []
        while len(times) < int(least) or time.perf_counter() < end:
            before = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - before))
        answer(times)


def answer(value):
    ANSWERS.write(json.dumps(value) + "\n")
    ANSWERS.flush()


def main(verb, *arguments):
    if verb == "versions":
        answer(versions())
    elif verb == "weights":
        write_weights(*arguments)
    else:
        serve(*arguments[:4], int(arguments[4]))


if __name__ == "__main__":
    # Answers alone go to standard output; what libraries print there goes to standard error.
    ANSWERS = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
