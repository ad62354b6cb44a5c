"""Random descriptions of graphs: every op that has an image or a map in front of it, at sizes that do not divide."""
import random

ACTIVATIONS = ["relu", "gelu", "gelu_tanh", "quick_gelu", "silu", "sigmoid", "leaky_relu"]


class Map:
    """A node that is a map: its channels, its size at the size of the image, and what that size follows from, so that
    maps of one origin have one size whatever the image."""

    def __init__(self, name, channels, size, origin):
        self.name, self.channels, self.size, self.origin = name, channels, size, origin


class Graph:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.nodes, self.maps, self.outputs, self.ops = [], [], {}, []
        self.batch = self.random.randint(1, 3)
        self.size = (self.random.randint(19, 41), self.random.randint(19, 41))
        self.channels = self.random.choice([1, 3])

    def description(self):
        return {
            "format": "swin-model",
            "image": {"size": list(self.size), "channels": self.channels},
            "graph": self.nodes,
            "outputs": self.outputs,
        }

    def node(self, op, **keys):
        name = f"{op}.{len(self.nodes)}"
        self.nodes.append({"name": name, "op": op, **keys})
        self.ops.append(op)
        return name

    def keep(self, name, like, channels=None, size=None, origin=None):
        self.maps.append(Map(name, channels or like.channels, size or like.size, origin or like.origin))
        return self.maps[-1]

    def pick(self):
        return self.random.choice(self.maps[-3:])


def begin(graph):
    if graph.random.random() < 0.5:
        patch = graph.random.randint(1, 4)
        channels = graph.random.choice([4, 8, 12, 20])
        pad = graph.random.random() < 0.5
        name = graph.node("patch_embed", input="image", channels=channels, patch=patch, pad=pad)
        size = tuple((n + (patch - 1 if pad else 0)) // patch for n in graph.size)
    else:
        channels, size = graph.channels, graph.size
        name = graph.node("channels_last", input="image")
    graph.maps.append(Map(name, channels, size, name))


def conv(graph, op):
    x = graph.pick()
    kernel = [graph.random.randint(1, 5), graph.random.randint(1, 5)]
    stride, padding = graph.random.choice([1, 1, 2, 3]), [graph.random.randint(0, k - 1) for k in kernel]
    if all(k % 2 for k in kernel) and graph.random.random() < 0.5:
        padding = "same"
    zeros = [k // 2 for k in kernel] if padding == "same" else padding
    size = tuple((n + 2 * p - k) // stride + 1 for n, p, k in zip(x.size, zeros, kernel))
    if min(n + 2 * p - k for n, p, k in zip(x.size, zeros, kernel)) < 0:
        return
    keys = {"kernel": kernel, "stride": stride, "padding": padding, "bias": graph.random.random() < 0.7}
    channels = x.channels
    if op == "conv2d":
        groups = graph.random.choice([g for g in (1, 1, 2, 4, x.channels) if x.channels % g == 0])
        channels = groups * graph.random.randint(1, max(1, 24 // groups))
        keys.update(channels=channels, groups=groups)
    same = stride == 1 and padding == "same"
    name = graph.node(op, input=x.name, **keys)
    graph.keep(name, x, channels, size, None if same else name)


def token_op(graph):
    x = graph.pick()
    op = graph.random.choice(["batch_norm", "affine", "layer_norm", "linear"] + ACTIVATIONS)
    keys = {}
    if op == "linear":
        keys = {"channels": graph.random.randint(2, 24)}
    elif op == "layer_norm" and x.channels == 1:
        return  # of one channel nothing is left
    graph.keep(graph.node(op, input=x.name, **keys), x, keys.get("channels"))


def join(graph):
    x = graph.pick()
    others = [y for y in graph.maps if y.origin == x.origin]
    equal = [y for y in others if y.channels == x.channels]
    if graph.random.random() < 0.5:
        graph.keep(graph.node("add", inputs=[x.name, graph.random.choice(equal).name]), x)
    else:
        inputs = [graph.random.choice(others) for _ in range(graph.random.randint(1, 3))] + [x]
        channels = sum(y.channels for y in inputs)
        if channels < 64:
            graph.keep(graph.node("concat", inputs=[y.name for y in inputs]), x, channels)


def address(graph):
    x = graph.pick()
    op = graph.random.choice(["cyclic_shift", "patch_merging", "pixel_shuffle", "reflect_pad", "pad"])
    if op == "cyclic_shift":
        graph.keep(graph.node(op, input=x.name, by=[graph.random.randint(-4, 4), graph.random.randint(-4, 4)]), x)
    elif op == "patch_merging" and x.channels <= 12:
        name = graph.node(op, input=x.name)
        graph.keep(name, x, 4 * x.channels, tuple((n + 1) // 2 for n in x.size), name)
    elif op == "pixel_shuffle" and x.channels % 4 == 0 and max(x.size) < 60:
        name = graph.node(op, input=x.name, by=2)
        graph.keep(name, x, x.channels // 4, tuple(2 * n for n in x.size), name)
    elif op in ("pad", "reflect_pad") and min(x.size) > 8:
        multiple = graph.random.randint(2, 7)
        name = graph.node(op, input=x.name, to_multiple_of=multiple)
        wider = graph.keep(name, x, None, tuple(-(-n // multiple) * multiple for n in x.size), name)
        token_op(graph)
        if graph.random.random() < 0.5:
            graph.keep(graph.node("crop", input=wider.name, like=x.name), x)


def resize(graph):
    x = graph.pick()
    how = graph.random.choice(["nearest", "bilinear", "bicubic"])
    if graph.random.random() < 0.3:
        to = [graph.random.randint(1, 6), graph.random.randint(1, 6)]
        name = graph.node("adaptive_pool", input=x.name, to=to)
        small = graph.keep(name, x, None, tuple(to), name)
        graph.keep(graph.node("resize", input=small.name, like=x.name, interpolation=how), x)
    elif graph.random.random() < 0.5:
        like = graph.random.choice(graph.maps)
        graph.keep(graph.node("resize", input=x.name, like=like.name, interpolation=how), like, x.channels)
    elif max(x.size) < 60:
        by = [graph.random.randint(1, 3), graph.random.randint(1, 3)]
        name = graph.node("resize", input=x.name, by=by, interpolation=how)
        graph.keep(name, x, None, tuple(n * f for n, f in zip(x.size, by)), name)


def windows(graph):
    """A Swin block's first half, with attention or with a map across tokens."""
    x = graph.pick()
    window = [graph.random.randint(2, 5), graph.random.randint(2, 5)]
    shift = [graph.random.randint(0, w - 1) for w in window] if graph.random.random() < 0.5 else [0, 0]
    heads = graph.random.choice([1, 2])
    mixes = graph.random.random() < 0.3
    if x.channels % heads or x.channels < 2:
        return
    name = graph.node("layer_norm", input=x.name)
    name = graph.node("pad", input=name, to_multiple_of=window)
    if shift != [0, 0]:
        name = graph.node("cyclic_shift", input=name, by=shift, window=window)
    name = graph.node("window_partition", input=name, window=window)
    if mixes:
        name = graph.node("token_mixing", input=name, heads=heads)
    else:
        name = graph.node("linear", input=name, channels=3 * x.channels)
        name = graph.node("window_attention", input=name, heads=heads, window=window, shift=shift)
        name = graph.node("linear", input=name, channels=x.channels)
    name = graph.node("window_reverse", input=name, window=window)
    if shift != [0, 0]:
        name = graph.node("cyclic_shift", input=name, by=[-s for s in shift], window=window)
    name = graph.node("crop", input=name, like=x.name)
    graph.keep(graph.node("add", inputs=[x.name, name]), x)


def end(graph):
    x = graph.maps[-1]
    form = graph.random.choice(["rows", "map", "image"])
    if form == "rows":
        name = graph.node("linear", input=graph.node("mean_pool", input=x.name), channels=7)
        graph.outputs["logits"] = name
    elif form == "image":
        graph.outputs["image"] = graph.node("channels_first", input=x.name)
    if form == "map" or graph.random.random() < 0.4:
        graph.outputs["map"] = (x if form == "map" else graph.random.choice(graph.maps)).name


STEPS = [lambda graph: conv(graph, "conv2d"), lambda graph: conv(graph, "depthwise_conv2d"), token_op, token_op, join,
         address, resize, windows]  # fmt: skip


def case(seed):
    graph = Graph(seed)
    begin(graph)
    for _ in range(graph.random.randint(3, 9)):
        graph.random.choice(STEPS)(graph)
    end(graph)
    return graph
