"""How bench's results are written: a line for each entry while it runs, a Markdown table at the end, JSON."""
import contestants


def compile_line(facts):
    return (f"swin-compile Swin-T: {facts['seconds']:.1f} s, {facts['warm_seconds']:.2f} with kernels of the cache; "
            f"{facts['weights_peak_bytes'] / 1e6:.0f} MB for its weights of {facts['weights_bytes'] / 1e6:.0f} MB, "
            f"{facts['itself_peak_bytes'] / 1e6:.0f} MB for itself")  # fmt: skip


def shape(entry):
    return f"{entry.batch}x{entry.size[0]}x{entry.size[1]}"


def plural(count, word):
    return f"{count} {word}" + ("s" if count != 1 else "")


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def group_lines(group):
    """The group's head, its columns, a line for each entry."""
    first = group.entries[0]
    macs = group.macs(first)
    peaks = {}
    for entry in group.entries:
        kind = contestants.WIDTHS[entry.contestant.isa] + f" on {plural(entry.contestant.threads, 'core')}"
        peaks[kind] = max([peaks.get(kind, 0.0), *entry.peaks])
    rates = ", ".join(f"{rate:.1f} {kind}" for kind, rate in peaks.items())
    lines = [
        f"{group.experiment}: {group.model.label} {shape(first)}, {plural(first.contestant.threads, 'thread')}, "
        f"{number(macs and macs / 1e9, 3)} GMAC; FMA peak in GMAC/s: {rates}",
        f"  {'':24} {'best ms':>10} {'median':>10} {'of peak':>8} {'median':>8} {'time of':>9} {'median':>8}",
    ]
    for entry in group.entries:
        best, median = group.efficiency(entry)
        ratio, median_ratio = entry.ratio(first)
        lines.append(f"  {entry.label:24} {entry.fastest:10.2f} {entry.median():10.2f} {number(best, 3):>8} "
                     f"{number(median, 3):>8} {ratio:8.3f}x {median_ratio:7.3f}x")  # fmt: skip
    return lines


def cell(group, entry):
    """Milliseconds; of ours with the part of the peak, of others with how many times ours it is."""
    if entry is None:
        return "-"
    if isinstance(entry.contestant, contestants.Own):
        return f"{entry.fastest:.1f} ({number(group.efficiency(entry)[0], 2)})"
    return f"{entry.fastest:.1f} ({entry.ratio(group.entries[0])[0]:.2f}x)"


def markdown(groups):
    """The table of an experiment with peers; nothing for the others, whose lines say all."""
    groups = [group for group in groups if group.experiment == "speed"]
    labels = list(dict.fromkeys(entry.label for group in groups for entry in group.entries))
    if not labels:
        return []
    lines = [f"| model | image | threads | {' | '.join(labels)} |", "|---|---|---|" + "---|" * len(labels)]
    for group in groups:
        entries = {entry.label: entry for entry in group.entries}
        cells = [cell(group, entries.get(label)) for label in labels]
        first = group.entries[0]
        lines.append(f"| {group.model.label} | {shape(first)} | {first.contestant.threads} | {' | '.join(cells)} |")
    return lines


def entry_json(group, entry):
    best, median = group.efficiency(entry)
    ratio, median_ratio = entry.ratio(group.entries[0])
    return {
        "what": entry.label,
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


def group_json(group):
    return {"experiment": group.experiment, "model": group.model.label,
            "entries": [entry_json(group, entry) for entry in group.entries]}  # fmt: skip
