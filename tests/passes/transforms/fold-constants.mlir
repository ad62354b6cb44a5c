// RUN: swin-opt %s --swin-fold-constants --split-input-file | FileCheck %s
// Idempotent: the second run finds nothing to do.
// RUN: swin-opt %s --swin-fold-constants --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-fold-constants --split-input-file -o %t.twice
// RUN: diff %t.once %t.twice

// A norm's gain and offset go into the map behind it; weights are packed; what is not used any more is gone.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    swin.param "embed.bias"
// CHECK-NEXT:    swin.param "embed.weight:packed" : tensor<1x48x16xf32>
// CHECK-NEXT:    swin.patch_embed
// CHECK-NEXT:    swin.output
// CHECK-NEXT:    %[[N:.*]] = swin.layer_norm %{{.*}} epsilon {{.*}} : tensor<?x?x?x8xf32>
// CHECK-NEXT:    %[[B:.*]] = swin.param "fc.bias:norm" : tensor<20xf32>
// CHECK-NEXT:    %[[W:.*]] = swin.param "fc.weight:norm:packed" : tensor<2x8x16xf32>
// CHECK-NEXT:    swin.linear %[[N]], %[[W]], %[[B]] : (tensor<?x?x?x8xf32>, tensor<2x8x16xf32>, tensor<20xf32>)
func.func @forward(%image: tensor<?x3x?x?xf32>) {
  %we = swin.param "embed.weight" : tensor<8x3x4x4xf32>
  %be = swin.param "embed.bias" : tensor<8xf32>
  %0 = swin.patch_embed %image, %we, %be patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<8x3x4x4xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  swin.output %0 as "stage1" : tensor<?x?x?x8xf32>
  %g = swin.param "norm.weight" : tensor<8xf32>
  %b = swin.param "norm.bias" : tensor<8xf32>
  %w = swin.param "fc.weight" : tensor<20x8xf32>
  %c = swin.param "fc.bias" : tensor<20xf32>
  %unused = swin.param "unused" : tensor<4xf32>
  %1 = swin.layer_norm %0, %g, %b epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %2 = swin.linear %1, %w, %c : (tensor<?x?x?x8xf32>, tensor<20x8xf32>, tensor<20xf32>) -> tensor<?x?x?x20xf32>
  swin.output %2 as "features" : tensor<?x?x?x20xf32>
  return
}

// -----

// A map without bias gets one: the weight times the norm's offset.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[B:.*]] = swin.param "reduction.weight:offset" : tensor<16xf32>
// CHECK:         swin.linear %{{.*}}, %{{.*}}, %[[B]] : (tensor<?x?x?x32xf32>, tensor<1x32x16xf32>, tensor<16xf32>)
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %g = swin.param "norm.weight" : tensor<32xf32>
  %b = swin.param "norm.bias" : tensor<32xf32>
  %w = swin.param "reduction.weight" : tensor<16x32xf32>
  %0 = swin.patch_merging %x : tensor<?x?x?x8xf32> -> tensor<?x?x?x32xf32>
  %1 = swin.layer_norm %0, %g, %b epsilon 1.0e-5 : tensor<?x?x?x32xf32>, tensor<32xf32>, tensor<32xf32>
  %2 = swin.linear %1, %w : (tensor<?x?x?x32xf32>, tensor<16x32xf32>) -> tensor<?x?x?x16xf32>
  swin.output %2 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// The score scale goes into the query rows of weight and bias, the table becomes a bias per pair.
// CHECK-LABEL: func.func @forward
// CHECK-DAG:     %[[W:.*]] = swin.param "qkv.weight:scaled:packed" : tensor<3x16x16xf32>
// CHECK-DAG:     %[[B:.*]] = swin.param "qkv.bias:scaled" : tensor<48xf32>
// CHECK:         %[[Q:.*]] = swin.linear %{{.*}}, %[[W]], %[[B]]
// CHECK-NEXT:    %[[T:.*]] = swin.param "table:expanded" : tensor<2x4x16xf32>
// CHECK-NEXT:    swin.window_attention %[[Q]], %[[T]] heads 2 scale 1.000000e+00 window [2, 2]
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "qkv.weight" : tensor<48x16xf32>
  %b = swin.param "qkv.bias" : tensor<48xf32>
  %t = swin.param "table" : tensor<9x2xf32>
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %1 = swin.linear %0, %w, %b : (tensor<?x?x?x4x16xf32>, tensor<48x16xf32>, tensor<48xf32>) -> tensor<?x?x?x4x48xf32>
  %2 = swin.window_attention %1, %t heads 2 scale 0.35355 window [2, 2] shift [0, 0] never : (tensor<?x?x?x4x48xf32>, tensor<9x2xf32>) -> tensor<?x?x?x4x16xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %3 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// One weight of two maps is packed once.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[W:.*]] = swin.param "shared:packed" : tensor<1x16x16xf32>
// CHECK-NOT:     swin.param
// CHECK:         %[[Y:.*]] = swin.linear %{{.*}}, %[[W]] :
// CHECK-NEXT:    swin.linear %[[Y]], %[[W]] :
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w1 = swin.param "shared" : tensor<16x16xf32>
  %w2 = swin.param "shared" : tensor<16x16xf32>
  %0 = swin.linear %x, %w1 : (tensor<?x?x?x16xf32>, tensor<16x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.linear %0, %w2 : (tensor<?x?x?x16xf32>, tensor<16x16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %1 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// Where a fixed size divides, nothing is padded and a norm folds through shift and partition.
// CHECK-LABEL: func.func @forward
// CHECK-NOT:     swin.pad
// CHECK:         %[[N:.*]] = swin.layer_norm %{{[^,]*}} epsilon
// CHECK-NEXT:    %[[S:.*]] = swin.cyclic_shift %[[N]]
// CHECK-NEXT:    %[[P:.*]] = swin.window_partition %[[S]]
// CHECK-DAG:     %[[W:.*]] = swin.param "qkv.weight:norm:packed"
// CHECK-DAG:     %[[B:.*]] = swin.param "qkv.weight:offset"
// CHECK:         swin.linear %[[P]], %[[W]], %[[B]]
func.func @forward(%x: tensor<?x4x6x16xf32>) {
  %g = swin.param "norm.weight" : tensor<16xf32>
  %b = swin.param "norm.bias" : tensor<16xf32>
  %w = swin.param "qkv.weight" : tensor<48x16xf32>
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x4x6x16xf32>, tensor<16xf32>, tensor<16xf32>
  %1 = swin.pad %0 to_multiple_of [2, 2] : tensor<?x4x6x16xf32> -> tensor<?x4x6x16xf32>
  %2 = swin.cyclic_shift %1 by [1, 1] window [2, 2] never : tensor<?x4x6x16xf32>
  %3 = swin.window_partition %2 window [2, 2] : tensor<?x4x6x16xf32> -> tensor<?x2x3x4x16xf32>
  %4 = swin.linear %3, %w : (tensor<?x2x3x4x16xf32>, tensor<48x16xf32>) -> tensor<?x2x3x4x48xf32>
  swin.output %4 as "qkv" : tensor<?x2x3x4x48xf32>
  return
}
