//===- ReportStyle.cpp - style and script of a report ---------------------===//
#include "tools/tune/ReportStyle.h"

namespace swin::tools {

const char *const reportStyle = R"(
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2329; --soft: #5c6670; --rule: #dde2e7; --shade: #f4f6f8;
  --default: #9aa5b1; --on-default: #1d2329; --best: #0b72b9;
  --one: #0b72b9; --two: #c4570a; --three: #12805c; --four: #8b4fb0;
  --heat: 11, 114, 185; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --ink: #e3e7eb; --soft: #9ba5af; --rule: #333b43; --shade: #1c2228;
    --default: #66717d; --on-default: #ffffff; --best: #56b0f0;
    --one: #56b0f0; --two: #f29a4a; --three: #4cc79b; --four: #c493e6;
    --heat: 86, 176, 240; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1020px; padding: 24px 20px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 44px 0 8px; padding-top: 14px; border-top: 1px solid var(--rule); }
h3 { font-size: 16px; margin: 26px 0 6px; }
h4 { font-size: 14px; margin: 18px 0 4px; }
p { max-width: 74ch; margin: 6px 0 10px; }
.lead { font-size: 17px; }
.soft, caption { color: var(--soft); }
.how { color: var(--soft); font-size: 14px; }
.figures { display: flex; flex-wrap: wrap; gap: 14px 18px; align-items: flex-start; margin: 12px 0; }
.total { margin: 6px 0; font-size: 13px; }
.parts { display: flex; height: 32px; }
.parts div { flex: none; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  text-indent: 4px; padding-top: 7px;
  font-size: 12px; line-height: 18px; border-right: 1px solid var(--paper); }
.parts .default { background: var(--default); color: var(--on-default); }
.parts .best { background: var(--best); color: var(--paper); }
.parts div:nth-child(2n) { background-image: linear-gradient(rgba(255, 255, 255, 0.15) 0 0); }
.scroll { overflow-x: auto; margin: 10px 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 2px 0 6px; font-size: 13px; }
th, td { padding: 4px 9px; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top;
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; border-bottom-color: var(--soft); }
td.left, th.left { text-align: left; }
td.wide { text-align: left; white-space: normal; min-width: 46ch; max-width: 62ch; }
td.heat { text-align: center; min-width: 38px; }
tbody tr:hover { background: var(--shade); }
th.turned { padding: 4px 2px; text-align: center; }
th.turned span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 150px;
  overflow: hidden; text-overflow: ellipsis; }
td code { white-space: nowrap; }
code { font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--rule); padding: 5px 0; }
summary { cursor: pointer; padding: 2px 0; }
summary .soft { margin-left: 8px; font-size: 13px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 12px 0; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--soft); margin: 8px 0; }
.legend svg { vertical-align: middle; margin-right: 6px; }
.switch input { position: absolute; opacity: 0; }
.switch label { display: inline-block; cursor: pointer; font-size: 13px; padding: 2px 12px; margin: 2px 0;
  border: 1px solid var(--rule); color: var(--soft); }
.switch input:checked + label { color: var(--ink); border-color: var(--ink); }
.switch input:focus-visible + label { outline: 2px solid var(--best); }
.switch .over-seconds { display: none; }
.switch .by-seconds:checked ~ .over-seconds { display: flex; }
.switch .by-seconds:checked ~ .over-trials { display: none; }
th[data-sort] { cursor: pointer; } th[aria-sort] { color: var(--ink); }
svg { max-width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  fill: var(--ink); }
svg .tick { font-size: 11px; fill: var(--soft); }
svg .middle { text-anchor: middle; } svg .end { text-anchor: end; } svg .strong { font-weight: 600; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .even { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; }
svg .confirmed { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 6 3; }
svg .default { fill: var(--default); } svg .best { fill: var(--best); }
svg .change { stroke: var(--best); stroke-width: 2.5; }
svg .whisker { stroke: var(--default); stroke-width: 1.5; } svg .half { fill: var(--default); opacity: 0.55; }
svg .median { stroke: var(--ink); stroke-width: 2; }
svg .curve { fill: none; stroke-width: 1.7; opacity: 0.85; }
svg .strategy-1 { stroke: var(--one); } svg .strategy-2 { stroke: var(--two); }
svg .strategy-3 { stroke: var(--three); } svg .strategy-4 { stroke: var(--four); }
svg .end-point { fill: var(--paper); stroke-width: 1.5; }
@media (max-width: 560px) { body { padding: 14px 12px 40px; } h1 { font-size: 22px; } dl { display: block; }
  dd { margin-bottom: 6px; } }
@media print { .switch input, .switch label { display: none; } }
)";

const char *const reportScript = R"(
document.querySelectorAll("table.sorted").forEach(table => {
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    return "key" in cell.dataset ? Number(cell.dataset.key) : cell.textContent;
  };
  table.querySelectorAll("th").forEach((head, column) => {
    head.dataset.sort = "";
    head.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") !== "descending";
      table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const rows = Array.from(body.rows);
      rows.sort((a, b) => {
        const x = key(a, column), y = key(b, column);
        const order = x > y ? 1 : y > x ? -1 : 0;
        return falling ? -order : order;
      });
      rows.forEach(row => body.append(row));
    });
  });
});
)";

} // namespace swin::tools
