// RUN: swin-opt %s --swin-fold-constants --split-input-file --verify-diagnostics -o %t

// One entry of the store has one shape.
func.func @forward(%x: tensor<?x16xf32>) {
  %w = swin.param "w" : tensor<16x16xf32>
  // expected-error @below {{"w" is of another shape in the constant store}}
  %v = swin.param "w" : tensor<32x16xf32>
  %0 = swin.linear %x, %w : (tensor<?x16xf32>, tensor<16x16xf32>) -> tensor<?x16xf32>
  %1 = swin.linear %0, %v : (tensor<?x16xf32>, tensor<32x16xf32>) -> tensor<?x32xf32>
  swin.output %1 as "features" : tensor<?x32xf32>
  return
}

// -----

// expected-error @below {{has no function @forward of one block}}
module {
}
