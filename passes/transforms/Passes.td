//===- Passes.td - the compiler's passes on the swin dialect --------------===//
// In the order of the pipeline; each also runs alone in swin-opt.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_PASSES_TD
#define SWIN_PASSES_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"swin-fold-constants", "::mlir::ModuleOp"> {
  let summary = "Compute at compile time what does not depend on the image";
  let description = [{
    Rewrites that expose constants, then their evaluation by the reference
    interpreter into new entries of the store; an expression of constants is computed
    in double and rounded to f32 once:
    - the gain and offset of a `layer_norm` go into the `linear` behind it, also where
      `cyclic_shift` and `window_partition` stand between and nothing is padded;
    - the score scale of a `window_attention` goes into the query rows of its qkv map;
    - a position MLP becomes the table that it gives (`log_coords` and what follows),
      learned temperatures what they are (`logit_scale`), and `qkv_bias` one bias;
    - a bias table becomes a bias per pair of tokens (`expand_bias`);
    - a `batch_norm` becomes an `affine`, two of these one, and it goes into weight and bias of the `conv2d`,
      `depthwise_conv2d`, `linear` or `patch_embed` before it;
    - groups of a `conv2d` become zeros of its weight, or a `depthwise_conv2d`; one of a single pixel a `linear`;
    - weights are packed in panels of 16 outputs, those of a `conv2d` with their channels as the fast dimension;
    - with `fast-matmul` as sums of their quarters (`pack_sums`), those of linear maps of a map's tokens from 64 tokens
      an image on whose channels 32 divides, in and out, and of which there are at least 96;
    - ops that do nothing at a static size (`pad`, `crop`, `cyclic_shift`) vanish.

    Pays: two vector loads per channel in every norm, a multiplication per score and
    one packing per weight for all instruction sets, none of it left for run time.

    Assumes: `@forward` in the graph form; a store with an entry of the right shape
    for every `swin.param`.

    Refuses: to fold a norm through `pad`, since a padded token is zero behind the
    norm and its query, key and value are the plain biases of the map; a norm that
    no linear map reads, since it stands behind one; a norm or a map with several
    users; a map whose weight is no constant; the scale of cosines, which do not
    depend on the length of queries; an affine map behind anything else than what has a weight, in front of a
    convolution too, where zeros are added behind it; to expand a table whose expansion is larger than
    `max-expanded-bias` (a cache of the core must hold a head's part). A remark says
    which.

    Store entries that no `swin.param` names any more are erased at once: compile
    memory stays about the weights plus the largest tensors. New entries are called
    after the weight and what happened to it: `...fc1.weight:norm:packed`.

    ```mlir
    %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : ...
    %1 = swin.linear %0, %w, %c : (..., tensor<384x96xf32>, tensor<384xf32>) -> ...
    // becomes
    %w2 = swin.param "fc1.weight:norm:packed" : tensor<24x96x16xf32>
    %c2 = swin.param "fc1.bias:norm" : tensor<384xf32>
    %0 = swin.layer_norm %x epsilon 1.0e-5 : ...
    %1 = swin.linear %0, %w2, %c2 : (..., tensor<24x96x16xf32>, tensor<384xf32>) -> ...
    ```
  }];
  let options = [
    Option<"maxExpandedBias", "max-expanded-bias", "int64_t", "8388608",
           "largest expanded position bias of one attention (bytes)">,
    Option<"fastMatmul", "fast-matmul", "bool", "false",
           "products of seven smaller products instead of eight where they are faster">,
    Option<"height", "height", "int64_t", "0", "height of images that this is decided for (pixels); 0 = large">,
    Option<"width", "width", "int64_t", "0", "width of these images (pixels)">
  ];
  let constructor = "::swin::passes::createFoldConstants(nullptr)";
  let dependentDialects = ["::swin::SwinDialect"];
}

def FormKernels : Pass<"swin-form-kernels", "::mlir::ModuleOp"> {
  let summary = "Group graph ops into kernels";
  let description = [{
    Moves every chain of ops that one set of loops can compute into a `swin.kernel`
    and calls it. Equal kernels are one symbol, called with other weights.
    - `windows`: [layer_norm] -> pad, cyclic_shift -> window_partition -> linear ->
      window_attention -> linear -> window_reverse -> cyclic_shift, crop ->
      [layer_norm] -> [add]; or token_mixing in place of attention and its linear maps,
      with no norm behind it;
    - `tokens`: [patch_embed or patch_merging] -> [layer_norm] -> up to two linear with
      activations, add and add_position between -> [layer_norm] -> [add -> layer_norm]
      -> activations, add and add_position -> [channels_first]; every part of that alone;
    - `pool`: [layer_norm] -> mean_pool -> [linear];
    - `conv`: a tree of channels_last, pad, reflect_pad, cyclic_shift, affine, activations, add, resize, concat,
      pixel_shuffle, crop -> conv2d or depthwise_conv2d -> activations, affine, add and add_position, among them at most
      one pixel_shuffle and behind it one crop -> [channels_first];
    - `map`: such a tree, not of elementwise ops alone, -> [add_position] -> [channels_first]; or adaptive_pool and
      elementwise ops.

    An elementwise op between two of these belongs to the first, as do pixel_shuffle and crop behind a convolution; a
    resize or concat, and a sum with such a map, to the second. Each kernel reads the image itself (`channels_last`);
    what `crop` and `resize` are `like` is another map of that size where this lets ops go together.

    Pays: what flows inside a kernel stays in registers and in the first caches; for
    Swin-T the traffic of activations falls to a sixteenth.

    Assumes: one straight line of graph ops in `@forward`. `check_size` stays between
    the calls, since it speaks about sizes and computes nothing; one in front of
    `add_position` moves behind it.

    Refuses: to compute a value twice: one with several users ends a kernel. A gather
    stands only at the front and `channels_first` only at the end of a kernel; no norm
    stands between two linear maps, since it needs whole rows, and one of a sum only
    where the sum adds a norm. A missed remark says which of these it was. It is an
    error if an op fits no kind (a `window_partition` without its attention, say), or
    if windows are not put back as they were cut: padding, shifts and window must agree. In front of a convolution a map
    is interpolated once on its way, since a token of the inner map would be computed for each that is made of it, and
    one map is shifted.

    The result of the model lies in the caller's buffer, whose rows have no padding:
    a kernel whose result nothing else reads is `dense`; where kernels read it too
    and 16 does not divide the channels, a kernel that only copies writes the output.

    ```mlir
    %1 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x96xf32>
    %2 = swin.linear %1, %w1, %b1 : ...
    %3 = swin.gelu %2 : ...
    %4 = swin.linear %3, %w2, %b2 : ...
    %5 = swin.add %x, %4 : ...
    // becomes
    %5 = swin.call @mlp_96(%x, %w1, %b1, %w2, %b2) : ...
    ```
  }];
  let dependentDialects = ["::swin::SwinDialect"];
}

def PlanMemory : Pass<"swin-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Give every value between two kernels a place";
  let description = [{
    Results that are outputs of the model live in the caller's buffer (`output`),
    all others in a slot of the arena (`slot`). Values whose lives do not overlap
    share a slot; a life ends after the last call that reads the value, so a result
    never shares the slot of one of its operands (kernels write while they read).
    The lowest free slot is taken; a plain Swin needs two. The size of a slot is the
    largest of its values; lowering makes it a formula of batch, height and width.

    Assumes: `@forward` holds only `param`, `call`, `check_size` and `output`
    (after swin-form-kernels). Existing places are planned anew.

    Refuses, as an error: an op that belongs into a kernel; a value that is two
    outputs; an output that no kernel made.

    ```mlir
    %1 = swin.call @embed_96(%image, %w, %b) : ...
    %2 = swin.call @windows_96_7x7(%1, ...) : ...
    // becomes
    %1 = swin.call @embed_96(%image, %w, %b) {slot = 0 : i64} : ...
    %2 = swin.call @windows_96_7x7(%1, ...) {slot = 1 : i64} : ...
    ```
  }];
  let dependentDialects = ["::swin::SwinDialect"];
}

def LowerToLlvm : Pass<"swin-lower-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Turn the planned calls into the driver of a library";
  let description = [{
    Replaces `@forward` and the kernels by the driver in the LLVM dialect:
    - `PREFIX_driver_plan` checks a size and gives the bytes of the arena, or a
      sentence that says what is wrong with the size;
    - `PREFIX_driver_output_shape` gives the shape of an output;
    - `PREFIX_driver_run` runs the kernels of one instruction set in order and, if that is wanted, marks begin and
      end of each call;
    - `PREFIX_driver_work` gives multiply-adds and bytes of each call;
    - `PREFIX_model`, the constant of runtime/Model.h, with one table of kernels per
      instruction set. Kernel `K` for `x86-64-v3` is the external symbol
      `PREFIX_K_x86_64_v3`; the weights are the external symbol `PREFIX_weights`,
      laid out as WeightLayout.h says, or, if `weights-sha256` is given, in a file.

    Assumes: swin-plan-memory has run. Every size is a formula of batch, height and
    width, from DimsOpInterface; arithmetic is in i64 and cannot overflow once `plan`
    has accepted a size.

    Refuses, as an error: calls without a place, or in one that the plan does not have;
    constants where a kernel has activations, and the other way round; digests of another
    length than that of runtime/Digest.h.

    There is a self-test if each call has a `swin.digest`, the digest of its result.

    ```mlir
    func.func @forward(%image: tensor<?x3x?x?xf32>) { ... swin.call @mlp_96(...) {slot = 0 : i64} ... }
    // becomes
    llvm.func @model_driver_plan(i64, i64, i64, !llvm.ptr, !llvm.ptr) -> i32
    llvm.func @model_driver_output_shape(i32, i64, i64, i64, !llvm.ptr) -> i32
    llvm.func @model_driver_run(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr, i64, i64, i64,
                                !llvm.ptr) -> i32
    llvm.func @model_driver_work(i64, i64, i64, !llvm.ptr, !llvm.ptr)
    llvm.func @model_driver_results(i64, i64, i64, !llvm.ptr, !llvm.ptr)
    llvm.mlir.global external constant @model_model() ...
    ```
  }];
  let options = [
    Option<"prefix", "prefix", "std::string", "\"model\"", "begins every symbol; a C identifier">,
    ListOption<"isas", "isas", "std::string", "instruction sets, best first (default: x86-64-v3)">,
    Option<"info", "info", "std::string", "\"{}\"", "what NAME_info returns (JSON text)">,
    Option<"scratchBytes", "scratch-bytes", "int64_t", "0", "what one thread needs for kernel temporaries (bytes)">,
    Option<"testHeight", "test-height", "int32_t", "0", "height of the self-test's images (pixels); 0 = no self-test">,
    Option<"testWidth", "test-width", "int32_t", "0", "width of the self-test's images (pixels)">,
    Option<"testBatch", "test-batch", "int32_t", "1", "number of the self-test's images">,
    Option<"weightsSha256", "weights-sha256", "std::string", "\"\"",
           "in hexadecimal, of weights that are in a file of their own; empty = they are in the library">,
    Option<"weightsChecksum", "weights-checksum", "uint64_t", "0", "of these weights (runtime/WeightsFormat.h)">
  ];
  let dependentDialects = ["::swin::SwinDialect", "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect"];
}

#endif // SWIN_PASSES_TRANSFORMS_PASSES_TD
