// RUN: swin-opt %s --swin-plan-memory --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-plan-memory --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-plan-memory --split-input-file | diff %t.once -

// A chain needs two slots, whatever its length. The last result is the caller's.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.call @k({{.*}}) {slot = 0 : i64}
// CHECK:         swin.call @k({{.*}}) {slot = 1 : i64}
// CHECK:         swin.call @k({{.*}}) {slot = 0 : i64}
// CHECK:         swin.call @k({{.*}}) {slot = 1 : i64}
// CHECK:         swin.call @k({{.*}}) {output = 0 : i64}
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %0 = swin.call @k(%x) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.call @k(%0) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %2 = swin.call @k(%1) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %3 = swin.call @k(%2) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %4 = swin.call @k(%3) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %4 as "features" : tensor<?x?x?x16xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32> {
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  swin.yield %0 : tensor<?x?x?x16xf32>
}

// -----

// A size check is the value itself: what it gives keeps the slot alive. An output that is read later stays where it is.
// Outputs are numbered by the order of swin.output, not of the calls.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[A:.*]] = swin.call @k({{.*}}) {slot = 0 : i64}
// CHECK:         %[[B:.*]] = swin.call @k(%[[A]]) {slot = 1 : i64}
// CHECK:         %[[C:.*]] = swin.call @k(%[[B]]) {output = 1 : i64}
// CHECK:         %[[D:.*]] = swin.call @add(%{{.*}}, %[[C]]) {slot = 1 : i64}
// CHECK:         swin.call @k(%[[D]]) {output = 0 : i64}
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %0 = swin.call @k(%x) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.call @k(%0) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %2 = swin.call @k(%1) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %3 = swin.check_size %0 min [2, 2] multiple [1, 1] : tensor<?x?x?x16xf32>
  %4 = swin.call @add(%3, %2) : (tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  %5 = swin.call @k(%4) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %5 as "last" : tensor<?x?x?x16xf32>
  swin.output %2 as "middle" : tensor<?x?x?x16xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32> {
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  swin.yield %0 : tensor<?x?x?x16xf32>
}
swin.kernel @add tokens activations 2 (%x: tensor<?x?x?x16xf32>, %y: tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32> {
  %0 = swin.add %x, %y : tensor<?x?x?x16xf32>
  swin.yield %0 : tensor<?x?x?x16xf32>
}
