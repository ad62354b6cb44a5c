"""An SVG picture of efficiencies, written without a library: bars for each model, a panel for each kind of run."""
from xml.sax.saxutils import escape

COLOURS = ["#1f5fa8", "#6fa8dc", "#c0504d", "#e0a030", "#7f9f4f", "#9a86b8"]
BAR, GAP, LEFT, HEIGHT, TOP = 13, 22, 46, 170, 46


def panels(groups):
    """{title: [group]} of the experiment with peers, in the order of the groups."""
    found = {}
    for group in groups:
        if group["experiment"] == "speed" and group["entries"][0]["of_peak"] is not None:
            first = group["entries"][0]
            threads = f"{first['threads']} thread" + ("s" if first["threads"] != 1 else "")
            found.setdefault(f"batch {first['n']}, {threads}", []).append(group)
    return found


def text(x, y, words, anchor="middle", size=11):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def panel(title, groups, labels, top):
    """(shapes, width) of one panel whose plot begins at this height."""
    bottom, shapes, left = top + HEIGHT, [text(LEFT, top - 8, title, "start", 13)], LEFT
    for group in groups:
        efficiency = {entry["what"]: entry["of_peak"] for entry in group["entries"]}
        begin = left + GAP / 2
        for label in [label for label in labels if label in efficiency]:
            high = HEIGHT * efficiency[label]
            shapes.append(f'<rect x="{left + GAP / 2:.0f}" y="{bottom - high:.1f}" width="{BAR - 2}" '
                          f'height="{high:.1f}" fill="{COLOURS[labels.index(label) % len(COLOURS)]}"/>')  # fmt: skip
            percent = f"{100 * efficiency[label]:.0f}"
            shapes.append(text(left + GAP / 2 + BAR / 2 - 1, bottom - high - 3, percent, size=8))
            left += BAR
        shapes.append(text((begin + left + GAP / 2) / 2, bottom + 15, group["model"] + size_of(group)))
        left += GAP
    for percent in range(0, 101, 20):
        y = bottom - HEIGHT * percent / 100
        shapes.insert(0, f'<line x1="{LEFT}" x2="{left:.0f}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
        shapes.append(text(LEFT - 5, y + 4, f"{percent} %", "end"))
    return shapes, left


def size_of(group):
    """Written where a model is shown at other sizes than the one in its name."""
    entry = group["entries"][0]
    return "" if entry["h"] == entry["w"] and entry["h"] < 500 else f" {entry['h']}x{entry['w']}"


def svg(groups):
    """groups: as report.group_json makes them."""
    labels = list(dict.fromkeys(entry["what"] for titled in panels(groups).values() for group in titled
                                for entry in group["entries"]))  # fmt: skip
    shapes, width, top = [], LEFT + 110 * len(labels), TOP + 20
    for number, label in enumerate(labels):
        x = LEFT + 110 * number
        shapes.append(f'<rect x="{x}" y="26" width="10" height="10" fill="{COLOURS[number % len(COLOURS)]}"/>')
        shapes.append(text(x + 14, 35, label, "start"))
    for title, members in panels(groups).items():
        drawn, right = panel(title, members, labels, top)
        shapes += drawn
        width, top = max(width, right), top + HEIGHT + TOP
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 10:.0f}" height="{top - 16:.0f}" '
            'font-family="sans-serif">')  # fmt: skip
    title = text(LEFT, 16, "Multiply-adds per second, of the FMA peak of as many cores", "start", 13)
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', title, *shapes, "</svg>"]) + "\n"
