//===- SelfTest.cpp - what a library's self-test expects ------------------===//
#include "codegen/SelfTest.h"

#include "codegen/Sha256.h"
#include "codegen/Work.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/DriverTables.h"
#include "runtime/Digest.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace swin::codegen {
namespace {

static_assert(sizeof(swin_digest) == passes::digestNumbers * sizeof(float));

using Digests = std::vector<swin_digest>;

/// Multiply-adds that need not be thought about.
constexpr int64_t quick = 1'000'000'000;
/// Of an image that is no larger than what the model is made for, or than this; means of more are rounded by more.
constexpr int64_t usualPixels = 64 * 72;
/// Multiply-adds for which nobody waits.
constexpr int64_t tooMany = 100'000'000'000;

struct Images {
  int64_t batch, height, width;
  int irregular = 0;
  int64_t macs = 0;
};

swin_digest digestOf(const ref::Tensor &result) {
  double largest = 0, sums[swin_digest_sums] = {};
  auto count = static_cast<int64_t>(result.values.size());
  for (auto [element, value] : llvm::enumerate(result.values)) {
    largest = std::max(largest, std::fabs(value));
    swin_digest_add(sums, static_cast<int64_t>(element), count, value);
  }
  // As float the last bits of exp and erf, which are not those of every C library, are seldom to be seen.
  swin_digest digest = {static_cast<float>(largest), {}};
  llvm::transform(sums, digest.sums, [](double sum) { return static_cast<float>(sum); });
  return digest;
}

class Maker {
public:
  Maker(ModuleOp module, ref::ConstantStore &store, const SelfTestOptions &options)
      : module(module), store(store), options(options), forward(module.lookupSymbol<func::FuncOp>("forward")) {}

  llvm::Expected<SelfTest> make() {
    std::string key = options.cache ? keyOf() : "";
    Images images = {};
    if (options.cache && find(key, images))
      return SelfTest{images.batch, images.height, images.width, true};
    auto choices = choose();
    if (!choices)
      return choices.takeError();
    std::string why;
    for (const Images &choice : *choices) {
      llvm::Error error = run(choice);
      if (!error) {
        attach();
        if (options.cache)
          keep(key, choice);
        return SelfTest{choice.batch, choice.height, choice.width, false};
      }
      why = llvm::toString(std::move(error));
      if (options.cancelled && *options.cancelled)
        break;
    }
    return llvm::createStringError(why);
  }

private:
  int64_t imageSize(unsigned dimension) {
    return cast<RankedTensorType>(forward.getArgument(0).getType()).getDimSize(dimension);
  }

  /// Sizes from the best one to the worst.
  llvm::Expected<std::vector<Images>> choose() {
    bool isFixed = !ShapedType::isDynamic(imageSize(2)) && !ShapedType::isDynamic(imageSize(3));
    int64_t batch = ShapedType::isDynamic(imageSize(0)) ? 1 : imageSize(0);
    std::vector<Images> choices = {{batch, options.height, options.width}};
    // Odd ones too, at which maps are padded within stages and height is not width.
    if (!isFixed)
      for (int64_t side : {8, 16, 24, 32, 48, 64, 96, 128, 192, 256})
        for (int64_t width : {side, side + side / 8})
          if (side * width <= std::max(usualPixels, options.height * options.width))
            choices.push_back({batch, side, width});
    std::vector<Images> possible;
    for (Images &images : choices) {
      auto work = measureWork(module, images.batch, images.height, images.width);
      if (!work)
        return work.takeError();
      images.irregular = work->irregular;
      images.macs = work->macs;
      if (!work->isRefused && work->macs <= tooMany)
        possible.push_back(images);
    }
    if (possible.empty())
      return llvm::createStringError("its images of " + std::to_string(options.height) + " x " +
                                     std::to_string(options.width) + " pixels take too long");
    llvm::stable_sort(possible, [](const Images &a, const Images &b) {
      // Of quick ones the largest, which has most loops that go round.
      auto rank = [](const Images &images) {
        bool isQuick = images.macs <= quick;
        return std::tuple(!isQuick, isQuick ? -images.irregular : 0, isQuick ? -images.macs : images.macs);
      };
      return rank(a) < rank(b);
    });
    return possible;
  }

  llvm::Error run(const Images &images) {
    digests.clear();
    ref::Tensor image = {{images.batch, imageSize(1), images.height, images.width}, {}};
    std::vector<float> pixels(ShapedType::getNumElements(image.shape));
    swin_selftest_image(pixels.data(), pixels.size());
    image.values.assign(pixels.begin(), pixels.end());
    ref::CallObserver observe = [&](Operation *call, const ref::Tensor &result) -> llvm::Error {
      if (options.cancelled && *options.cancelled)
        return llvm::createStringError("cancelled");
      if (options.progress)
        options.progress("self-test: " + ref::layerOf(call));
      digests.push_back(digestOf(result));
      return llvm::Error::success();
    };
    return ref::interpret(module, store, image, observe, options.threads).takeError();
  }

  void attach() {
    Builder builder(module.getContext());
    for (auto [call, digest] : llvm::zip_equal(forward.getOps<CallOp>(), digests)) {
      float numbers[passes::digestNumbers];
      std::memcpy(numbers, &digest, sizeof numbers);
      call->setAttr(passes::digestAttribute, builder.getDenseF32ArrayAttr(numbers));
    }
  }

  /// Of all that decides the digests and the size.
  std::string keyOf() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << "self-test " << interpreterFingerprint() << ' ' << options.height << ' ' << options.width << ' '
           << options.weights << '\n';
    module.print(stream);
    Sha256 hash;
    hash.update(llvm::arrayRefFromStringRef(text));
    return hash.finish();
  }

  bool find(const std::string &key, Images &images) {
    std::optional<KernelObject> known = options.cache->find(key, KernelCache::ofDigests);
    auto calls = forward.getOps<CallOp>();
    size_t count = std::distance(calls.begin(), calls.end()), sizes = 3 * sizeof(int64_t);
    if (!known || known->object.size() != sizes + count * sizeof(swin_digest))
      return false;
    int64_t numbers[3];
    std::memcpy(numbers, known->object.data(), sizes);
    images = {numbers[0], numbers[1], numbers[2]};
    digests.resize(count);
    std::memcpy(digests.data(), known->object.data() + sizes, count * sizeof(swin_digest));
    attach();
    return true;
  }

  void keep(const std::string &key, const Images &images) {
    const int64_t numbers[] = {images.batch, images.height, images.width};
    size_t bytes = digests.size() * sizeof(swin_digest);
    KernelObject entry;
    entry.object.resize(sizeof numbers + bytes);
    std::memcpy(entry.object.data(), numbers, sizeof numbers);
    std::memcpy(entry.object.data() + sizeof numbers, digests.data(), bytes);
    options.cache->store(key, entry, KernelCache::ofDigests);
  }

  ModuleOp module;
  ref::ConstantStore &store;
  const SelfTestOptions &options;
  func::FuncOp forward;
  Digests digests; ///< of the calls so far
};

} // namespace

llvm::Expected<SelfTest> addSelfTest(ModuleOp module, ref::ConstantStore &store, const SelfTestOptions &options) {
  return Maker(module, store, options).make();
}

} // namespace swin::codegen
