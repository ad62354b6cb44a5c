// RUN: swin-opt %s --canonicalize | FileCheck %s

// Sizes that divide: nothing is padded, nothing cut. A dynamic batch changes nothing about it.
// CHECK-LABEL: func.func @divides
// CHECK-NEXT:    return %arg0, %arg0
func.func @divides(%x: tensor<?x14x21x8xf32>) -> (tensor<?x14x21x8xf32>, tensor<?x14x21x8xf32>) {
  %0 = swin.pad %x to_multiple_of [7, 7] : tensor<?x14x21x8xf32> -> tensor<?x14x21x8xf32>
  %1 = swin.crop %0 like %x : tensor<?x14x21x8xf32>, tensor<?x14x21x8xf32> -> tensor<?x14x21x8xf32>
  return %0, %1 : tensor<?x14x21x8xf32>, tensor<?x14x21x8xf32>
}

// Same types, but whether they need padding is known at run time only.
// CHECK-LABEL: func.func @dynamic
// CHECK-NEXT:    %[[P:.*]] = swin.pad %arg0
// CHECK-NEXT:    %[[C:.*]] = swin.crop %[[P]]
// CHECK-NEXT:    return %[[C]]
func.func @dynamic(%x: tensor<1x?x14x8xf32>) -> tensor<1x?x14x8xf32> {
  %0 = swin.pad %x to_multiple_of [7, 7] : tensor<1x?x14x8xf32> -> tensor<1x?x14x8xf32>
  %1 = swin.crop %0 like %x : tensor<1x?x14x8xf32>, tensor<1x?x14x8xf32> -> tensor<1x?x14x8xf32>
  return %1 : tensor<1x?x14x8xf32>
}

// CHECK-LABEL: func.func @pads
// CHECK-NEXT:    %[[P:.*]] = swin.pad %arg0
// CHECK-NEXT:    %[[C:.*]] = swin.crop %[[P]]
// CHECK-NEXT:    return %[[C]]
func.func @pads(%x: tensor<1x13x14x8xf32>) -> tensor<1x13x14x8xf32> {
  %0 = swin.pad %x to_multiple_of [7, 7] : tensor<1x13x14x8xf32> -> tensor<1x14x14x8xf32>
  %1 = swin.crop %0 like %x : tensor<1x14x14x8xf32>, tensor<1x13x14x8xf32> -> tensor<1x13x14x8xf32>
  return %1 : tensor<1x13x14x8xf32>
}

// Tokens that move on stay moved, whatever the sizes; by none they do not move.
// CHECK-LABEL: func.func @before
// CHECK-NEXT:    %[[P:.*]] = swin.pad %arg0 to_multiple_of [7, 7] before [0, 3]
// CHECK-NEXT:    return %[[P]], %arg0, %arg0
func.func @before(%x: tensor<?x14x21x8xf32>) -> (tensor<?x14x28x8xf32>, tensor<?x14x21x8xf32>, tensor<?x14x21x8xf32>) {
  %0 = swin.pad %x to_multiple_of [7, 7] before [0, 3] : tensor<?x14x21x8xf32> -> tensor<?x14x28x8xf32>
  %1 = swin.pad %x to_multiple_of [7, 7] before [0, 0] : tensor<?x14x21x8xf32> -> tensor<?x14x21x8xf32>
  %2 = swin.crop %1 like %x before [0, 0] : tensor<?x14x21x8xf32>, tensor<?x14x21x8xf32> -> tensor<?x14x21x8xf32>
  return %0, %1, %2 : tensor<?x14x28x8xf32>, tensor<?x14x21x8xf32>, tensor<?x14x21x8xf32>
}

// CHECK-LABEL: func.func @no_shift
// CHECK-NEXT:    return %arg0
func.func @no_shift(%x: tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32> {
  %0 = swin.cyclic_shift %x by [0, 0] window [7, 7] never : tensor<?x?x?x8xf32>
  return %0 : tensor<?x?x?x8xf32>
}

// A shift along one axis stays, and so does one that vanishes by its rule: the mask is decided with it.
// CHECK-LABEL: func.func @shifts
// CHECK-NEXT:    %[[A:.*]] = swin.cyclic_shift %arg0 by [0, 3]
// CHECK-NEXT:    %[[B:.*]] = swin.cyclic_shift %[[A]] by [3, 3]
// CHECK-NEXT:    return %[[B]]
func.func @shifts(%x: tensor<1x7x7x8xf32>) -> tensor<1x7x7x8xf32> {
  %0 = swin.cyclic_shift %x by [0, 3] window [7, 7] never : tensor<1x7x7x8xf32>
  %1 = swin.cyclic_shift %0 by [3, 3] window [7, 7] axis : tensor<1x7x7x8xf32>
  return %1 : tensor<1x7x7x8xf32>
}
