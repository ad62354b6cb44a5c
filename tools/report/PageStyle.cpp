//===- PageStyle.cpp - style and script of all pages ----------------------===//
#include "tools/report/PageStyle.h"

namespace swin::tools {

const char *const pageStyle = R"(
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
.scroll { overflow-x: auto; margin: 10px 0; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 2px 0 6px; font-size: 13px; }
th, td { padding: 4px 9px; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top;
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; border-bottom-color: var(--soft); }
td.left, th.left { text-align: left; }
td.wide { text-align: left; white-space: normal; min-width: 46ch; max-width: 62ch; }
tbody tr:hover { background: var(--shade); }
td code { white-space: nowrap; }
code { font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--rule); padding: 5px 0; }
summary { cursor: pointer; padding: 2px 0; }
summary .soft { margin-left: 8px; font-size: 13px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 12px 0; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--soft); margin: 8px 0; }
.legend svg { vertical-align: middle; margin-right: 6px; }
th[data-sort] { cursor: pointer; } th[aria-sort] { color: var(--ink); }
svg { max-width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  fill: var(--ink); }
svg .tick { font-size: 11px; fill: var(--soft); }
svg .middle { text-anchor: middle; } svg .end { text-anchor: end; } svg .strong { font-weight: 600; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .even { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; }
@media (max-width: 560px) { body { padding: 14px 12px 40px; } h1 { font-size: 22px; } dl { display: block; }
  dd { margin-bottom: 6px; } }
)";

const char *const sortScript = R"(
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
