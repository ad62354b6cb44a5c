//===- ModelStyle.cpp - what a model's page has beyond the style of all ---===//
#include "tools/report/ModelStyle.h"

namespace swin::tools {

const char *const modelStyle = R"(
:root { --windows: #0b72b9; --tokens: #12805c; --pool: #8b4fb0; --conv: #c4570a; --map: #6b7680; --other: #6b7680;
  --tint: 14%; }
@media (prefers-color-scheme: dark) {
  :root { --windows: #56b0f0; --tokens: #4cc79b; --pool: #c493e6; --conv: #f29a4a; --map: #9aa5b1; --other: #9aa5b1;
    --tint: 22%; }
}
.kind-windows { --kind: var(--windows); } .kind-tokens { --kind: var(--tokens); } .kind-pool { --kind: var(--pool); }
.kind-conv { --kind: var(--conv); } .kind-map { --kind: var(--map); } .kind-other { --kind: var(--other); }
a { color: var(--best); }
.contents { font-size: 14px; margin: 14px 0 0; } .contents a { margin-right: 12px; }
.numbers { display: flex; flex-wrap: wrap; gap: 12px 34px; margin: 20px 0 18px; }
.numbers .number { font-size: 23px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.numbers .what { font-size: 13px; color: var(--soft); }
.swatch { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 2px;
  background: var(--kind); vertical-align: -1px; }
.legend b { color: var(--ink); font-weight: 600; }
.model { margin: 16px 0; }
.part { display: flex; gap: 18px; padding: 10px 0; border-top: 1px solid var(--rule); }
.part .map { flex: 0 0 118px; text-align: center; } .part .map svg { display: block; margin: 0 auto; }
.part .shape { font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; margin-top: 2px; }
.part .body { flex: 1; min-width: 0; } .part .title { margin-bottom: 6px; }
.part .title code { color: var(--soft); margin-right: 10px; }
.blocks { display: flex; flex-wrap: wrap; gap: 8px; }
.block { display: flex; gap: 9px; border: 1px solid var(--rule); border-radius: 4px; padding: 6px 9px 7px;
  background: var(--shade); max-width: 100%; }
.block .name { font: 12px/1.3 ui-monospace, "DejaVu Sans Mono", monospace; margin-bottom: 3px; }
.block .name .soft { font-family: system-ui, sans-serif; }
.block .windows { flex: none; padding-top: 2px; }
.block .calls { min-width: 0; }
.call { display: flex; justify-content: space-between; gap: 12px; font-size: 12px; line-height: 1.5;
  border-left: 4px solid var(--kind); padding-left: 6px; margin-top: 2px; }
.call .time { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
svg .face { fill: var(--shade); stroke: var(--soft); } svg .face-top { fill: var(--rule); stroke: var(--soft); }
svg .face-side { fill: var(--rule); stroke: var(--soft); }
svg .map-edge { fill: none; stroke: var(--windows); stroke-width: 1.2; }
svg .window-edge { stroke: var(--windows); stroke-width: 0.7; }
.fused { border: 1px solid var(--rule); border-left: 5px solid var(--kind); border-radius: 4px; padding: 8px 12px 10px;
  margin: 10px 0; }
.fused .title { font-size: 13px; color: var(--soft); }
.fused .title code { font-weight: 600; font-size: 13.5px; color: var(--ink); margin-right: 8px; }
.fused .steps { display: grid; grid-template-columns: 54px 1fr; gap: 6px 10px; align-items: start; font-size: 12.5px;
  margin-top: 7px; }
.fused .when { color: var(--soft); padding-top: 4px; }
.ops { display: flex; flex-wrap: wrap; gap: 4px 0; align-items: center; }
.op { border: 1px solid var(--soft); border-radius: 3px; padding: 2px 7px; background: var(--paper);
  line-height: 1.35; }
.op.move { border-style: dashed; color: var(--soft); }
.op.gone { color: var(--soft); text-decoration: line-through; border-color: var(--rule); }
.memory { color: var(--soft); padding: 0 3px; }
.one { justify-self: start; display: flex; flex-wrap: wrap; gap: 4px 6px; align-items: center;
  border: 1.5px solid var(--kind); border-radius: 4px; padding: 5px 7px;
  background: color-mix(in srgb, var(--kind) var(--tint), var(--paper)); }
.one .op { border-color: transparent; background: none; padding: 1px 5px; }
.one .op.move { border: 1px dashed var(--soft); }
dl.ops-text { grid-template-columns: max-content 1fr; font-size: 13px; }
.fill { fill: var(--kind); } svg .bound { stroke: var(--ink); stroke-width: 2; }
svg .fill-soft { fill: var(--kind); fill-opacity: 0.3; stroke: var(--kind); stroke-width: 1; }
svg .roof { fill: none; stroke: var(--ink); stroke-width: 1.6; } svg .point { fill: var(--kind); stroke: var(--paper); }
svg .axis { stroke: var(--soft); stroke-width: 1; } svg .lead { stroke: var(--soft); stroke-width: 0.6; }
details.remark summary .soft { white-space: nowrap; } details.remark p { margin: 4px 0 4px 18px; max-width: none; }
caption { white-space: nowrap; } .wide svg { min-width: 820px; }
table.sorted th, table.sorted td { padding: 4px 7px; }
td.schedule { text-align: left; white-space: normal; min-width: 44ch; }
td.schedule code { white-space: normal; }
@media (max-width: 560px) { .part { gap: 8px; } .part .map { flex-basis: 84px; } .part .map svg { max-width: 80px; } }
)";

} // namespace swin::tools
