//===- Png.cpp - PNG files written row by row ------------------------------===//
#include "runtime/image/Png.h"
#include "runtime/image/File.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>
#include <zlib.h>

namespace swin::image {
namespace {

/// Bytes of compressed pixels in a chunk.
constexpr size_t chunkBytes = 1 << 16;

/// What a pixel is predicted from, in the file's numbers: nothing, left, above, their mean, the nearest of three.
enum Filter { None, Left, Above, Mean, Paeth, numFilters };

uint8_t paeth(int left, int above, int corner) {
  int guess = left + above - corner;
  int fromLeft = std::abs(guess - left), fromAbove = std::abs(guess - above), fromCorner = std::abs(guess - corner);
  return static_cast<uint8_t>(fromLeft <= fromAbove && fromLeft <= fromCorner ? left
                              : fromAbove <= fromCorner                       ? above
                                                                              : corner);
}

uint8_t predict(Filter filter, uint8_t left, uint8_t above, uint8_t corner) {
  switch (filter) {
  case Left:
    return left;
  case Above:
    return above;
  case Mean:
    return static_cast<uint8_t>((left + above) / 2);
  case Paeth:
    return paeth(left, above, corner);
  default:
    return 0;
  }
}

/// Writes the row less its prediction behind the filter's number. Returns how large what is left is, signed bytes'
/// sizes added up: the usual guess which filter makes the smallest file.
template <Filter filter>
uint64_t applyFilter(const uint8_t *row, const uint8_t *above, size_t bytes, size_t channels, uint8_t *to) {
  uint64_t sum = 0;
  *to++ = filter;
  for (size_t i = 0; i < bytes; ++i) {
    uint8_t left = i < channels ? 0 : row[i - channels], corner = i < channels ? 0 : above[i - channels];
    to[i] = static_cast<uint8_t>(row[i] - predict(filter, left, above[i], corner));
    sum += to[i] < 128 ? to[i] : 256u - to[i];
  }
  return sum;
}

using Apply = uint64_t (*)(const uint8_t *, const uint8_t *, size_t, size_t, uint8_t *);
constexpr std::array<Apply, numFilters> filters = {applyFilter<None>, applyFilter<Left>, applyFilter<Above>,
                                                   applyFilter<Mean>, applyFilter<Paeth>};

void putNumber(uint8_t *to, uint32_t number) {
  for (int i = 0; i < 4; ++i)
    to[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
}

} // namespace

struct PngWriter::State {
  File file;
  std::string *memory = nullptr; ///< in place of the file
  z_stream stream = {};
  bool streaming = false;
  size_t rowBytes = 0, channels = 0;
  std::vector<uint8_t> above;                              ///< the row before
  std::array<std::vector<uint8_t>, numFilters> candidates; ///< with the filter's number in front
  std::vector<uint8_t> compressed;

  ~State() {
    if (streaming)
      deflateEnd(&stream);
  }

  bool put(const void *data, size_t bytes, std::string &error) {
    if (!memory)
      return file.write(data, bytes, error);
    memory->append(static_cast<const char *>(data), bytes);
    return true;
  }

  bool writeChunk(const char *type, const uint8_t *data, size_t bytes, std::string &error) {
    uint8_t head[8], tail[4];
    putNumber(head, static_cast<uint32_t>(bytes));
    std::copy_n(type, 4, head + 4);
    uLong sum = crc32(0, head + 4, 4);
    if (bytes > 0) // of no data the library returns the first value of a sum
      sum = crc32(sum, data, static_cast<uInt>(bytes));
    putNumber(tail, static_cast<uint32_t>(sum));
    return put(head, sizeof head, error) && put(data, bytes, error) && put(tail, sizeof tail, error);
  }

  /// Hands bytes to the compressor; what comes out of it becomes chunks of a fixed size.
  bool compress(const uint8_t *data, size_t bytes, int flush, std::string &error) {
    while (bytes > 0 || flush == Z_FINISH) {
      auto part = static_cast<uInt>(std::min(bytes, size_t(1) << 30));
      stream.next_in = const_cast<uint8_t *>(data);
      stream.avail_in = part;
      int status = deflate(&stream, part == bytes ? flush : Z_NO_FLUSH);
      data += part - stream.avail_in;
      bytes -= part - stream.avail_in;
      bool done = status == Z_STREAM_END;
      if (stream.avail_out == 0 || done) {
        if (!writeChunk("IDAT", compressed.data(), compressed.size() - stream.avail_out, error))
          return false;
        stream.next_out = compressed.data();
        stream.avail_out = static_cast<uInt>(compressed.size());
      }
      if (done)
        break;
    }
    return true;
  }
};

PngWriter::PngWriter() = default;
PngWriter::~PngWriter() = default;

bool PngWriter::open(const std::string &path, int64_t height, int64_t width, int channels, std::string &error) {
  state = std::make_unique<State>();
  return state->file.openToWrite(path, error) && begin(height, width, channels, error);
}

bool PngWriter::openInMemory(std::string &bytes, int64_t height, int64_t width, int channels, std::string &error) {
  state = std::make_unique<State>();
  state->memory = &bytes;
  return begin(height, width, channels, error);
}

bool PngWriter::begin(int64_t height, int64_t width, int channels, std::string &error) {
  state->channels = static_cast<size_t>(channels);
  state->rowBytes = static_cast<size_t>(width) * state->channels;
  state->above.assign(state->rowBytes, 0);
  for (std::vector<uint8_t> &candidate : state->candidates)
    candidate.resize(state->rowBytes + 1);
  state->compressed.resize(chunkBytes);
  // Behind a filter photographs have hardly any repetitions but runs: looking for others takes most of the time and
  // makes their files larger.
  if (deflateInit2(&state->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, MAX_MEM_LEVEL, Z_RLE) != Z_OK)
    return error = "cannot be encoded: there is no memory for it", false;
  state->streaming = true;
  state->stream.next_out = state->compressed.data();
  state->stream.avail_out = static_cast<uInt>(state->compressed.size());
  uint8_t head[13] = {};
  putNumber(head, static_cast<uint32_t>(width));
  putNumber(head + 4, static_cast<uint32_t>(height));
  head[8] = 8;
  head[9] = channels == 1 ? 0 : 2;
  constexpr std::array<uint8_t, 8> magic = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  return state->put(magic.data(), magic.size(), error) && state->writeChunk("IHDR", head, sizeof head, error);
}

bool PngWriter::write(const uint8_t *rows, int64_t count, std::string &error) {
  for (int64_t y = 0; y < count; ++y, rows += state->rowBytes) {
    size_t best = 0;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < filters.size(); ++i) {
      uint64_t sum =
          filters[i](rows, state->above.data(), state->rowBytes, state->channels, state->candidates[i].data());
      if (sum < least) {
        least = sum;
        best = i;
      }
    }
    if (!state->compress(state->candidates[best].data(), state->rowBytes + 1, Z_NO_FLUSH, error))
      return false;
    state->above.assign(rows, rows + state->rowBytes);
  }
  return true;
}

bool PngWriter::close(std::string &error) {
  return state->compress(nullptr, 0, Z_FINISH, error) && state->writeChunk("IEND", nullptr, 0, error) &&
         (state->memory || state->file.close(error));
}

} // namespace swin::image
