// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @patch_embed_c1(%x: tensor<?x3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{'swin.patch_embed' op patch width must be at least 1, but is 0}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 0] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c1_count(%x: tensor<?x3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{patch must have two sizes, [height, width], but has 3}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4, 4] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c2(%x: tensor<?x3x?x?xf32>, %w: tensor<96x4x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{weight must be 96 x 3 x 4 x 4, result's x image's channels x patch, but is 96 x 4 x 4 x 4}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<96x4x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c2_packed(%x: tensor<?x3x?x?xf32>, %w: tensor<6x47x16xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{packed weight must be 6 x 48 x 16, panels x inputs x 16, but is 6 x 47 x 16}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<6x47x16xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c2_image(%x: tensor<3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{image must have 4 dimensions, B x C x H x W, but has 3}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c2_rank(%x: tensor<?x3x?x?xf32>, %w: tensor<f32>, %b: tensor<96xf32>) {
  // expected-error @below {{weight must be 96 x 3 x 4 x 4, result's x image's channels x patch, but is a number without dimensions}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<f32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c2_large(%x: tensor<?x3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{weight must have at most 2147483647 elements, but would have more}}
  %0 = swin.patch_embed %x, %w, %b patch [4096, 4096] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c3(%x: tensor<?x3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{bias must have 96 entries, one for each of the result's channels, but has 3}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<3xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_embed_c4(%x: tensor<?x3x225x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{height of the result must be 56, whole patches, but is 57}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<?x3x225x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x57x?x96xf32>
  return
}

// -----

func.func @patch_embed_c4_pad(%x: tensor<?x3x225x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{height of the result must be 57, patches rounded up, but is 56}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] pad : (tensor<?x3x225x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x56x?x96xf32>
  return
}

// -----

func.func @patch_embed_c4_batch(%x: tensor<2x3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{batch of the result must be 2 as in the operand, but is ?}}
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] pad : (tensor<2x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @patch_merging_c1(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{channels of the result must be 384, 4 times the operand's, but is 192}}
  %0 = swin.patch_merging %x : tensor<?x?x?x96xf32> -> tensor<?x?x?x192xf32>
  return
}

// -----

func.func @patch_merging_c1_dynamic(%x: tensor<?x?x?x?xf32>) {
  // expected-error @below {{channels of the operand must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.patch_merging %x : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  return
}

// -----

func.func @patch_merging_c2(%x: tensor<?x?x7x96xf32>) {
  // expected-error @below {{width of the result must be 4, half the operand's rounded up, but is 3}}
  %0 = swin.patch_merging %x : tensor<?x?x7x96xf32> -> tensor<?x?x3x384xf32>
  return
}

// -----

func.func @check_size_c1(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{multiple height must be at least 1, but is 0}}
  %0 = swin.check_size %x min [7, 7] multiple [0, 1] : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @check_size_c1_count(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{min must have two sizes, [height, width], but has 1}}
  %0 = swin.check_size %x min [7] multiple [1, 1] : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @pad_c1(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{window height must be at least 1, but is -7}}
  %0 = swin.pad %x to_multiple_of [-7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @pad_c2(%x: tensor<?x15x?x96xf32>) {
  // expected-error @below {{height of the result must be 21, whole windows, but is 15}}
  %0 = swin.pad %x to_multiple_of [7, 7] : tensor<?x15x?x96xf32> -> tensor<?x15x?x96xf32>
  return
}

// -----

func.func @pad_c2_channels(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{channels of the result must be 96 as in the operand, but is 97}}
  %0 = swin.pad %x to_multiple_of [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x97xf32>
  return
}

// -----

func.func @pad_c2_large(%x: tensor<?x9223372036854775807x?x96xf32>) {
  // expected-error @below {{height of the operand is too large to pad: 9223372036854775807}}
  %0 = swin.pad %x to_multiple_of [4, 7] : tensor<?x9223372036854775807x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @crop_c1(%x: tensor<?x?x?x96xf32>, %like: tensor<?x15x?x32xf32>) {
  // expected-error @below {{height of the result must be 15 as in `like`, but is 14}}
  %0 = swin.crop %x like %like : tensor<?x?x?x96xf32>, tensor<?x15x?x32xf32> -> tensor<?x14x?x96xf32>
  return
}

// -----

func.func @crop_c1_channels(%x: tensor<?x?x?x96xf32>, %like: tensor<?x?x?x32xf32>) {
  // expected-error @below {{channels of the result must be 96 as in the operand, but is 32}}
  %0 = swin.crop %x like %like : tensor<?x?x?x96xf32>, tensor<?x?x?x32xf32> -> tensor<?x?x?x32xf32>
  return
}

// -----

func.func @crop_c2(%x: tensor<?x?x14x96xf32>, %like: tensor<?x?x15x96xf32>) {
  // expected-error @below {{width of the result must be at most the operand's 14, but is 15}}
  %0 = swin.crop %x like %like : tensor<?x?x14x96xf32>, tensor<?x?x15x96xf32> -> tensor<?x?x15x96xf32>
  return
}

// -----

func.func @crop_c2_batch(%x: tensor<1x?x?x96xf32>, %like: tensor<2x?x?x96xf32>) {
  // expected-error @below {{batch of `like` must be 1 as in the operand, but is 2}}
  %0 = swin.crop %x like %like : tensor<1x?x?x96xf32>, tensor<2x?x?x96xf32> -> tensor<2x?x?x96xf32>
  return
}

// -----

func.func @mean_pool_c1(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{the result must be ? x 96, the operand's batch x channels, but is ? x 48}}
  %0 = swin.mean_pool %x : tensor<?x?x?x96xf32> -> tensor<?x48xf32>
  return
}

// -----

func.func @channels_first_c1(%x: tensor<?x7x9x96xf32>) {
  // expected-error @below {{the result must be ? x 96 x 7 x 9, the operand's batch x channels x height x width, but is ? x 96 x 9 x 7}}
  %0 = swin.channels_first %x : tensor<?x7x9x96xf32> -> tensor<?x96x9x7xf32>
  return
}

// -----

func.func @check_size_c1_max(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{max must have two sizes, [height, width], but has 1}}
  %0 = swin.check_size %x min [7, 7] multiple [1, 1] max [7] : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @check_size_c2(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{min width must be at most the 6 of max, but is 7}}
  %0 = swin.check_size %x min [7, 7] multiple [1, 1] max [7, 6] : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @pad_c3(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{`before` along width must be less than the window's 7, but is 7}}
  %0 = swin.pad %x to_multiple_of [7, 7] before [6, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @pad_c3_negative(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{`before` along height must be at least 0, but is -1}}
  %0 = swin.pad %x to_multiple_of [7, 7] before [-1, 0] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @pad_c3_count(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{`before` must have two entries, [top, left], but has 0}}
  %0 = swin.pad %x to_multiple_of [7, 7] before [] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @pad_c2_before(%x: tensor<?x14x?x96xf32>) {
  // expected-error @below {{height of the result must be 21, whole windows, but is 14}}
  %0 = swin.pad %x to_multiple_of [7, 7] before [1, 0] : tensor<?x14x?x96xf32> -> tensor<?x14x?x96xf32>
  return
}

// -----

// Without the 3 it is large, but fits.
func.func @pad_c2_before_large(%x: tensor<?x9223372036854775798x?x96xf32>) {
  // expected-error @below {{height of the operand is too large to pad: 9223372036854775798}}
  %0 = swin.pad %x to_multiple_of [7, 7] before [3, 0] : tensor<?x9223372036854775798x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @crop_c3(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{`before` along width must be at least 0, but is -4}}
  %0 = swin.crop %x like %x before [0, -4] : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @crop_c3_count(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{`before` must have two entries, [top, left], but has 3}}
  %0 = swin.crop %x like %x before [0, 4, 0] : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @crop_c2_before(%x: tensor<?x14x?x96xf32>, %like: tensor<?x11x?x96xf32>) {
  // expected-error @below {{height of the result must be at most the operand's 14 without the 4 of `before`, but is 11}}
  %0 = swin.crop %x like %like before [4, 0] : tensor<?x14x?x96xf32>, tensor<?x11x?x96xf32> -> tensor<?x11x?x96xf32>
  return
}

// -----

func.func @crop_c2_before_large(%x: tensor<?x?x14x96xf32>, %like: tensor<?x?x?x96xf32>) {
  // expected-error @below {{width of the result must be at most the operand's 14 without the 9223372036854775807 of `before`, but is ?}}
  %0 = swin.crop %x like %like before [0, 9223372036854775807] : tensor<?x?x14x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  return
}
