// RUN: swin-opt %s | swin-opt | FileCheck %s
// RUN: swin-opt %s --mlir-print-op-generic | swin-opt | FileCheck %s
// Every op as text, twice through the parser, and once through the generic form. Descriptions have examples of their own.

// CHECK-LABEL: func.func @constants
// CHECK-NEXT:    %[[W:.*]] = swin.param "fc1.weight" : tensor<288x96xf32>
// CHECK-NEXT:    %[[G:.*]] = swin.param "norm.weight" {note = "kept"} : tensor<96xf32>
// CHECK-NEXT:    %[[T:.*]] = swin.param "table" : tensor<169x3xf32>
// CHECK-NEXT:    swin.scale_rows %[[W]] rows [0, 96] by 1.250000e-01 : tensor<288x96xf32>
// CHECK-NEXT:    swin.scale_columns %[[W]] by %[[G]] : tensor<288x96xf32>, tensor<96xf32>
// CHECK-NEXT:    swin.pack %[[W]] : tensor<288x96xf32> -> tensor<18x96x16xf32>
// CHECK-NEXT:    swin.pack_sums %[[W]] : tensor<288x96xf32> -> tensor<7x9x48x16xf32>
// CHECK-NEXT:    swin.expand_bias %[[T]] window [7, 7] : tensor<169x3xf32> -> tensor<3x49x64xf32>
// CHECK-NEXT:    swin.log_coords window [8, 4] step [1.500000e+00, 1.000000e+00] gain 5.000000e-01 : tensor<105x2xf32>
// CHECK-NEXT:    %[[L:.*]] = swin.param "logit_scale" : tensor<3x1x1xf32>
// CHECK-NEXT:    swin.logit_scale %[[L]] max 4.500000e+00 : tensor<3x1x1xf32> -> tensor<3xf32>
// CHECK-NEXT:    swin.qkv_bias %[[G]], %[[G]] : tensor<96xf32>, tensor<96xf32> -> tensor<288xf32>
func.func @constants() {
  %w = swin.param "fc1.weight" : tensor<288x96xf32>
  %g = swin.param "norm.weight" {note = "kept"} : tensor<96xf32>
  %t = swin.param "table" : tensor<169x3xf32>
  %0 = swin.scale_rows %w rows [0, 96] by 0.125 : tensor<288x96xf32>
  %1 = swin.scale_columns %w by %g : tensor<288x96xf32>, tensor<96xf32>
  %2 = swin.pack %w : tensor<288x96xf32> -> tensor<18x96x16xf32>
  %s = swin.pack_sums %w : tensor<288x96xf32> -> tensor<7x9x48x16xf32>
  %3 = swin.expand_bias %t window [7, 7] : tensor<169x3xf32> -> tensor<3x49x64xf32>
  %4 = swin.log_coords window [8, 4] step [1.5, 1.0] gain 0.5 : tensor<105x2xf32>
  %l = swin.param "logit_scale" : tensor<3x1x1xf32>
  %5 = swin.logit_scale %l max 4.5 : tensor<3x1x1xf32> -> tensor<3xf32>
  %6 = swin.qkv_bias %g, %g : tensor<96xf32>, tensor<96xf32> -> tensor<288xf32>
  return
}

// CHECK-LABEL: func.func @tokens
// CHECK:         swin.layer_norm %{{.*}}, %{{.*}}, %{{.*}} epsilon 1.000000e-05 : tensor<?x?x?x96xf32>, tensor<96xf32>, tensor<96xf32>
// CHECK-NEXT:    swin.layer_norm %{{.*}} epsilon 1.000000e-05 : tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.linear %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x?x?x96xf32>, tensor<384x96xf32>, tensor<384xf32>) -> tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.linear %{{.*}}, %{{.*}} : (tensor<?x?x?x96xf32>, tensor<24x96x16xf32>) -> tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.gelu %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.gelu_tanh %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.quick_gelu %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.silu %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.relu %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.sigmoid %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.add %{{.*}}, %{{.*}} : tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.add_position %{{.*}}, %{{.*}} map [56, 28] : tensor<?x?x?x96xf32>, tensor<1x1568x96xf32>
func.func @tokens(%x: tensor<?x?x?x96xf32>, %g: tensor<96xf32>, %w: tensor<384x96xf32>, %p: tensor<24x96x16xf32>,
                  %b: tensor<384xf32>, %e: tensor<1x1568x96xf32>) {
  %0 = swin.layer_norm %x, %g, %g epsilon 1.0e-5 : tensor<?x?x?x96xf32>, tensor<96xf32>, tensor<96xf32>
  %1 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x96xf32>
  %2 = swin.linear %0, %w, %b : (tensor<?x?x?x96xf32>, tensor<384x96xf32>, tensor<384xf32>) -> tensor<?x?x?x384xf32>
  %3 = swin.linear %1, %p : (tensor<?x?x?x96xf32>, tensor<24x96x16xf32>) -> tensor<?x?x?x384xf32>
  %4 = swin.gelu %2 : tensor<?x?x?x384xf32>
  %5 = swin.gelu_tanh %4 : tensor<?x?x?x384xf32>
  %6 = swin.quick_gelu %5 : tensor<?x?x?x384xf32>
  %7 = swin.silu %6 : tensor<?x?x?x384xf32>
  %8 = swin.relu %7 : tensor<?x?x?x384xf32>
  %9 = swin.sigmoid %8 : tensor<?x?x?x384xf32>
  %10 = swin.add %9, %3 : tensor<?x?x?x384xf32>
  %11 = swin.add_position %x, %e map [56, 28] : tensor<?x?x?x96xf32>, tensor<1x1568x96xf32>
  return
}

// CHECK-LABEL: func.func @maps
// CHECK:         swin.patch_embed %{{.*}}, %{{.*}}, %{{.*}} patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.patch_embed %{{.*}}, %{{.*}}, %{{.*}} patch [4, 4] pad : (tensor<?x3x?x?xf32>, tensor<6x48x16xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.patch_merging %{{.*}} : tensor<?x?x?x96xf32> -> tensor<?x?x?x384xf32>
// CHECK-NEXT:    swin.check_size %{{.*}} min [7, 7] multiple [1, 1] : tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.check_size %{{.*}} min [7, 7] multiple [1, 1] max [56, 7] : tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.pad %{{.*}} to_multiple_of [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.pad %{{.*}} to_multiple_of [7, 7] before [4, 0] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.cyclic_shift %{{.*}} by [3, 3] window [7, 7] never : tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.cyclic_shift %{{.*}} by [-6, 0] window [7, 7] axis : tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.cyclic_shift %{{.*}} by [0, 6] window [7, 7] map : tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.crop %{{.*}} like %{{.*}} : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.crop %{{.*}} like %{{.*}} before [4, 0] : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
// CHECK-NEXT:    swin.mean_pool %{{.*}} : tensor<?x?x?x96xf32> -> tensor<?x96xf32>
// CHECK-NEXT:    %[[C:.*]] = swin.channels_first %{{.*}} : tensor<?x?x?x96xf32> -> tensor<?x96x?x?xf32>
// CHECK-NEXT:    swin.output %[[C]] as "stage1" : tensor<?x96x?x?xf32>
func.func @maps(%image: tensor<?x3x?x?xf32>, %w: tensor<96x3x4x4xf32>, %p: tensor<6x48x16xf32>, %b: tensor<96xf32>) {
  %0 = swin.patch_embed %image, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  %1 = swin.patch_embed %image, %p, %b patch [4, 4] pad : (tensor<?x3x?x?xf32>, tensor<6x48x16xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
  %2 = swin.patch_merging %1 : tensor<?x?x?x96xf32> -> tensor<?x?x?x384xf32>
  %3 = swin.check_size %0 min [7, 7] multiple [1, 1] : tensor<?x?x?x96xf32>
  %checked = swin.check_size %3 min [7, 7] multiple [1, 1] max [56, 7] : tensor<?x?x?x96xf32>
  %4 = swin.pad %3 to_multiple_of [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  %moved = swin.pad %3 to_multiple_of [7, 7] before [4, 0] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  %5 = swin.cyclic_shift %4 by [3, 3] window [7, 7] never : tensor<?x?x?x96xf32>
  %6 = swin.cyclic_shift %5 by [-6, 0] window [7, 7] axis : tensor<?x?x?x96xf32>
  %7 = swin.cyclic_shift %6 by [0, 6] window [7, 7] map : tensor<?x?x?x96xf32>
  %8 = swin.crop %7 like %3 : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  %back = swin.crop %moved like %3 before [4, 0] : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
  %9 = swin.mean_pool %8 : tensor<?x?x?x96xf32> -> tensor<?x96xf32>
  %10 = swin.channels_first %8 : tensor<?x?x?x96xf32> -> tensor<?x96x?x?xf32>
  swin.output %10 as "stage1" : tensor<?x96x?x?xf32>
  return
}

// CHECK-LABEL: func.func @convolutions
// CHECK:         %[[M:.*]] = swin.literal [-4.488000e-01, 2.500000e-01] : tensor<2xf32>
// CHECK-NEXT:    %[[S:.*]] = swin.batch_scale %{{.*}}, %{{.*}} epsilon 1.000000e-05 : tensor<8xf32>
// CHECK-NEXT:    %[[O:.*]] = swin.batch_offset %[[S]], %{{.*}}, %{{.*}} : tensor<8xf32>
// CHECK-NEXT:    swin.scale_outputs %{{.*}} by %[[S]] : tensor<8x2x3x3xf32>, tensor<8xf32>
// CHECK-NEXT:    swin.ungroup %{{.*}} groups 4 : tensor<8x2x3x3xf32> -> tensor<8x8x3x3xf32>
// CHECK-NEXT:    swin.conv2d %{{.*}}, %{{.*}}, %{{.*}} kernel [3, 3] stride [1, 2] padding [1, 0] groups 4 : (tensor<?x?x?x8xf32>, tensor<8x2x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.conv2d %{{.*}}, %{{.*}} kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<1x72x16xf32>) -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.depthwise_conv2d %{{.*}}, %{{.*}}, %{{.*}} kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x1x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.depthwise_conv2d %{{.*}}, %{{.*}} kernel [3, 3] stride [2, 2] padding [0, 0] : (tensor<?x?x?x8xf32>, tensor<1x9x16xf32>) -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.affine %{{.*}} by %[[S]], %[[O]] : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
// CHECK-NEXT:    swin.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} epsilon 1.000000e-05 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
// CHECK-NEXT:    swin.leaky_relu %{{.*}} slope 1.000000e-02 : tensor<?x?x?x8xf32>
func.func @convolutions(%x: tensor<?x?x?x8xf32>, %w: tensor<8x2x3x3xf32>, %p: tensor<1x72x16xf32>,
                        %d: tensor<8x1x3x3xf32>, %q: tensor<1x9x16xf32>, %b: tensor<8xf32>) {
  %m = swin.literal [-0.4488, 0.25] : tensor<2xf32>
  %s = swin.batch_scale %b, %b epsilon 1.0e-5 : tensor<8xf32>
  %o = swin.batch_offset %s, %b, %b : tensor<8xf32>
  %0 = swin.scale_outputs %w by %s : tensor<8x2x3x3xf32>, tensor<8xf32>
  %1 = swin.ungroup %w groups 4 : tensor<8x2x3x3xf32> -> tensor<8x8x3x3xf32>
  %2 = swin.conv2d %x, %w, %b kernel [3, 3] stride [1, 2] padding [1, 0] groups 4 : (tensor<?x?x?x8xf32>, tensor<8x2x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  %3 = swin.conv2d %2, %p kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<1x72x16xf32>) -> tensor<?x?x?x8xf32>
  %4 = swin.depthwise_conv2d %3, %d, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<8x1x3x3xf32>, tensor<8xf32>) -> tensor<?x?x?x8xf32>
  %5 = swin.depthwise_conv2d %4, %q kernel [3, 3] stride [2, 2] padding [0, 0] : (tensor<?x?x?x8xf32>, tensor<1x9x16xf32>) -> tensor<?x?x?x8xf32>
  %6 = swin.affine %5 by %s, %o : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %7 = swin.batch_norm %6, %b, %b, %b, %b epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  %8 = swin.leaky_relu %7 slope 0.01 : tensor<?x?x?x8xf32>
  return
}

// CHECK-LABEL: func.func @resizes
// CHECK:         swin.channels_last %{{.*}} : tensor<?x8x?x?xf32> -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.reflect_pad %{{.*}} to_multiple_of [8, 4] : tensor<?x?x?x8xf32> -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.pixel_shuffle %{{.*}} by 2 : tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
// CHECK-NEXT:    swin.resize %{{.*}} nearest by [2, 3] : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
// CHECK-NEXT:    swin.resize %{{.*}} bilinear like %{{.*}} : (tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32>) -> tensor<?x?x?x2xf32>
// CHECK-NEXT:    swin.resize %{{.*}} bicubic like %{{.*}} by [4, 4] : (tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32>) -> tensor<?x?x?x2xf32>
// CHECK-NEXT:    swin.crop %{{.*}} like %{{.*}} by [2, 2] : tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
// CHECK-NEXT:    swin.crop %{{.*}} like %{{.*}} by [2, 1] before [0, 3] : tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
// CHECK-NEXT:    swin.adaptive_pool %{{.*}} to [6, 3] : tensor<?x?x?x8xf32> -> tensor<?x6x3x8xf32>
// CHECK-NEXT:    swin.concat %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x2xf32> -> tensor<?x?x?x12xf32>
func.func @resizes(%image: tensor<?x8x?x?xf32>) {
  %x = swin.channels_last %image : tensor<?x8x?x?xf32> -> tensor<?x?x?x8xf32>
  %0 = swin.reflect_pad %x to_multiple_of [8, 4] : tensor<?x?x?x8xf32> -> tensor<?x?x?x8xf32>
  %1 = swin.pixel_shuffle %0 by 2 : tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
  %2 = swin.resize %x nearest by [2, 3] : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  %3 = swin.resize %1 bilinear like %x : (tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32>) -> tensor<?x?x?x2xf32>
  %4 = swin.resize %3 bicubic like %x by [4, 4] : (tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32>) -> tensor<?x?x?x2xf32>
  %5 = swin.crop %1 like %x by [2, 2] : tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
  %6 = swin.crop %4 like %x by [2, 1] before [0, 3] : tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>
  %7 = swin.adaptive_pool %x to [6, 3] : tensor<?x?x?x8xf32> -> tensor<?x6x3x8xf32>
  %8 = swin.concat %3, %x, %3 : tensor<?x?x?x2xf32>, tensor<?x?x?x8xf32>, tensor<?x?x?x2xf32> -> tensor<?x?x?x12xf32>
  return
}

// Static maps: sizes follow, windows and patches rounded as each op says.
// CHECK-LABEL: func.func @sizes
func.func @sizes(%image: tensor<2x3x226x230xf32>, %w: tensor<96x3x4x4xf32>, %b: tensor<96xf32>, %c: tensor<4x96x5x3xf32>) {
  %0 = swin.patch_embed %image, %w, %b patch [4, 4] : (tensor<2x3x226x230xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<2x56x57x96xf32>
  %1 = swin.patch_embed %image, %w, %b patch [4, 4] pad : (tensor<2x3x226x230xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<2x57x58x96xf32>
  %2 = swin.patch_merging %0 : tensor<2x56x57x96xf32> -> tensor<2x28x29x384xf32>
  %3 = swin.pad %0 to_multiple_of [7, 7] : tensor<2x56x57x96xf32> -> tensor<2x56x63x96xf32>
  %4 = swin.window_partition %3 window [7, 7] : tensor<2x56x63x96xf32> -> tensor<2x8x9x49x96xf32>
  %5 = swin.window_reverse %4 window [7, 7] : tensor<2x8x9x49x96xf32> -> tensor<2x56x63x96xf32>
  %6 = swin.crop %5 like %0 : tensor<2x56x63x96xf32>, tensor<2x56x57x96xf32> -> tensor<2x56x57x96xf32>
  %7 = swin.pad %0 to_multiple_of [7, 7] before [1, 6] : tensor<2x56x57x96xf32> -> tensor<2x63x63x96xf32>
  %8 = swin.crop %7 like %0 before [7, 6] : tensor<2x63x63x96xf32>, tensor<2x56x57x96xf32> -> tensor<2x56x57x96xf32>
  %9 = swin.conv2d %0, %c kernel [5, 3] stride [3, 1] padding [2, 0] : (tensor<2x56x57x96xf32>, tensor<4x96x5x3xf32>) -> tensor<2x19x55x4xf32>
  %10 = swin.reflect_pad %9 to_multiple_of [12, 8] : tensor<2x19x55x4xf32> -> tensor<2x24x56x4xf32>
  %11 = swin.pixel_shuffle %10 by 2 : tensor<2x24x56x4xf32> -> tensor<2x48x112x1xf32>
  %12 = swin.crop %11 like %9 by [2, 2] : tensor<2x48x112x1xf32>, tensor<2x19x55x4xf32> -> tensor<2x38x110x1xf32>
  %13 = swin.resize %12 bicubic like %9 by [3, 1] : (tensor<2x38x110x1xf32>, tensor<2x19x55x4xf32>) -> tensor<2x57x55x1xf32>
  %14 = swin.resize %13 nearest by [1, 2] : (tensor<2x57x55x1xf32>) -> tensor<2x57x110x1xf32>
  %15 = swin.adaptive_pool %14 to [6, 64] : tensor<2x57x110x1xf32> -> tensor<2x6x64x1xf32>
  return
}

// CHECK-LABEL: func.func @windows
// CHECK:         swin.window_partition %{{.*}} window [7, 7] : tensor<?x?x?x288xf32> -> tensor<?x?x?x49x288xf32>
// CHECK-NEXT:    swin.window_attention %{{.*}}, %{{.*}} heads 3 scale 1.250000e-01 window [7, 7] shift [3, 3] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
// CHECK-NEXT:    swin.window_attention %{{.*}}, %{{.*}} heads 3 scale 1.000000e+00 window [7, 7] shift [0, 6] map : (tensor<?x?x?x49x288xf32>, tensor<3x49x64xf32>) -> tensor<?x?x?x49x96xf32>
// CHECK-NEXT:    swin.window_attention %{{.*}}, %{{.*}} cosine %{{.*}} heads 3 scale 1.000000e+00 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>, tensor<3xf32>) -> tensor<?x?x?x49x96xf32>
// CHECK-NEXT:    swin.token_mixing %{{.*}}, %{{.*}}, %{{.*}} heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49x1xf32>, tensor<147xf32>
// CHECK-NEXT:    swin.token_mixing %{{.*}}, %{{.*}}, %{{.*}} heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49xf32>, tensor<147xf32>
// CHECK-NEXT:    swin.window_reverse %{{.*}} window [7, 7] : tensor<?x?x?x49x96xf32> -> tensor<?x?x?x96xf32>
func.func @windows(%x: tensor<?x?x?x288xf32>, %table: tensor<169x3xf32>, %bias: tensor<3x49x64xf32>,
                   %c: tensor<3xf32>, %m: tensor<147x49x1xf32>, %n: tensor<147x49xf32>, %b: tensor<147xf32>) {
  %0 = swin.window_partition %x window [7, 7] : tensor<?x?x?x288xf32> -> tensor<?x?x?x49x288xf32>
  %1 = swin.window_attention %0, %table heads 3 scale 0.125 window [7, 7] shift [3, 3] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
  %2 = swin.window_attention %0, %bias heads 3 scale 1.0 window [7, 7] shift [0, 6] map : (tensor<?x?x?x49x288xf32>, tensor<3x49x64xf32>) -> tensor<?x?x?x49x96xf32>
  %cosine = swin.window_attention %0, %table cosine %c heads 3 scale 1.0 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>, tensor<3xf32>) -> tensor<?x?x?x49x96xf32>
  %mixed = swin.token_mixing %1, %m, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49x1xf32>, tensor<147xf32>
  %again = swin.token_mixing %mixed, %n, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49xf32>, tensor<147xf32>
  %3 = swin.window_reverse %1 window [7, 7] : tensor<?x?x?x49x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// A call may stand before its kernel. Attributes that are not the op's own stay.
// CHECK-LABEL: func.func @calls
// CHECK:         swin.call @head(%{{.*}}, %{{.*}}, %{{.*}}) {slot = 1 : i64} : (tensor<?x?x?x768xf32>, tensor<63x768x16xf32>, tensor<1000xf32>) -> tensor<?x1000xf32>
// CHECK-NEXT:    swin.call @copy(%{{.*}}) {output = 0 : i64} : (tensor<?x1000xf32>) -> tensor<?x1000xf32>
// CHECK:       swin.kernel @head pool activations 1 (%[[X:.*]]: tensor<?x?x?x768xf32>, %[[W:.*]]: tensor<63x768x16xf32>, %[[B:.*]]: tensor<1000xf32>) -> tensor<?x1000xf32> dense {
// CHECK-NEXT:    %[[N:.*]] = swin.layer_norm %[[X]]
// CHECK-NEXT:    %[[P:.*]] = swin.mean_pool %[[N]]
// CHECK-NEXT:    %[[L:.*]] = swin.linear %[[P]], %[[W]], %[[B]]
// CHECK-NEXT:    swin.yield %[[L]] : tensor<?x1000xf32>
// CHECK-NEXT:  }
// CHECK:       swin.kernel @conv conv activations 2 (
// CHECK:       swin.kernel @grow map activations 1 (
// CHECK:       swin.kernel @copy tokens activations 1 (%[[X:.*]]: tensor<?x1000xf32>) -> tensor<?x1000xf32> attributes {note = "kept"} {
// CHECK-NEXT:    swin.yield %[[X]] : tensor<?x1000xf32>
func.func @calls(%x: tensor<?x?x?x768xf32>, %w: tensor<63x768x16xf32>, %b: tensor<1000xf32>) {
  %0 = swin.call @head(%x, %w, %b) {slot = 1 : i64} : (tensor<?x?x?x768xf32>, tensor<63x768x16xf32>, tensor<1000xf32>) -> tensor<?x1000xf32>
  %1 = swin.call @copy(%0) {output = 0 : i64} : (tensor<?x1000xf32>) -> tensor<?x1000xf32>
  return
}
swin.kernel @head pool activations 1 (%x: tensor<?x?x?x768xf32>, %w: tensor<63x768x16xf32>, %b: tensor<1000xf32>) -> tensor<?x1000xf32> dense {
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x768xf32>
  %1 = swin.mean_pool %0 : tensor<?x?x?x768xf32> -> tensor<?x768xf32>
  %2 = swin.linear %1, %w, %b : (tensor<?x768xf32>, tensor<63x768x16xf32>, tensor<1000xf32>) -> tensor<?x1000xf32>
  swin.yield %2 : tensor<?x1000xf32>
}
swin.kernel @conv conv activations 2 (%x: tensor<?x?x?x8xf32>, %y: tensor<?x?x?x16xf32>, %w: tensor<1x72x16xf32>) -> tensor<?x?x?x16xf32> {
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x8xf32>, tensor<1x72x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.add %0, %y : tensor<?x?x?x16xf32>
  swin.yield %1 : tensor<?x?x?x16xf32>
}
swin.kernel @grow map activations 1 (%x: tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32> {
  %0 = swin.resize %x nearest by [2, 2] : (tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  swin.yield %0 : tensor<?x?x?x8xf32>
}
swin.kernel @copy tokens activations 1 (%x: tensor<?x1000xf32>) -> tensor<?x1000xf32> attributes {note = "kept"} {
  swin.yield %x : tensor<?x1000xf32>
}
