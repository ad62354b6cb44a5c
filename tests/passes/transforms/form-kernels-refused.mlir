// RUN: swin-opt %s --swin-form-kernels --split-input-file --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t

// Several users: not computed twice. A gather and a norm begin a kernel.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<2x64x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.gelu is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a gather is the first op of a kernel", Remark="swin.add is not computed in the kernel of swin.linear"}}
  // expected-remark @below {{1 ops are kernel tokens_16_2}}
  %1 = swin.add %0, %0 : tensor<?x?x?x16xf32>
  %2 = swin.patch_merging %1 : tensor<?x?x?x16xf32> -> tensor<?x?x?x64xf32>
  // expected-remark @below {{2 ops are kernel merge_32}}
  // expected-remark @below {{Reason="a layer norm begins a kernel: it needs whole rows", Remark="swin.linear is not computed in the kernel of swin.gelu"}}
  %3 = swin.linear %2, %w : (tensor<?x?x?x64xf32>, tensor<2x64x16xf32>) -> tensor<?x?x?x32xf32>
  %4 = swin.layer_norm %3 epsilon 1.0e-5 : tensor<?x?x?x32xf32>
  // expected-remark @below {{2 ops are kernel norm_32}}
  %5 = swin.gelu %4 : tensor<?x?x?x32xf32>
  swin.output %5 as "features" : tensor<?x?x?x32xf32>
  return
}

// -----

// A third map, and a reduction behind which more than a map would follow.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  // expected-remark @below {{Reason="a kernel has at most two linear maps", Remark="swin.linear is not computed in the kernel of swin.linear"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %0 = swin.linear %x, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.linear %0, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  // expected-remark @below {{2 ops are kernel mlp_16}}
  // expected-remark @below {{Reason="only a layer norm stands before a reduction over the map", Remark="swin.linear is not computed in the kernel of swin.mean_pool"}}
  %2 = swin.linear %1, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="behind a reduction over the map a kernel has at most one linear map", Remark="swin.mean_pool is not computed in the kernel of swin.gelu"}}
  // expected-remark @below {{1 ops are kernel pool_16}}
  %3 = swin.mean_pool %2 : tensor<?x?x?x16xf32> -> tensor<?x16xf32>
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %4 = swin.gelu %3 : tensor<?x16xf32>
  swin.output %4 as "features" : tensor<?x16xf32>
  return
}

// -----

// Rows with padding that a kernel reads, and an output without.
func.func @forward(%x: tensor<?x?x?x20xf32>) {
  // expected-remark @below {{Reason="its result has 3 users", Remark="swin.gelu is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel tokens_20}}
  %0 = swin.gelu %x : tensor<?x?x?x20xf32>
  // expected-remark @below {{Reason="kernels read it with padded rows, the caller without", Remark="output "a" is written by a copy"}}
  swin.output %0 as "a" : tensor<?x?x?x20xf32>
  // expected-remark @below {{1 ops are kernel tokens_20_2}}
  %1 = swin.add %0, %0 : tensor<?x?x?x20xf32>
  swin.output %1 as "b" : tensor<?x?x?x20xf32>
  return
}
