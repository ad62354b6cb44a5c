// RUN: swin-opt %s --swin-form-kernels --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-form-kernels --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-form-kernels --split-input-file | diff %t.once -

// 16 divides the channels: the caller's layout is the kernels' layout, one place serves both.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[A:.*]] = swin.call @norm_32(%{{.*}}) :
// CHECK:         %[[C:.*]] = swin.check_size %[[A]]
// CHECK:         swin.output %[[A]] as "stage1"
// CHECK:         %[[B:.*]] = swin.call @merge_16(%[[C]], %{{.*}}) :
// CHECK:         swin.output %[[B]] as "stage2"
// CHECK-NOT:     dense
// CHECK-NOT:     @copy
func.func @forward(%x: tensor<?x?x?x32xf32>) {
  %w = swin.param "w" : tensor<1x128x16xf32>
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x32xf32>
  %c = swin.check_size %0 min [1, 1] multiple [2, 2] : tensor<?x?x?x32xf32>
  swin.output %c as "stage1" : tensor<?x?x?x32xf32>
  %1 = swin.patch_merging %c : tensor<?x?x?x32xf32> -> tensor<?x?x?x128xf32>
  %2 = swin.linear %1, %w : (tensor<?x?x?x128xf32>, tensor<1x128x16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %2 as "stage2" : tensor<?x?x?x16xf32>
  return
}

// -----

// It does not: the next kernel reads padded rows, a copy writes the output. What only the caller reads is dense.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[A:.*]] = swin.call @norm_20(%{{.*}}) :
// CHECK:         %[[C:.*]] = swin.call @copy_20(%[[A]]) :
// CHECK:         swin.output %[[C]] as "stage1"
// CHECK:         %[[B:.*]] = swin.call @merge_40(%[[A]], %{{.*}}) :
// CHECK:         swin.output %[[B]] as "stage2"
// CHECK:       swin.kernel @norm_20 tokens activations 1 ({{.*}}) -> tensor<?x?x?x20xf32> {
// CHECK:       swin.kernel @merge_40 tokens activations 1 ({{.*}}) -> tensor<?x?x?x40xf32> dense {
// CHECK:       swin.kernel @copy_20 tokens activations 1 (%[[IN:[^:]*]]: tensor<?x?x?x20xf32>) -> tensor<?x?x?x20xf32> dense {
// CHECK-NEXT:    swin.yield %[[IN]]
func.func @forward(%x: tensor<?x?x?x20xf32>) {
  %w = swin.param "w" : tensor<3x80x16xf32>
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x20xf32>
  swin.output %0 as "stage1" : tensor<?x?x?x20xf32>
  %1 = swin.patch_merging %0 : tensor<?x?x?x20xf32> -> tensor<?x?x?x80xf32>
  %2 = swin.linear %1, %w : (tensor<?x?x?x80xf32>, tensor<3x80x16xf32>) -> tensor<?x?x?x40xf32>
  swin.output %2 as "stage2" : tensor<?x?x?x40xf32>
  return
}

// -----

// Channels first is written by the kernel that computes the norm; the same value can be two outputs.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[A:.*]] = swin.call @linear_16(
// CHECK:         %[[N:.*]] = swin.call @norm_16(%[[A]]) :
// CHECK:         swin.output %[[N]] as "stage1"
// CHECK:         swin.output %[[A]] as "map"
// CHECK:         %[[C:.*]] = swin.call @copy_16(%[[A]]) :
// CHECK:         swin.output %[[C]] as "again"
// CHECK:       swin.kernel @norm_16 tokens activations 1 ({{.*}}) -> tensor<?x16x?x?xf32> dense {
// CHECK:       swin.kernel @copy_16 tokens activations 1 ({{.*}}) -> tensor<?x?x?x16xf32> {
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  %0 = swin.linear %x, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.layer_norm %0 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %2 = swin.channels_first %1 : tensor<?x?x?x16xf32> -> tensor<?x16x?x?xf32>
  swin.output %2 as "stage1" : tensor<?x16x?x?xf32>
  swin.output %0 as "map" : tensor<?x?x?x16xf32>
  swin.output %0 as "again" : tensor<?x?x?x16xf32>
  return
}

// -----

// The pooled features are an output, too: the head is a kernel of its own, on one row per image.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[P:.*]] = swin.call @pool_32(%{{.*}}) :
// CHECK:         swin.output %[[P]] as "features"
// CHECK:         swin.call @linear_10(%[[P]], %{{.*}}) :
func.func @forward(%x: tensor<?x?x?x32xf32>) {
  %w = swin.param "w" : tensor<1x32x16xf32>
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x32xf32>
  %1 = swin.mean_pool %0 : tensor<?x?x?x32xf32> -> tensor<?x32xf32>
  swin.output %1 as "features" : tensor<?x32xf32>
  %2 = swin.linear %1, %w : (tensor<?x32xf32>, tensor<1x32x16xf32>) -> tensor<?x10xf32>
  swin.output %2 as "logits" : tensor<?x10xf32>
  return
}

// -----

// A map with its channels first may be two outputs; each is stored for itself.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[A:.*]] = swin.call @tokens_16(%arg0)
// CHECK-NEXT:    swin.output %[[A]] as "a"
// CHECK-NEXT:    %[[B:.*]] = swin.call @tokens_16(%arg0)
// CHECK-NEXT:    swin.output %[[B]] as "b"
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %0 = swin.channels_first %x : tensor<?x?x?x16xf32> -> tensor<?x16x?x?xf32>
  swin.output %0 as "a" : tensor<?x16x?x?xf32>
  swin.output %0 as "b" : tensor<?x16x?x?xf32>
  return
}
