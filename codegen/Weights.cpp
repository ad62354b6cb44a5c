//===- Weights.cpp - constants as bytes -----------------------------------===//
// Streamed: never holds more of them than the store does.
//===----------------------------------------------------------------------===//
#include "codegen/Weights.h"

#include "codegen/Files.h"
#include "codegen/Sha256.h"
#include "runtime/WeightsFormat.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <array>
#include <cstring>

using namespace llvm;

namespace swin::codegen {
namespace {

constexpr uint64_t alignment = swin_checksum_block;

/// Computes both digests of what is added, block by block.
class Digest {
public:
  Digest() { swin_checksum_begin(lanes.data(), 0); }

  void add(const uint8_t *data, uint64_t bytes) {
    hash.update(ArrayRef(data, bytes));
    while (bytes > 0) {
      uint64_t part = std::min(bytes, swin_checksum_chunk - filled);
      swin_checksum_add(lanes.data(), data, part);
      data += part;
      bytes -= part;
      filled += part;
      if (filled == swin_checksum_chunk)
        endChunk();
    }
  }
  WeightsDigest finish() {
    if (filled > 0)
      endChunk();
    return {hash.finish(), sum};
  }

private:
  void endChunk() {
    sum += swin_checksum_end(lanes.data());
    swin_checksum_begin(lanes.data(), ++chunk);
    filled = 0;
  }

  Sha256 hash;
  std::array<uint64_t, swin_checksum_lanes> lanes;
  uint64_t sum = 0, chunk = 0, filled = 0;
};

std::array<char, swin_weights_page> headerOf(const WeightsDigest &digest, uint64_t bytes) {
  swin_weights_header header = {};
  std::copy(std::begin(swin_weights_magic), std::end(swin_weights_magic), header.magic);
  header.version = swin_weights_version;
  header.header_bytes = swin_weights_page;
  header.data_bytes = bytes;
  header.data_checksum = digest.checksum;
  std::string sha256 = fromHex(digest.sha256);
  std::memcpy(header.data_sha256, sha256.data(), sizeof header.data_sha256);
  header.header_checksum = swin_checksum_of(&header, swin_checksum_block, 0);
  std::array<char, swin_weights_page> page = {};
  std::memcpy(page.data(), &header, sizeof header);
  return page;
}

/// A constant's bytes and the zeros behind it, in whole blocks.
void visitBytes(const passes::WeightPlace &place, const ref::ConstantStore &store,
                function_ref<void(const uint8_t *data, uint64_t bytes)> visit) {
  const ref::Constant *constant = store.find(place.name);
  auto *data = reinterpret_cast<const uint8_t *>(constant->data);
  uint64_t bytes = place.elements * sizeof(float), whole = bytes / alignment * alignment;
  visit(data, whole);
  if (bytes > whole) {
    std::array<uint8_t, alignment> last = {};
    std::copy(data + whole, data + bytes, last.begin());
    visit(last.data(), last.size());
  }
}

} // namespace

Error checkConstants(const passes::WeightLayout &layout, const ref::ConstantStore &store) {
  Error all = Error::success();
  for (const passes::WeightPlace &place : layout.places) {
    const ref::Constant *constant = store.find(place.name);
    if (!constant)
      all = joinErrors(std::move(all), createStringError("there is no constant " + place.name));
    else if (static_cast<int64_t>(constant->size()) != place.elements)
      all = joinErrors(std::move(all), createStringError("constant " + place.name + " has " + Twine(constant->size()) +
                                                         " values, expected " + Twine(place.elements)));
  }
  return all;
}

Expected<WeightsDigest> digestConstants(const passes::WeightLayout &layout, const ref::ConstantStore &store) {
  if (Error error = checkConstants(layout, store))
    return error;
  Digest digest;
  for (const passes::WeightPlace &place : layout.places)
    visitBytes(place, store, [&](const uint8_t *data, uint64_t bytes) { digest.add(data, bytes); });
  return digest.finish();
}

void writeConstants(raw_ostream &stream, const passes::WeightLayout &layout, ref::ConstantStore &store) {
  for (const passes::WeightPlace &place : layout.places) {
    visitBytes(place, store,
               [&](const uint8_t *data, uint64_t bytes) { stream.write(reinterpret_cast<const char *>(data), bytes); });
    store.erase(place.name);
  }
}

int64_t weightsFileBytes(const passes::WeightLayout &layout) { return swin_weights_page + layout.bytes; }

Error writeWeightsFile(const std::string &path, const passes::WeightLayout &layout, const WeightsDigest &digest,
                       ref::ConstantStore &store) {
  if (Error error = checkConstants(layout, store))
    return error;
  std::error_code failed;
  raw_fd_ostream stream(path, failed);
  if (failed)
    return createFileError(path, failed);
  std::array<char, swin_weights_page> page = headerOf(digest, layout.bytes);
  stream.write(page.data(), page.size());
  writeConstants(stream, layout, store);
  return closeFile(stream, path);
}

} // namespace swin::codegen
