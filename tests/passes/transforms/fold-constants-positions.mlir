// RUN: swin-opt %s --swin-fold-constants --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-fold-constants --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-fold-constants --split-input-file | diff %t.once -
// RUN: swin-opt %s --swin-fold-constants="max-expanded-bias=511" --split-input-file | FileCheck %s --check-prefix=COMPACT
// RUN: swin-opt %s --swin-fold-constants --split-input-file --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t

// The position MLP becomes a table of biases, the temperatures and the qkv bias constants; of the MLP nothing is left.
// Only the map of activations is packed.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    swin.window_partition
// CHECK-NEXT:    %[[B:.*]] = swin.param "attn.q_bias:qkv" : tensor<48xf32>
// CHECK-NEXT:    %[[W:.*]] = swin.param "attn.qkv.weight:packed" : tensor<3x16x16xf32>
// CHECK-NEXT:    %[[Q:.*]] = swin.linear %{{.*}}, %[[W]], %[[B]]
// CHECK-NEXT:    %[[H:.*]] = swin.param "attn.logit_scale:exp" : tensor<2xf32>
// CHECK-NEXT:    %[[T:.*]] = swin.param "attn.cpb_mlp.2.weight:linear:sigmoid:scaled:expanded" : tensor<2x4x16xf32>
// CHECK-NEXT:    swin.window_attention %[[Q]], %[[T]] cosine %[[H]] heads 2 scale 1.000000e+00
// CHECK-NEXT:    swin.window_reverse
// CHECK-NEXT:    swin.output
// COMPACT:       swin.param "attn.cpb_mlp.2.weight:linear:sigmoid:scaled" : tensor<9x2xf32>
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %w = swin.param "attn.qkv.weight" : tensor<48x16xf32>
  %bq = swin.param "attn.q_bias" : tensor<16xf32>
  %bv = swin.param "attn.v_bias" : tensor<16xf32>
  %b = swin.qkv_bias %bq, %bv : tensor<16xf32>, tensor<16xf32> -> tensor<48xf32>
  %1 = swin.linear %0, %w, %b : (tensor<?x?x?x4x16xf32>, tensor<48x16xf32>, tensor<48xf32>) -> tensor<?x?x?x4x48xf32>
  %l = swin.param "attn.logit_scale" : tensor<2x1x1xf32>
  %h = swin.logit_scale %l max 4.605 : tensor<2x1x1xf32> -> tensor<2xf32>
  %w1 = swin.param "attn.cpb_mlp.0.weight" : tensor<32x2xf32>
  %b1 = swin.param "attn.cpb_mlp.0.bias" : tensor<32xf32>
  %w2 = swin.param "attn.cpb_mlp.2.weight" : tensor<2x32xf32>
  %p = swin.log_coords window [2, 2] step [8.0, 8.0] gain 0.480898 : tensor<9x2xf32>
  %t1 = swin.linear %p, %w1, %b1 : (tensor<9x2xf32>, tensor<32x2xf32>, tensor<32xf32>) -> tensor<9x32xf32>
  %t2 = swin.relu %t1 : tensor<9x32xf32>
  %t3 = swin.linear %t2, %w2 : (tensor<9x32xf32>, tensor<2x32xf32>) -> tensor<9x2xf32>
  %t4 = swin.sigmoid %t3 : tensor<9x2xf32>
  %t5 = swin.scale_rows %t4 rows [0, 9] by 16.0 : tensor<9x2xf32>
  %2 = swin.window_attention %1, %t5 cosine %h heads 2 scale 1.0 window [2, 2] shift [0, 0] never : (tensor<?x?x?x4x48xf32>, tensor<9x2xf32>, tensor<2xf32>) -> tensor<?x?x?x4x16xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %3 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// What has no operand is called after its layer. A constant that is read compact and in an expression is both.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    %[[P:.*]] = swin.param "layers.0.cpb_mlp:log_coords" : tensor<9x2xf32>
// CHECK-NEXT:    swin.output %[[P]] as "positions"
// CHECK-NEXT:    %[[S:.*]] = swin.param "layers.0.cpb_mlp:log_coords:silu" : tensor<9x2xf32>
// CHECK-NEXT:    swin.output %[[S]] as "function"
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %p = swin.log_coords window [2, 2] step [8.0, 8.0] gain 0.480898 : tensor<9x2xf32> loc("layers.0.cpb_mlp")
  swin.output %p as "positions" : tensor<9x2xf32>
  %s = swin.silu %p : tensor<9x2xf32>
  swin.output %s as "function" : tensor<9x2xf32>
  return
}

// -----

// The length of queries says nothing about cosines; a norm that is added keeps its gain and offset.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.param "qkv.weight:packed"
// CHECK:         swin.window_attention %{{.*}} scale 5.000000e-01
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "qkv.weight" : tensor<48x16xf32>
  %t = swin.param "table" : tensor<9x2xf32>
  %h = swin.param "temperatures" : tensor<2xf32>
  %g = swin.param "norm.weight" : tensor<16xf32>
  %b = swin.param "norm.bias" : tensor<16xf32>
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %1 = swin.linear %0, %w : (tensor<?x?x?x4x16xf32>, tensor<48x16xf32>) -> tensor<?x?x?x4x48xf32>
  // expected-remark @below {{Reason="cosines do not depend on the length of queries", Remark="scale of scores stays"}}
  %2 = swin.window_attention %1, %t cosine %h heads 2 scale 0.5 window [2, 2] shift [0, 0] never : (tensor<?x?x?x4x48xf32>, tensor<9x2xf32>, tensor<2xf32>) -> tensor<?x?x?x4x16xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="its user is swin.add, not swin.linear", Remark="gain and offset of a norm stay"}}
  %4 = swin.layer_norm %3, %g, %b epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %5 = swin.add %x, %4 : tensor<?x?x?x16xf32>
  swin.output %5 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// A weight across tokens stays as it is.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[W:.*]] = swin.param "spatial_mlp.weight" : tensor<8x4x1xf32>
// CHECK:         swin.token_mixing %{{.*}}, %[[W]],
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %g = swin.param "norm.weight" : tensor<16xf32>
  %o = swin.param "norm.bias" : tensor<16xf32>
  %w = swin.param "spatial_mlp.weight" : tensor<8x4x1xf32>
  %b = swin.param "spatial_mlp.bias" : tensor<8xf32>
  // expected-remark @below {{Reason="its user is swin.token_mixing, not swin.linear", Remark="gain and offset of a norm stay"}}
  %0 = swin.layer_norm %x, %g, %o epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.token_mixing %1, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %3 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// A constant that is read by another one as well as beside it goes with the last of both.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    %[[B:.*]] = swin.param "b:relu" : tensor<16xf32>
// CHECK-NEXT:    %[[W:.*]] = swin.param "w:packed"
// CHECK-NEXT:    swin.linear %{{.*}}, %[[W]], %[[B]]
// CHECK-NEXT:    swin.output
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<16x16xf32>
  %b = swin.param "b" : tensor<16xf32>
  %c = swin.relu %b : tensor<16xf32>
  %d = swin.add %c, %b : tensor<16xf32>
  %0 = swin.linear %x, %w, %d : (tensor<?x?x?x16xf32>, tensor<16x16xf32>, tensor<16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %0 as "features" : tensor<?x?x?x16xf32>
  return
}
