"""How bench's results are written: JSON, from it lines for each group, and a Markdown table at the end."""
from contestants import WIDTHS, Own


def group_json(group):
    return {"experiment": group.experiment, "model": group.model.label,
            "entries": [entry_json(group, entry) for entry in group.entries]}  # fmt: skip


def entry_json(group, entry):
    best, median = group.efficiency(entry)
    ratio, median_ratio = entry.ratio(group.entries[0])
    return {
        "what": entry.label,
        "ours": isinstance(entry.contestant, Own),
        "version": entry.contestant.version,
        "isa": entry.contestant.isa,
        "threads": entry.contestant.threads,
        "n": entry.batch,
        "h": entry.size[0],
        "w": entry.size[1],
        "macs": group.macs(entry),
        "ms_min": entry.fastest,
        "ms_median": entry.median(),
        "ms_of_rounds": entry.medians,
        "peak_gmacs": max(entry.peaks),
        "of_peak": best,
        "of_peak_median": median,
        "ratio": ratio,
        "ratio_median": median_ratio,
    }


def same(found, group):
    """Whether these results are those of this group, which need not have been measured."""
    entries = [(entry["what"], entry["threads"], entry["n"], entry["h"], entry["w"]) for entry in found["entries"]]
    wanted = [(entry.label, entry.contestant.threads, entry.batch, *entry.size) for entry in group.entries]
    return (found["experiment"], found["model"], entries) == (group.experiment, group.model.label, wanted)


def compile_line(facts):
    return (f"swin-compile Swin-T: {facts['seconds']:.1f} s, {facts['warm_seconds']:.2f} with kernels of the cache; "
            f"{facts['weights_peak_bytes'] / 1e6:.0f} MB for its weights of {facts['weights_bytes'] / 1e6:.0f} MB, "
            f"{facts['itself_peak_bytes'] / 1e6:.0f} MB for itself")  # fmt: skip


def shape(entry):
    return f"{entry['n']}x{entry['h']}x{entry['w']}"


def plural(count, word):
    return f"{count} {word}" + ("s" if count != 1 else "")


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def group_lines(group):
    """The group's head, its columns, a line for each entry."""
    first, peaks = group["entries"][0], {}
    for entry in group["entries"]:
        kind = f"{WIDTHS[entry['isa']]} on {plural(entry['threads'], 'core')}"
        peaks[kind] = max(peaks.get(kind, 0.0), entry["peak_gmacs"])
    rates = ", ".join(f"{rate:.1f} {kind}" for kind, rate in peaks.items())
    lines = [
        f"{group['experiment']}: {group['model']} {shape(first)}, {plural(first['threads'], 'thread')}, "
        f"{number(first['macs'] and first['macs'] / 1e9, 3)} GMAC; FMA peak in GMAC/s: {rates}",
        f"  {'':24} {'best ms':>10} {'median':>10} {'of peak':>8} {'median':>8} {'time of':>9} {'median':>8}",
    ]
    for entry in group["entries"]:
        lines.append(f"  {entry['what']:24} {entry['ms_min']:10.2f} {entry['ms_median']:10.2f} "
                     f"{number(entry['of_peak'], 3):>8} {number(entry['of_peak_median'], 3):>8} "
                     f"{entry['ratio']:8.3f}x {entry['ratio_median']:7.3f}x")  # fmt: skip
    return lines


def cell(entry):
    """Milliseconds; of ours with the part of the peak, of others with how many times ours it is."""
    if entry is None:
        return "-"
    beside = number(entry["of_peak"], 2) if entry["ours"] else f"{entry['ratio']:.2f}x"
    return f"{entry['ms_min']:.1f} ({beside})"


def markdown(groups):
    """The table of the groups with peers; the others' lines say all there is."""
    groups = [group for group in groups if group["experiment"] == "speed"]
    labels = list(dict.fromkeys(entry["what"] for group in groups for entry in group["entries"]))
    if not labels:
        return []
    lines = [f"| model | image | threads | {' | '.join(labels)} |", "|---|---|---|" + "---|" * len(labels)]
    for group in groups:
        entries, first = {entry["what"]: entry for entry in group["entries"]}, group["entries"][0]
        cells = " | ".join(cell(entries.get(label)) for label in labels)
        lines.append(f"| {group['model']} | {shape(first)} | {first['threads']} | {cells} |")
    return lines
