// RUN: swin-opt %s --swin-fold-constants --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-fold-constants --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-fold-constants --split-input-file | diff %t.once -

// A batch norm goes into the convolution before it, which gets a bias; the weight is packed with channels last.
// CHECK-LABEL: func.func @forward
// CHECK-NEXT:    %[[B:.*]] = swin.param "norm.bias:offset" : tensor<20xf32>
// CHECK-NEXT:    %[[W:.*]] = swin.param "conv.weight:affine:packed" : tensor<2x72x16xf32>
// CHECK-NEXT:    %[[Y:.*]] = swin.conv2d %arg0, %[[W]], %[[B]] kernel [3, 3] stride [2, 2] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<2x72x16xf32>, tensor<20xf32>)
// CHECK-NEXT:    swin.relu %[[Y]]
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "conv.weight" : tensor<20x8x3x3xf32>
  %g = swin.param "norm.weight" : tensor<20xf32>
  %b = swin.param "norm.bias" : tensor<20xf32>
  %m = swin.param "norm.running_mean" : tensor<20xf32>
  %v = swin.param "norm.running_var" : tensor<20xf32>
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [2, 2] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<20x8x3x3xf32>) -> tensor<?x?x?x20xf32>
  %1 = swin.batch_norm %0, %g, %b, %m, %v epsilon 1.0e-5 : tensor<?x?x?x20xf32>, tensor<20xf32>, tensor<20xf32>, tensor<20xf32>, tensor<20xf32>
  %2 = swin.relu %1 : tensor<?x?x?x20xf32>
  swin.output %2 as "map" : tensor<?x?x?x20xf32>
  return
}

// -----

// Affine maps go together into a bias that is there, of each op with a weight. Literals are entries of the store.
// CHECK-LABEL: func.func @forward
// CHECK-DAG:     %[[BC:.*]] = swin.param "conv.bias:affine" : tensor<8xf32>
// CHECK-DAG:     %[[WC:.*]] = swin.param "conv.weight:affine:packed" : tensor<1x49x16xf32>
// CHECK:         %[[C:.*]] = swin.depthwise_conv2d %{{.*}}, %[[WC]], %[[BC]] kernel [7, 7]
// CHECK-DAG:     %[[BL:.*]] = swin.param "fc.bias:affine" : tensor<8xf32>
// CHECK-DAG:     %[[WL:.*]] = swin.param "fc.weight:affine:packed" : tensor<1x8x16xf32>
// CHECK:         %[[L:.*]] = swin.linear %[[C]], %[[WL]], %[[BL]]
// CHECK-NEXT:    %[[S:.*]] = swin.silu %[[L]]
// CHECK-DAG:     %[[A:.*]] = swin.param "shift:literal:affine" : tensor<8xf32>
// CHECK-DAG:     %[[B:.*]] = swin.param "shift:literal:affine:2" : tensor<8xf32>
// CHECK:         swin.affine %[[S]] by %[[A]], %[[B]]
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "conv.weight" : tensor<8x1x7x7xf32>
  %b = swin.param "conv.bias" : tensor<8xf32>
  %f = swin.param "fc.weight" : tensor<8x8xf32>
  %c = swin.param "fc.bias" : tensor<8xf32>
  %s = swin.param "scale" : tensor<8xf32>
  %l = swin.literal [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.5] : tensor<8xf32> loc("shift")
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [7, 7] stride [1, 1] padding [3, 3] : (tensor<?x?x?x8xf32>, tensor<8x1x7x7xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  %1 = swin.affine %0 by %s, %l : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %2 = swin.linear %1, %f, %c : (tensor<?x?x?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  %3 = swin.affine %2 by %s, %l : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %4 = swin.affine %3 by %l, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %5 = swin.silu %4 : tensor<?x?x?x8xf32>
  %6 = swin.affine %5 by %l, %l : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %7 = swin.affine %6 by %s, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  swin.output %7 as "map" : tensor<?x?x?x8xf32>
  return
}

// -----

// A convolution of one pixel is a linear map; with a stride, or padding, it is not.
// CHECK-LABEL: func.func @forward
// CHECK-DAG:     %[[W:.*]] = swin.param "a.weight:packed" : tensor<2x8x16xf32>
// CHECK-DAG:     %[[B:.*]] = swin.param "a.bias" : tensor<20xf32>
// CHECK:         %[[X:.*]] = swin.linear %arg0, %[[W]], %[[B]] : (tensor<?x?x?x8xf32>, tensor<2x8x16xf32>, tensor<20xf32>) -> tensor<?x?x?x20xf32>
// CHECK:         %[[V:.*]] = swin.param "b.weight:packed" : tensor<1x20x16xf32>
// CHECK:         swin.conv2d %[[X]], %[[V]] kernel [1, 1] stride [1, 2] padding [0, 0] :
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "a.weight" : tensor<20x8x1x1xf32>
  %b = swin.param "a.bias" : tensor<20xf32>
  %v = swin.param "b.weight" : tensor<3x20x1x1xf32>
  %0 = swin.conv2d %x, %w, %b kernel [1, 1] stride [1, 1] padding [0, 0] groups 1 : (tensor<?x?x?x8xf32>, tensor<20x8x1x1xf32>, tensor<20xf32>) -> tensor<?x?x?x20xf32>
  %1 = swin.conv2d %0, %v kernel [1, 1] stride [1, 2] padding [0, 0] : (tensor<?x?x?x20xf32>, tensor<3x20x1x1xf32>) -> tensor<?x?x?x3xf32>
  swin.output %1 as "map" : tensor<?x?x?x3xf32>
  return
}

// -----

// Groups become zeros, unless each channel is a group; an affine map goes in besides.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[W:.*]] = swin.param "a.weight:affine:ungrouped:packed" : tensor<1x72x16xf32>
// CHECK:         %[[X:.*]] = swin.conv2d %arg0, %[[W]], %{{.*}} kernel [3, 3] stride [1, 1] padding [0, 1] : (tensor<?x?x?x8xf32>,
// CHECK:         %[[V:.*]] = swin.param "b.weight:packed" : tensor<1x9x16xf32>
// CHECK:         %[[Y:.*]] = swin.depthwise_conv2d %[[X]], %[[V]] kernel [3, 3] stride [1, 1] padding [1, 1] :
// CHECK:         %[[U:.*]] = swin.param "c.weight:ungrouped:packed" : tensor<1x36x16xf32>
// CHECK:         swin.conv2d %[[Y]], %[[U]] kernel [3, 3] stride [1, 1] padding [1, 1] :
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "a.weight" : tensor<4x4x3x3xf32>
  %s = swin.param "scale" : tensor<4xf32>
  %v = swin.param "b.weight" : tensor<4x1x3x3xf32>
  %u = swin.param "c.weight" : tensor<8x1x3x3xf32>
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [0, 1] groups 2 : (tensor<?x?x?x8xf32>, tensor<4x4x3x3xf32>) -> tensor<?x?x?x4xf32>
  %1 = swin.affine %0 by %s, %s : tensor<?x?x?x4xf32>, tensor<4xf32>, tensor<4xf32>
  %2 = swin.conv2d %1, %v kernel [3, 3] stride [1, 1] padding [1, 1] groups 4 : (tensor<?x?x?x4xf32>, tensor<4x1x3x3xf32>) -> tensor<?x?x?x4xf32>
  %3 = swin.conv2d %2, %u kernel [3, 3] stride [1, 1] padding [1, 1] groups 4 : (tensor<?x?x?x4xf32>, tensor<8x1x3x3xf32>) -> tensor<?x?x?x8xf32>
  swin.output %3 as "map" : tensor<?x?x?x8xf32>
  return
}
