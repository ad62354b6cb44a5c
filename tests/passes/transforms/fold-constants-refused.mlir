// RUN: swin-opt %s --swin-fold-constants --split-input-file --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t
// RUN: swin-opt %s --swin-fold-constants="max-expanded-bias=511" --split-input-file | FileCheck %s

// A padded token is zero behind the norm: gain and offset must stay in front of the padding.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %g = swin.param "norm.weight" : tensor<16xf32>
  %b = swin.param "norm.bias" : tensor<16xf32>
  // expected-remark @below {{Reason="a padded token must be zero behind the norm", Remark="gain and offset of a norm stay"}}
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %1 = swin.pad %0 to_multiple_of [7, 7] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %1 as "padded" : tensor<?x?x?x16xf32>
  return
}

// -----

// CHECK-LABEL: func.func @forward
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %g = swin.param "norm.weight" : tensor<16xf32>
  %b = swin.param "norm.bias" : tensor<16xf32>
  %w = swin.param "w" : tensor<16x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="gain and offset of a norm stay"}}
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %1 = swin.linear %0, %w : (tensor<?x?x?x16xf32>, tensor<16x16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %0 as "normed" : tensor<?x?x?x16xf32>
  swin.output %1 as "mapped" : tensor<?x?x?x16xf32>
  return
}

// -----

// CHECK-LABEL: func.func @forward
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %g = swin.param "norm.weight" : tensor<16xf32>
  %b = swin.param "norm.bias" : tensor<16xf32>
  // expected-remark @below {{its user is swin.channels_first, not swin.linear}}
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %1 = swin.channels_first %0 : tensor<?x?x?x16xf32> -> tensor<?x16x?x?xf32>
  swin.output %1 as "stage1" : tensor<?x16x?x?xf32>
  return
}

// -----

// With 511 bytes allowed the table of 2 heads, 4 keys and 16 lanes stays as it is; queries that come from
// somewhere else keep their scale.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[T:.*]] = swin.param "table" : tensor<9x2xf32>
// CHECK:         swin.window_attention %{{.*}}, %[[T]] heads 2 scale 5.000000e-01
func.func @forward(%x: tensor<?x?x?x48xf32>) {
  %t = swin.param "table" : tensor<9x2xf32>
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x48xf32> -> tensor<?x?x?x4x48xf32>
  // expected-remark @below {{Reason="its queries, keys and values do not come from swin.linear", Remark="scale of scores stays"}}
  %1 = swin.window_attention %0, %t heads 2 scale 0.5 window [2, 2] shift [0, 0] never : (tensor<?x?x?x4x48xf32>, tensor<9x2xf32>) -> tensor<?x?x?x4x16xf32>
  %2 = swin.window_reverse %1 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %2 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// Behind a shift the windows may still be padded; behind windows there may be another user.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %g = swin.param "norm.weight" : tensor<16xf32>
  %b = swin.param "norm.bias" : tensor<16xf32>
  // expected-remark @below {{Reason="a padded token must be zero behind the norm", Remark="gain and offset of a norm stay"}}
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %1 = swin.cyclic_shift %0 by [1, 1] window [2, 2] never : tensor<?x?x?x16xf32>
  %2 = swin.pad %1 to_multiple_of [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="the result of swin.window_partition has 2 users", Remark="gain and offset of a norm stay"}}
  %3 = swin.layer_norm %2, %g, %b epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %4 = swin.window_partition %3 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  swin.output %4 as "a" : tensor<?x?x?x4x16xf32>
  swin.output %4 as "b" : tensor<?x?x?x4x16xf32>
  return
}
