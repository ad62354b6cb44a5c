//===- ReportStyle.cpp - what a report's style has beyond all pages' ------===//
#include "tools/tune/ReportStyle.h"

namespace swin::tools {

const char *const reportStyle = R"(
.total { margin: 6px 0; font-size: 13px; }
.parts { display: flex; height: 32px; }
.parts div { flex: none; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  text-indent: 4px; padding-top: 7px;
  font-size: 12px; line-height: 18px; border-right: 1px solid var(--paper); }
.parts .default { background: var(--default); color: var(--on-default); }
.parts .best { background: var(--best); color: var(--paper); }
.parts div:nth-child(2n) { background-image: linear-gradient(rgba(255, 255, 255, 0.15) 0 0); }
td.heat { text-align: center; min-width: 38px; }
th.turned { padding: 4px 2px; text-align: center; }
th.turned span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 150px;
  overflow: hidden; text-overflow: ellipsis; }
.switch input { position: absolute; opacity: 0; }
.switch label { display: inline-block; cursor: pointer; font-size: 13px; padding: 2px 12px; margin: 2px 0;
  border: 1px solid var(--rule); color: var(--soft); }
.switch input:checked + label { color: var(--ink); border-color: var(--ink); }
.switch input:focus-visible + label { outline: 2px solid var(--best); }
.switch .over-seconds { display: none; }
.switch .by-seconds:checked ~ .over-seconds { display: flex; }
.switch .by-seconds:checked ~ .over-trials { display: none; }
svg .confirmed { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 6 3; }
svg .default { fill: var(--default); } svg .best { fill: var(--best); }
svg .change { stroke: var(--best); stroke-width: 2.5; }
svg .whisker { stroke: var(--default); stroke-width: 1.5; } svg .half { fill: var(--default); opacity: 0.55; }
svg .median { stroke: var(--ink); stroke-width: 2; }
svg .curve { fill: none; stroke-width: 1.7; opacity: 0.85; }
svg .strategy-1 { stroke: var(--one); } svg .strategy-2 { stroke: var(--two); }
svg .strategy-3 { stroke: var(--three); } svg .strategy-4 { stroke: var(--four); }
svg .end-point { fill: var(--paper); stroke-width: 1.5; }
@media print { .switch input, .switch label { display: none; } }
)";

} // namespace swin::tools
