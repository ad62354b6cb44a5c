// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @conv2d_c1(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{kernel must have two sizes, [height, width], but has 1}}
  %0 = swin.conv2d %x, %w, %b kernel [3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c1_stride(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{stride width must be at least 1, but is 0}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 0] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c1_padding(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{padding along height must be in [0, 3), less than the kernel, but is 3}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [3, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c1_padding_negative(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{padding along width must be in [0, 3), less than the kernel, but is -1}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, -1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c1_padding_count(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{padding must have two sizes, [height, width], but has 3}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c2(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x5xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{weight must be 4 x 8 x 3 x 3, outputs x inputs x kernel, but is 4 x 8 x 3 x 5}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x5xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c2_groups(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{weight must be 4 x 4 x 3 x 3, outputs x inputs x kernel, but is 4 x 8 x 3 x 3}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] groups 2 : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c2_packed(%x: tensor<?x?x?x8xf32>, %w: tensor<1x8x16xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{packed weight must be 1 x 72 x 16, panels x kernel and inputs x 16, but is 1 x 8 x 16}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<1x8x16xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c2_rank(%x: tensor<?x?x?x8xf32>, %w: tensor<4x72xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{weight must be 4 x 8 x 3 x 3, outputs x inputs x kernel, but is 4 x 72}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<4x72xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c2_large(%x: tensor<?x?x?x1024xf32>, %w: tensor<4x1024x4096x4096xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{weight must have at most 2147483647 elements, but would have more}}
  %0 = swin.conv2d %x, %w, %b kernel [4096, 4096] stride [1, 1] padding [0, 0] : (tensor<?x?x?x1024xf32>, tensor<4x1024x4096x4096xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c3(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{bias must have 4 entries, one for each of the result's channels, but has 3}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<3xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c4(%x: tensor<?x14x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{height of the result must be 7, places of the kernel, but is 8}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [2, 2] padding [1, 1] : (tensor<?x14x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x8x?x4xf32>
  return
}

// -----

func.func @conv2d_c4_dynamic(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{width of the result must be ?, places of the kernel, but is 8}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x8x4xf32>
  return
}

// -----

func.func @conv2d_c4_small(%x: tensor<?x?x2x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{width of the operand must be at least 3 so that the kernel fits, but is 2}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 0] : (tensor<?x?x2x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c4_large(%x: tensor<?x9223372036854775807x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{height of the operand must be at most 2147483647, but is 9223372036854775807}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x9223372036854775807x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c4_batch(%x: tensor<1x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{batch of the result must be 1 as in the operand, but is ?}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<1x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c5(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{groups must divide the 8 channels of the operand and the 4 of the result, but are 3}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] groups 3 : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c5_outputs(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{groups must divide the 8 channels of the operand and the 4 of the result, but are 8}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] groups 8 : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c5_negative(%x: tensor<?x?x?x8xf32>, %w: tensor<4x8x3x3xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{groups must divide the 8 channels of the operand and the 4 of the result, but are -1}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] groups -1 : (tensor<?x?x?x8xf32>, tensor<4x8x3x3xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @conv2d_c5_packed(%x: tensor<?x?x?x8xf32>, %w: tensor<1x36x16xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{a packed weight is one of a single group, but there are 2 groups}}
  %0 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] groups 2 : (tensor<?x?x?x8xf32>, tensor<1x36x16xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @depthwise_conv2d_c1(%x: tensor<?x?x?x8xf32>, %w: tensor<8x1x3x3xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{kernel height must be at least 1, but is 0}}
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [0, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x1x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @depthwise_conv2d_c2(%x: tensor<?x?x?x8xf32>, %w: tensor<8x8x3x3xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{weight must be 8 x 1 x 3 x 3, outputs x inputs x kernel, but is 8 x 8 x 3 x 3}}
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x8x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @depthwise_conv2d_c2_packed(%x: tensor<?x?x?x8xf32>, %w: tensor<1x9x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{packed weight must be 1 x 9 x 16, panels x kernel and inputs x 16, but is 1 x 9 x 8}}
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<1x9x8xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @depthwise_conv2d_c3(%x: tensor<?x?x?x8xf32>, %w: tensor<8x1x3x3xf32>, %b: tensor<?xf32>) {
  // expected-error @below {{bias must have 8 entries, one for each of the operand's channels, but has ?}}
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x1x3x3xf32>, tensor<?xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @depthwise_conv2d_c4(%x: tensor<?x?x?x8xf32>, %w: tensor<8x1x3x3xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{channels of the result must be 8 as in the operand, but is 16}}
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x1x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x16xf32>
  return
}

// -----

func.func @depthwise_conv2d_c4_size(%x: tensor<?x?x5x8xf32>, %w: tensor<8x1x3x3xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{width of the result must be 5, places of the kernel, but is 3}}
  %0 = swin.depthwise_conv2d %x, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x5x8xf32>, tensor<8x1x3x3xf32>, tensor<8xf32>) -> tensor<?x?x3x8xf32>
  return
}
