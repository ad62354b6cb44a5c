// RUN: swin-opt %s --swin-plan-memory --split-input-file --verify-diagnostics -o %t

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  // expected-error @below {{'swin.gelu' op is not in a kernel; run swin-form-kernels first}}
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  // expected-error @below {{'swin.add' op is not in a kernel; run swin-form-kernels first}}
  %1 = swin.add %0, %0 : tensor<?x?x?x16xf32>
  swin.output %1 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  // expected-error @below {{is not the result of a kernel}}
  swin.output %x as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %0 = swin.call @k(%x) : (tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32>
  swin.output %0 as "a" : tensor<?x?x?x16xf32>
  // expected-error @below {{is the same value as output 0; one value has one place}}
  swin.output %0 as "b" : tensor<?x?x?x16xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x?x?x16xf32>) -> tensor<?x?x?x16xf32> {
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  swin.yield %0 : tensor<?x?x?x16xf32>
}

// -----

// expected-error @below {{has no function @forward of one block}}
module {
}
