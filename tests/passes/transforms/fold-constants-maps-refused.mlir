// RUN: swin-opt %s --swin-fold-constants --split-input-file --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t
// RUN: swin-opt %s --swin-fold-constants --split-input-file | FileCheck %s

// In front of a convolution zeros are added behind the affine map; behind a shuffle channels are others.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.affine
// CHECK:         swin.conv2d
// CHECK:         swin.pixel_shuffle
// CHECK:         swin.affine
// CHECK-NOT:     swin.affine
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "w" : tensor<8x8x3x3xf32>
  %s = swin.param "s" : tensor<8xf32>
  %t = swin.param "t" : tensor<2xf32>
  // expected-remark @below {{Reason="it stands behind the image, not behind a convolution or linear map", Remark="scale and offset stay"}}
  %0 = swin.affine %x by %s, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %1 = swin.conv2d %0, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x8x3x3xf32>) -> tensor<?x?x?x8xf32>
  %2 = swin.pixel_shuffle %1 by 2 : tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
  // expected-remark @below {{Reason="it stands behind swin.pixel_shuffle, not behind a convolution or linear map", Remark="scale and offset stay"}}
  %3 = swin.affine %2 by %t, %t : tensor<?x?x?x2xf32>, tensor<2xf32>, tensor<2xf32>
  swin.output %3 as "map" : tensor<?x?x?x2xf32>
  return
}

// -----

// What else reads the convolution reads it without the norm; of two affine maps the first is read, too.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[C:.*]] = swin.conv2d
// CHECK:         %[[A:.*]] = swin.affine %[[C]]
// CHECK:         swin.affine %[[A]]
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "w" : tensor<8x8x3x3xf32>
  %s = swin.param "s" : tensor<8xf32>
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x8x3x3xf32>) -> tensor<?x?x?x8xf32>
  // expected-remark @below {{Reason="the result of swin.conv2d has 2 users", Remark="scale and offset stay"}}
  %1 = swin.batch_norm %0, %s, %s, %s, %s epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  // expected-remark @below {{Reason="it stands behind swin.affine, not behind a convolution or linear map", Remark="scale and offset stay"}}
  %2 = swin.affine %1 by %s, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  swin.output %0 as "a" : tensor<?x?x?x8xf32>
  swin.output %1 as "b" : tensor<?x?x?x8xf32>
  swin.output %2 as "c" : tensor<?x?x?x8xf32>
  return
}

// -----

// A packed weight has lost its outer dimension.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.conv2d
// CHECK:         swin.affine
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "w" : tensor<1x72x16xf32>
  %s = swin.param "s" : tensor<8xf32>
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<1x72x16xf32>) -> tensor<?x?x?x8xf32>
  // expected-remark @below {{Reason="the weight is packed already", Remark="scale and offset stay"}}
  %1 = swin.affine %0 by %s, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  swin.output %1 as "a" : tensor<?x?x?x8xf32>
  return
}

// -----

// Weights that are computed from the image.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.conv2d {{.*}} groups 2
// CHECK:         swin.affine
// CHECK:         swin.batch_norm
// CHECK:         swin.affine
func.func @forward(%x: tensor<?x?x?x8xf32>, %w: tensor<8x4x1x1xf32>, %v: tensor<8xf32>) {
  %s = swin.param "s" : tensor<8xf32>
  // expected-remark @below {{Reason="the weight is no constant", Remark="groups of a convolution stay"}}
  %0 = swin.conv2d %x, %w kernel [1, 1] stride [1, 1] padding [0, 0] groups 2 : (tensor<?x?x?x8xf32>, tensor<8x4x1x1xf32>) -> tensor<?x?x?x8xf32>
  // expected-remark @below {{Reason="weight or bias of swin.conv2d is no constant", Remark="scale and offset stay"}}
  %1 = swin.affine %0 by %s, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  // expected-remark @below {{Reason="gain, offset or statistics are no constants", Remark="a batch norm stays"}}
  %2 = swin.batch_norm %1, %s, %s, %v, %s epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  // expected-remark @below {{Reason="scale or offset is no constant", Remark="scale and offset stay"}}
  %3 = swin.affine %2 by %v, %s : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  swin.output %3 as "a" : tensor<?x?x?x8xf32>
  return
}
