// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @channels_last_c1(%x: tensor<?x3x?x?xf32>) {
  // expected-error @below {{the result must be ? x ? x ? x 3, the operand's batch x height x width x channels, but is ? x 3 x ? x ?}}
  %0 = swin.channels_last %x : tensor<?x3x?x?xf32> -> tensor<?x3x?x?xf32>
  return
}

// -----

func.func @reflect_pad_c1(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{window width must be at least 1, but is 0}}
  %0 = swin.reflect_pad %x to_multiple_of [8, 0] : tensor<?x?x?x8xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @reflect_pad_c2(%x: tensor<?x9x?x8xf32>) {
  // expected-error @below {{height of the result must be 16, whole windows, but is 24}}
  %0 = swin.reflect_pad %x to_multiple_of [8, 8] : tensor<?x9x?x8xf32> -> tensor<?x24x?x8xf32>
  return
}

// -----

func.func @reflect_pad_c2_channels(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{channels of the result must be 8 as in the operand, but is 4}}
  %0 = swin.reflect_pad %x to_multiple_of [8, 8] : tensor<?x?x?x8xf32> -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @reflect_pad_c3(%x: tensor<?x?x4x8xf32>) {
  // expected-error @below {{width of the operand must be more than the 4 that are added to it, but is 4}}
  %0 = swin.reflect_pad %x to_multiple_of [8, 8] : tensor<?x?x4x8xf32> -> tensor<?x?x8x8xf32>
  return
}

// -----

func.func @reflect_pad_c3_large(%x: tensor<?x9223372036854775807x?x8xf32>) {
  // expected-error @below {{height of the operand must be at most 2147483647, but is 9223372036854775807}}
  %0 = swin.reflect_pad %x to_multiple_of [8, 8] : tensor<?x9223372036854775807x?x8xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @pixel_shuffle_c1(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{factor must be a number from 1 to 64, but is 65}}
  %0 = swin.pixel_shuffle %x by 65 : tensor<?x?x?x8xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @pixel_shuffle_c1_zero(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{factor must be a number from 1 to 64, but is 0}}
  %0 = swin.pixel_shuffle %x by 0 : tensor<?x?x?x8xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @pixel_shuffle_c2(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{channels of the operand must be 32, factor^2 times the result's 8, but is 8}}
  %0 = swin.pixel_shuffle %x by 2 : tensor<?x?x?x8xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @pixel_shuffle_c2_size(%x: tensor<?x?x5x32xf32>) {
  // expected-error @below {{width of the result must be 10, factor times the operand's, but is 5}}
  %0 = swin.pixel_shuffle %x by 2 : tensor<?x?x5x32xf32> -> tensor<?x?x5x8xf32>
  return
}

// -----

func.func @pixel_shuffle_c2_large(%x: tensor<?x4294967296x?x32xf32>) {
  // expected-error @below {{height of the operand must be at most 2147483647, but is 4294967296}}
  %0 = swin.pixel_shuffle %x by 2 : tensor<?x4294967296x?x32xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @pixel_shuffle_c2_dynamic(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{channels of the result must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.pixel_shuffle %x by 2 : tensor<?x?x?x8xf32> -> tensor<?x?x?x?xf32>
  return
}

// -----

func.func @resize_c1(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{factor along width must be a number from 1 to 64, but is 0}}
  %0 = swin.resize %x nearest by [2, 0] : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @resize_c1_count(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{factor must have two entries, [height, width], but has 1}}
  %0 = swin.resize %x nearest by [2] : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @resize_c2(%x: tensor<?x5x?x8xf32>) {
  // expected-error @below {{height of the result must be 10, that of the operand times its factor, but is 5}}
  %0 = swin.resize %x bilinear by [2, 2] : (tensor<?x5x?x8xf32>) -> tensor<?x5x?x8xf32>
  return
}

// -----

func.func @resize_c2_like(%x: tensor<?x?x?x8xf32>, %like: tensor<?x?x7x4xf32>) {
  // expected-error @below {{width of the result must be 21, that of `like` times its factor, but is ?}}
  %0 = swin.resize %x bicubic like %like by [1, 3] : (tensor<?x?x?x8xf32>, tensor<?x?x7x4xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @resize_c2_like_large(%x: tensor<?x?x?x8xf32>, %like: tensor<?x?x2147483648x4xf32>) {
  // expected-error @below {{width of `like` must be at most 2147483647, but is 2147483648}}
  %0 = swin.resize %x nearest like %like : (tensor<?x?x?x8xf32>, tensor<?x?x2147483648x4xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @resize_c2_channels(%x: tensor<?x?x?x8xf32>, %like: tensor<?x?x?x4xf32>) {
  // expected-error @below {{channels of the result must be 8 as in the operand, but is 4}}
  %0 = swin.resize %x bicubic like %like : (tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32>
  return
}

// -----

func.func @resize_c2_batch(%x: tensor<?x?x?x8xf32>, %like: tensor<1x?x?x4xf32>) {
  // expected-error @below {{batch of `like` must be ? as in the operand, but is 1}}
  %0 = swin.resize %x nearest like %like : (tensor<?x?x?x8xf32>, tensor<1x?x?x4xf32>) -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @adaptive_pool_c1(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{size along height must be a number from 1 to 64, but is 65}}
  %0 = swin.adaptive_pool %x to [65, 6] : tensor<?x?x?x8xf32> -> tensor<?x65x6x8xf32>
  return
}

// -----

func.func @adaptive_pool_c1_count(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{size must have two entries, [height, width], but has 3}}
  %0 = swin.adaptive_pool %x to [6, 6, 6] : tensor<?x?x?x8xf32> -> tensor<?x6x6x8xf32>
  return
}

// -----

func.func @adaptive_pool_c2(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{the result must be ? x 6 x 3 x 8, the operand's batch x size x channels, but is ? x 3 x 6 x 8}}
  %0 = swin.adaptive_pool %x to [6, 3] : tensor<?x?x?x8xf32> -> tensor<?x3x6x8xf32>
  return
}

// -----

func.func @concat_c1() {
  // expected-error @below {{needs at least one map, but there is none}}
  %0 = "swin.concat"() : () -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @concat_c2(%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x?x4xf32>) {
  // expected-error @below {{channels of the result must be 20, those of all maps together, but is 12}}
  %0 = swin.concat %x, %y, %x : tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32>, tensor<?x?x?x8xf32> -> tensor<?x?x?x12xf32>
  return
}

// -----

func.func @concat_c2_size(%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x6x4xf32>) {
  // expected-error @below {{width of map 1 must be ? as in the result, but is 6}}
  %0 = swin.concat %x, %y : tensor<?x?x?x8xf32>, tensor<?x?x6x4xf32> -> tensor<?x?x?x12xf32>
  return
}

// -----

func.func @concat_c2_dynamic(%x: tensor<?x?x?x?xf32>) {
  // expected-error @below {{channels of map 0 must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.concat %x : tensor<?x?x?x?xf32> -> tensor<?x?x?x12xf32>
  return
}

// -----

func.func @crop_c4(%x: tensor<?x?x?x8xf32>, %like: tensor<?x?x?x4xf32>) {
  // expected-error @below {{factor along height must be a number from 1 to 64, but is 65}}
  %0 = swin.crop %x like %like by [65, 1] : tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @crop_c4_count(%x: tensor<?x?x?x8xf32>, %like: tensor<?x?x?x4xf32>) {
  // expected-error @below {{factor must have two entries, [height, width], but has 0}}
  %0 = swin.crop %x like %like by [] : tensor<?x?x?x8xf32>, tensor<?x?x?x4xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @crop_c1_factor(%x: tensor<?x?x?x8xf32>, %like: tensor<?x5x?x4xf32>) {
  // expected-error @below {{height of the result must be 10, that of `like` times its factor, but is 5}}
  %0 = swin.crop %x like %like by [2, 2] : tensor<?x?x?x8xf32>, tensor<?x5x?x4xf32> -> tensor<?x5x?x8xf32>
  return
}

// -----

func.func @crop_c1_large(%x: tensor<?x?x?x8xf32>, %like: tensor<?x9223372036854775807x?x4xf32>) {
  // expected-error @below {{height of `like` must be at most 2147483647, but is 9223372036854775807}}
  %0 = swin.crop %x like %like by [2, 2] : tensor<?x?x?x8xf32>, tensor<?x9223372036854775807x?x4xf32> -> tensor<?x?x?x8xf32>
  return
}

// -----

func.func @crop_c2_factor(%x: tensor<?x?x14x8xf32>, %like: tensor<?x?x8x4xf32>) {
  // expected-error @below {{width of the result must be at most the operand's 14, but is 16}}
  %0 = swin.crop %x like %like by [2, 2] : tensor<?x?x14x8xf32>, tensor<?x?x8x4xf32> -> tensor<?x?x16x8xf32>
  return
}
