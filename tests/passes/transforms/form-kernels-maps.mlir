// RUN: swin-opt %s --swin-form-kernels --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-form-kernels --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-form-kernels --split-input-file | diff %t.once -

// A picture: what pads and scales it stands in front of the first convolution, a residual connection behind the second,
// pixels are made by the address of the store, and each kernel that needs the image's size reads the image itself.
// CHECK-LABEL: func.func @forward(%arg0:
// CHECK:         %[[F:.*]] = swin.call @conv_3x3_16(%arg0, %{{.*}}) :
// CHECK-NEXT:    %[[N:.*]] = swin.call @norm_16(%[[F]]) :
// CHECK-NEXT:    %[[A:.*]] = swin.call @conv_3x3_16_add(%[[N]], %[[F]], %{{.*}}) :
// CHECK-NEXT:    %[[U:.*]] = swin.call @conv_3x3_16_up2(%[[A]], %{{.*}}) :
// CHECK-NEXT:    %[[Y:.*]] = swin.call @conv_3x3_3(%[[U]], %arg0, %{{.*}}) : {{.*}} -> tensor<?x3x?x?xf32>
// CHECK-NEXT:    swin.output %[[Y]] as "image"
// CHECK:       swin.kernel @conv_3x3_16 conv activations 1 (%[[IN:[^:]*]]: tensor<?x3x?x?xf32>,
// CHECK-NEXT:    swin.channels_last %[[IN]]
// CHECK-NEXT:    swin.reflect_pad
// CHECK-NEXT:    swin.affine
// CHECK-NEXT:    swin.conv2d
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @conv_3x3_16_add conv activations 2 (%[[IN:[^:]*]]: tensor<?x?x?x16xf32>, %[[R:[^:]*]]: tensor<?x?x?x16xf32>,
// CHECK-NEXT:    %[[C:.*]] = swin.conv2d %[[IN]]
// CHECK-NEXT:    swin.add %[[C]], %[[R]]
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @conv_3x3_16_up2 conv activations 1
// CHECK-NEXT:    swin.conv2d
// CHECK-NEXT:    swin.leaky_relu
// CHECK-NEXT:    swin.pixel_shuffle
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @conv_3x3_3 conv activations 2 (%[[IN:[^:]*]]: tensor<?x?x?x4xf32>, %[[I:[^:]*]]: tensor<?x3x?x?xf32>, {{.*}} -> tensor<?x3x?x?xf32> dense
// CHECK-NEXT:    swin.conv2d %[[IN]]
// CHECK-NEXT:    swin.affine
// CHECK-NEXT:    %[[L:.*]] = swin.channels_last %[[I]]
// CHECK-NEXT:    swin.crop %{{.*}} like %[[L]] by [2, 2]
// CHECK-NEXT:    swin.channels_first
// CHECK-NEXT:    swin.yield
!image = tensor<?x3x?x?xf32>
!rgb = tensor<?x?x?x3xf32>
!map = tensor<?x?x?x16xf32>
!large = tensor<?x?x?x4xf32>
!v = tensor<16xf32>
func.func @forward(%image: !image) {
  %w0 = swin.param "w0" : tensor<1x27x16xf32>
  %w = swin.param "w" : tensor<1x144x16xf32>
  %w1 = swin.param "w1" : tensor<1x36x16xf32>
  %v = swin.param "v" : !v
  %s = swin.param "s" : tensor<3xf32>
  %i = swin.channels_last %image : !image -> !rgb
  %r = swin.reflect_pad %i to_multiple_of [4, 4] : !rgb -> !rgb
  %n = swin.affine %r by %s, %s : !rgb, tensor<3xf32>, tensor<3xf32>
  %f = swin.conv2d %n, %w0, %v kernel [3, 3] stride [1, 1] padding [1, 1] : (!rgb, tensor<1x27x16xf32>, !v) -> !map
  %l = swin.layer_norm %f epsilon 1.0e-5 : !map
  %g = swin.conv2d %l, %w, %v kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>, !v) -> !map
  %a = swin.add %g, %f : !map
  %u = swin.conv2d %a, %w, %v kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>, !v) -> !map
  %k = swin.leaky_relu %u slope 0.01 : !map
  %p = swin.pixel_shuffle %k by 2 : !map -> !large
  %t = swin.conv2d %p, %w1 kernel [3, 3] stride [1, 1] padding [1, 1] : (!large, tensor<1x36x16xf32>) -> !rgb
  %y = swin.affine %t by %s, %s : !rgb, tensor<3xf32>, tensor<3xf32>
  %c = swin.crop %y like %i by [2, 2] : !rgb, !rgb -> !rgb
  %z = swin.channels_first %c : !rgb -> !image
  swin.output %z as "image" : !image
  return
}

// -----

// Between two convolutions what is elementwise belongs behind the first one, and a larger map in front of the second;
// so does a sum with a map that is made larger. A shift of a map is the address of a read.
// CHECK-LABEL: func.func @forward(%arg0: tensor<?x?x?x16xf32>, %arg1:
// CHECK:         %[[A:.*]] = swin.call @conv_3x3_16(%arg0, %{{.*}}) :
// CHECK-NEXT:    %[[B:.*]] = swin.call @conv_3x3_16_2(%[[A]], %{{.*}}) :
// CHECK-NEXT:    %[[C:.*]] = swin.call @depthwise_3x3_16(%arg1, %[[B]], %{{.*}}) :
// CHECK-NEXT:    swin.output %[[C]]
// CHECK:       swin.kernel @conv_3x3_16 conv
// CHECK-NEXT:    swin.conv2d
// CHECK-NEXT:    swin.leaky_relu
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @conv_3x3_16_2 conv
// CHECK-NEXT:    swin.cyclic_shift
// CHECK-NEXT:    swin.resize %{{.*}} nearest by [2, 2]
// CHECK-NEXT:    swin.conv2d
// CHECK-NEXT:    swin.gelu
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @depthwise_3x3_16 conv activations 2 (%[[R:[^:]*]]: tensor<?x?x?x16xf32>, %[[IN:[^:]*]]:
// CHECK-NEXT:    %[[L:.*]] = swin.resize %[[R]] bilinear by [2, 2]
// CHECK-NEXT:    swin.add %[[IN]], %[[L]]
// CHECK-NEXT:    swin.depthwise_conv2d
// CHECK-NEXT:    swin.yield
!map = tensor<?x?x?x16xf32>
func.func @forward(%x: !map, %y: !map) {
  %w = swin.param "w" : tensor<1x144x16xf32>
  %d = swin.param "d" : tensor<1x9x16xf32>
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  %1 = swin.leaky_relu %0 slope 0.2 : !map
  %2 = swin.cyclic_shift %1 by [1, 1] window [2, 2] never : !map
  %3 = swin.resize %2 nearest by [2, 2] : (!map) -> !map
  %4 = swin.conv2d %3, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  %5 = swin.gelu %4 : !map
  %6 = swin.resize %y bilinear by [2, 2] : (!map) -> !map
  %7 = swin.add %5, %6 : !map
  %8 = swin.depthwise_conv2d %7, %d kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x9x16xf32>) -> !map
  swin.output %8 as "map" : !map
  return
}

// -----

// What is read of a map whose size counts alone is read of one that is there anyway: here the linear map's sum and the
// convolution's are each one kernel with what is behind them, and the norm is no kernel.
// CHECK-LABEL: func.func @forward(%arg0:
// CHECK:         %[[P:.*]] = swin.call @pool_2x3_16(%arg0) :
// CHECK-NEXT:    %[[R:.*]] = swin.call @resize_16(%[[P]], %arg0) :
// CHECK-NEXT:    %[[A:.*]] = swin.call @linear_16(%arg0, %[[R]], %{{.*}}) :
// CHECK-NEXT:    %[[C:.*]] = swin.call @conv_3x3_16(%[[P]], %arg0, %[[A]], %{{.*}}) :
// CHECK-NEXT:    swin.output %[[C]]
// CHECK:       swin.kernel @linear_16 tokens activations 2
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    swin.relu
// CHECK-NEXT:    swin.add
// CHECK-NEXT:    swin.gelu
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @conv_3x3_16 conv activations 3 (%[[P:[^:]*]]: {{[^%]*}}%[[X:[^:]*]]: {{[^%]*}}%[[A:[^:]*]]:
// CHECK-NEXT:    %[[S:.*]] = swin.silu %[[P]]
// CHECK-NEXT:    %[[R:.*]] = swin.resize %[[S]] bicubic like %[[X]]
// CHECK-NEXT:    swin.concat %[[A]], %[[X]], %[[R]]
// CHECK-NEXT:    swin.conv2d
// CHECK-NEXT:    swin.yield
!map = tensor<?x?x?x16xf32>
!part = tensor<?x2x3x16xf32>
func.func @forward(%x: !map) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  %c = swin.param "c" : tensor<1x432x16xf32>
  %0 = swin.linear %x, %w : (!map, tensor<1x16x16xf32>) -> !map
  %1 = swin.relu %0 : !map
  %n = swin.layer_norm %x epsilon 1.0e-5 : !map
  %2 = swin.adaptive_pool %x to [2, 3] : !map -> !part
  %3 = swin.resize %2 bilinear like %1 : (!part, !map) -> !map
  %4 = swin.add %1, %3 : !map
  %5 = swin.gelu %4 : !map
  %6 = swin.silu %2 : !part
  %7 = swin.resize %6 bicubic like %n : (!part, !map) -> !map
  %8 = swin.concat %5, %x, %7 : !map, !map, !map -> tensor<?x?x?x48xf32>
  %9 = swin.conv2d %8, %c kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x48xf32>, tensor<1x432x16xf32>) -> !map
  swin.output %9 as "map" : !map
  return
}

// -----

// What is left are kernels of maps: gathers with what is elementwise behind them. Elementwise ops alone, on rows of
// whatever size, are no such kernel.
// CHECK-LABEL: func.func @forward(%arg0: tensor<?x3x?x?xf32>, %arg1:
// CHECK:         %[[L:.*]] = swin.call @linear_20(%arg1, %{{.*}}) :
// CHECK-NEXT:    %[[R:.*]] = swin.call @resize_20(%arg0, %[[L]]) : {{.*}} -> tensor<?x20x?x?xf32>
// CHECK-NEXT:    swin.output %[[R]] as "classes"
// CHECK-NEXT:    %[[C:.*]] = swin.call @concat_32(%arg1) :
// CHECK-NEXT:    swin.output %[[C]] as "twice"
// CHECK-NEXT:    %[[M:.*]] = swin.call @map_8(%[[C]], %{{.*}}) :
// CHECK-NEXT:    swin.output %[[M]] as "pixels"
// CHECK-NEXT:    %[[P:.*]] = swin.call @pool_6x6_16(%arg1) :
// CHECK-NEXT:    swin.output %[[P]] as "parts"
// CHECK-NEXT:    %[[E:.*]] = swin.call @tokens_16(%arg1, %{{.*}}) :
// CHECK-NEXT:    swin.output %[[E]] as "scaled"
// CHECK:       swin.kernel @resize_20 map activations 2 (%[[I:[^:]*]]: tensor<?x3x?x?xf32>, {{.*}} -> tensor<?x20x?x?xf32> dense
// CHECK:       swin.kernel @concat_32 map activations 1
// CHECK:       swin.kernel @map_8 map activations 1
// CHECK-NEXT:    swin.reflect_pad
// CHECK-NEXT:    swin.pixel_shuffle
// CHECK-NEXT:    swin.add_position
// CHECK-NEXT:    swin.relu
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @pool_6x6_16 map activations 1
// CHECK-NEXT:    swin.adaptive_pool
// CHECK-NEXT:    swin.relu
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @tokens_16 tokens
// CHECK-NEXT:    swin.affine
// CHECK-NEXT:    swin.leaky_relu
!map = tensor<?x?x?x16xf32>
func.func @forward(%image: tensor<?x3x?x?xf32>, %x: !map) {
  %w = swin.param "w" : tensor<2x16x16xf32>
  %p = swin.param "p" : tensor<64x8xf32>
  %s = swin.param "s" : tensor<16xf32>
  %0 = swin.linear %x, %w : (!map, tensor<2x16x16xf32>) -> tensor<?x?x?x20xf32>
  %i = swin.channels_last %image : tensor<?x3x?x?xf32> -> tensor<?x?x?x3xf32>
  %1 = swin.resize %0 bilinear like %i : (tensor<?x?x?x20xf32>, tensor<?x?x?x3xf32>) -> tensor<?x?x?x20xf32>
  %2 = swin.channels_first %1 : tensor<?x?x?x20xf32> -> tensor<?x20x?x?xf32>
  swin.output %2 as "classes" : tensor<?x20x?x?xf32>
  %3 = swin.concat %x, %x : !map, !map -> tensor<?x?x?x32xf32>
  swin.output %3 as "twice" : tensor<?x?x?x32xf32>
  %4 = swin.reflect_pad %3 to_multiple_of [2, 2] : tensor<?x?x?x32xf32> -> tensor<?x?x?x32xf32>
  %5 = swin.pixel_shuffle %4 by 2 : tensor<?x?x?x32xf32> -> tensor<?x?x?x8xf32>
  %6 = swin.add_position %5, %p map [8, 8] : tensor<?x?x?x8xf32>, tensor<64x8xf32>
  %7 = swin.relu %6 : tensor<?x?x?x8xf32>
  swin.output %7 as "pixels" : tensor<?x?x?x8xf32>
  %8 = swin.adaptive_pool %x to [6, 6] : !map -> tensor<?x6x6x16xf32>
  %9 = swin.relu %8 : tensor<?x6x6x16xf32>
  swin.output %9 as "parts" : tensor<?x6x6x16xf32>
  %10 = swin.affine %x by %s, %s : !map, tensor<16xf32>, tensor<16xf32>
  %11 = swin.leaky_relu %10 slope 0.1 : !map
  swin.output %11 as "scaled" : !map
  return
}
