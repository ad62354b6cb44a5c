// RUN: swin-opt %s --swin-form-kernels --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// A call is named as its value. A layer's last op may stand in the kernel behind it: what the call before computes is the
// value of another op of that layer.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.call @linear_16({{.*}} loc(fused["lateral:relu"("lateral"), "lateral"])
// CHECK:         swin.call @conv_3x3_16({{.*}} loc(fused["conv", "lateral"])
!map = tensor<?x?x?x16xf32>
!v = tensor<16xf32>
func.func @forward(%x: !map, %y: !map) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  %k = swin.param "k" : tensor<1x144x16xf32>
  %v = swin.param "v" : !v
  %l = swin.linear %x, %w, %v : (!map, tensor<1x16x16xf32>, !v) -> !map loc("lateral")
  %r = swin.relu %l : !map loc("lateral")
  %u = swin.resize %y bilinear like %r : (!map, !map) -> !map loc("lateral")
  %s = swin.add %r, %u : !map loc("lateral")
  %c = swin.conv2d %s, %k, %v kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>, !v) -> !map loc("conv")
  swin.output %c as "map" : !map
  return
}
