// RUN: swin-opt %s --swin-lower-to-llvm --split-input-file --verify-diagnostics -o %t

func.func @forward(%x: tensor<?x3x?x?xf32>) {
  // expected-error @below {{has no place for its result; run swin-plan-memory first}}
  %0 = swin.call @k(%x) : (tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32>
  swin.output %0 as "features" : tensor<?x3x?x?xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32> {
  %0 = swin.gelu %x : tensor<?x3x?x?xf32>
  swin.yield %0 : tensor<?x3x?x?xf32>
}

// -----

func.func @forward(%x: tensor<?x3x?x?xf32>) {
  // expected-error @below {{is not in a kernel; run swin-form-kernels first}}
  %0 = swin.gelu %x : tensor<?x3x?x?xf32>
  swin.output %0 as "features" : tensor<?x3x?x?xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x?x?xf32>) {
  %b = swin.param "b" : tensor<8xf32>
  // expected-error @below {{operand 0 must be an activation}}
  %0 = swin.call @k(%b) {output = 0 : i64} : (tensor<8xf32>) -> tensor<8xf32>
  swin.output %0 as "features" : tensor<8xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = swin.gelu %x : tensor<8xf32>
  swin.yield %0 : tensor<8xf32>
}

// -----

// expected-error @below {{@forward has the image as its one argument: B x C x H x W with a static C}}
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  return
}

// -----

// expected-error @below {{has no function @forward of one block}}
module {
}

// -----

// Places that swin-plan-memory does not give.
func.func @forward(%x: tensor<?x3x?x?xf32>) {
  // expected-error @below {{has slot 1000000000000, but 1 calls need no more slots}}
  %0 = swin.call @k(%x) {slot = 1000000000000 : i64} : (tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32>
  swin.output %0 as "features" : tensor<?x3x?x?xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32> {
  %0 = swin.gelu %x : tensor<?x3x?x?xf32>
  swin.yield %0 : tensor<?x3x?x?xf32>
}

// -----

func.func @forward(%x: tensor<?x3x?x?xf32>) {
  // expected-error @below {{is not output 1 of the model, but lies in its place}}
  %0 = swin.call @k(%x) {output = 1 : i64} : (tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32>
  swin.output %0 as "features" : tensor<?x3x?x?xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32> {
  %0 = swin.gelu %x : tensor<?x3x?x?xf32>
  swin.yield %0 : tensor<?x3x?x?xf32>
}

// -----

// Digests of all calls are one table.
func.func @forward(%image: tensor<?x3x?x16xf32>) {
  %0 = swin.call @tokens(%image) {output = 0 : i64, swin.digest = array<f32: 1.0, 2.0>} : (tensor<?x3x?x16xf32>) -> tensor<?x?x16x3xf32> // expected-error {{has a digest of 2 numbers, expected 65}}
  swin.output %0 as "map" : tensor<?x?x16x3xf32>
  return
}
swin.kernel @tokens tokens activations 1 (%x: tensor<?x3x?x16xf32>) -> tensor<?x?x16x3xf32> {
  %0 = swin.channels_last %x : tensor<?x3x?x16xf32> -> tensor<?x?x16x3xf32>
  swin.yield %0 : tensor<?x?x16x3xf32>
}

// -----

// The image's channels come first; a kernel that took it for a map would read other numbers.
func.func @forward(%image: tensor<?x3x?x16xf32>) {
  // expected-error @below {{reads the image with swin.gelu; swin.channels_last makes a map of it}}
  %0 = swin.call @tokens(%image) {output = 0 : i64} : (tensor<?x3x?x16xf32>) -> tensor<?x3x?x16xf32>
  swin.output %0 as "map" : tensor<?x3x?x16xf32>
  return
}
swin.kernel @tokens tokens activations 1 (%x: tensor<?x3x?x16xf32>) -> tensor<?x3x?x16xf32> {
  %0 = swin.gelu %x : tensor<?x3x?x16xf32>
  swin.yield %0 : tensor<?x3x?x16xf32>
}
