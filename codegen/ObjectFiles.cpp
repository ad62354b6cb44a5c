//===- ObjectFiles.cpp - relocatable objects and archives in memory -------===//
// llvm-objcopy as a library. Its configuration keeps references to names, so every
// name lives in a container that outlives the call.
//===----------------------------------------------------------------------===//
#include "codegen/ObjectFiles.h"

#include "codegen/Files.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <deque>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;

namespace swin::codegen {
namespace {

MemoryBufferRef reference(ArrayRef<uint8_t> object) {
  return MemoryBufferRef(StringRef(reinterpret_cast<const char *>(object.data()), object.size()), "object");
}

Expected<std::unique_ptr<object::ELFObjectFileBase>> openElf(ArrayRef<uint8_t> bytes) {
  auto object = object::ObjectFile::createELFObjectFile(reference(bytes));
  if (!object)
    return object.takeError();
  return std::unique_ptr<object::ELFObjectFileBase>(cast<object::ELFObjectFileBase>(object->release()));
}

/// A configuration of objcopy and the names it refers to.
class Copy {
public:
  void renameSymbol(StringRef from, StringRef to) { config.Common.SymbolsToRename[from] = keep(to); }
  void renameSection(StringRef from, StringRef to) {
    objcopy::SectionRename rename;
    rename.OriginalName = keep(from);
    rename.NewName = keep(to);
    config.Common.SectionsToRename[from] = rename;
  }
  /// Undefined symbols must keep their visibility: a hidden malloc is found nowhere.
  Error hide(StringRef symbol) {
    return hidden.addMatcher(
        objcopy::NameOrPattern::create(keep(symbol), objcopy::MatchStyle::Literal, [](Error error) { return error; }));
  }
  Expected<ObjectBytes> run(ArrayRef<uint8_t> object) {
    if (!hidden.empty())
      config.ELF.SymbolsToSetVisibility.emplace_back(std::move(hidden), ELF::STV_HIDDEN);
    auto binary = openElf(object);
    if (!binary)
      return binary.takeError();
    SmallVector<char, 0> result;
    raw_svector_ostream stream(result);
    if (Error error = objcopy::executeObjcopyOnBinary(config, **binary, stream))
      return error;
    return ObjectBytes(result.begin(), result.end());
  }

private:
  StringRef keep(StringRef name) { return names.emplace_back(name.str()); }

  std::deque<std::string> names; // never moves its elements
  objcopy::ConfigManager config;
  objcopy::NameMatcher hidden;
};

/// Large members go to the file in pieces, and the memory of a piece that is mapped is given back behind it.
class PieceStream : public raw_ostream {
public:
  PieceStream(raw_fd_ostream &file, ArrayRef<NewArchiveMember> members) : file(file), members(members) {
    SetUnbuffered();
  }

private:
  void write_impl(const char *data, size_t size) override {
    constexpr size_t piece = 4 << 20;
    for (size_t at = 0; at < size; at += piece) {
      StringRef part(data + at, std::min(piece, size - at));
      file << part;
      if (size > piece && isMapped(part))
        release(part);
    }
  }
  uint64_t current_pos() const override { return file.tell(); }

  bool isMapped(StringRef part) const {
    return any_of(members, [&](const NewArchiveMember &member) {
      return member.Buf->getBufferKind() == MemoryBuffer::MemoryBuffer_MMap &&
             part.begin() >= member.Buf->getBufferStart() && part.end() <= member.Buf->getBufferEnd();
    });
  }
  /// Not MemoryBuffer::dontNeedIfMmap: glibc does nothing for it.
  static void release(StringRef part) {
    const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
    uintptr_t begin = alignTo(reinterpret_cast<uintptr_t>(part.begin()), page);
    uintptr_t end = alignDown(reinterpret_cast<uintptr_t>(part.end()), page);
    if (begin < end)
      ::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
  }

  raw_fd_ostream &file;
  ArrayRef<NewArchiveMember> members;
};

std::string renamed(const std::string &symbol, const Rewriting &rewriting) {
  if (auto found = rewriting.symbols.find(symbol); found != rewriting.symbols.end())
    return found->second;
  for (const auto &[from, to] : rewriting.prefixes)
    if (StringRef(symbol).starts_with(from))
      return to + symbol.substr(from.size());
  return symbol;
}

} // namespace

Expected<ObjectSymbols> listSymbols(ArrayRef<uint8_t> bytes) {
  auto object = openElf(bytes);
  if (!object)
    return object.takeError();
  ObjectSymbols result;
  for (const object::SymbolRef &symbol : (*object)->symbols()) {
    auto flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & object::SymbolRef::SF_Global))
      continue;
    auto name = symbol.getName();
    if (!name)
      return name.takeError();
    (*flags & object::SymbolRef::SF_Undefined ? result.undefined : result.defined).push_back(name->str());
  }
  return result;
}

Expected<ObjectBytes> rewriteObject(ArrayRef<uint8_t> object, const Rewriting &rewriting) {
  auto symbols = listSymbols(object);
  if (!symbols)
    return symbols.takeError();
  Copy copy;
  for (const std::vector<std::string> &names : {symbols->defined, symbols->undefined})
    for (const std::string &symbol : names)
      if (std::string to = renamed(symbol, rewriting); to != symbol)
        copy.renameSymbol(symbol, to);
  if (rewriting.hideDefined)
    // objcopy sets visibilities before it renames: old names here.
    for (const std::string &symbol : symbols->defined)
      if (Error error = copy.hide(symbol))
        return error;
  return copy.run(object);
}

Expected<ObjectBytes> canonicalizeKernel(ArrayRef<uint8_t> bytes, const std::string &from, const std::string &symbol,
                                         const std::string &prefix) {
  auto symbols = listSymbols(bytes);
  if (!symbols)
    return symbols.takeError();
  if (!is_contained(symbols->defined, from))
    return createStringError("the object of kernel " + symbol + " does not define " + from);
  const std::map<std::string, std::string> hooks = {{"halide_do_par_for", prefix + "_rt_par_for"},
                                                    {"halide_malloc", prefix + "_rt_malloc"},
                                                    {"halide_free", prefix + "_rt_free"},
                                                    // The thread sanitizer of GCC 12 sees these by their usual names.
                                                    {"__tsan_memcpy", "memcpy"},
                                                    {"__tsan_memmove", "memmove"},
                                                    {"__tsan_memset", "memset"}};
  Copy copy;
  for (const std::string &needed : symbols->undefined) {
    auto hook = hooks.find(needed);
    if (hook != hooks.end())
      copy.renameSymbol(needed, hook->second);
    else if (StringRef(needed).starts_with("halide_"))
      return createStringError("kernel " + symbol + " needs " + needed + ", which the runtime does not have");
  }
  StringMap<std::string> functions;
  size_t closures = 0;
  for (const std::string &defined : symbols->defined) {
    if (Error error = copy.hide(defined))
      return error;
    std::string &name = functions[defined];
    name = defined == from ? symbol : symbol + ".p" + std::to_string(closures++);
    copy.renameSymbol(defined, name);
  }
  auto object = openElf(bytes);
  if (!object)
    return object.takeError();
  for (const object::SectionRef &section : (*object)->sections()) {
    auto name = section.getName();
    if (!name)
      return name.takeError();
    // ".text.FUNCTION", ".rela.text.FUNCTION".
    for (StringRef kind : {".text.", ".rela.text.", ".rodata.", ".rela.rodata."})
      if (name->starts_with(kind))
        if (auto function = functions.find(name->drop_front(kind.size())); function != functions.end())
          copy.renameSection(*name, kind.str() + function->second);
  }
  return copy.run(bytes);
}

Error writeArchiveFile(const std::string &path, const std::vector<ArchiveMember> &members) {
  std::vector<NewArchiveMember> files;
  for (const ArchiveMember &member : members) {
    NewArchiveMember file;
    if (member.path.empty()) {
      file.Buf = MemoryBuffer::getMemBuffer(reference(member.bytes), /*RequiresNullTerminator=*/false);
    } else {
      auto mapped = MemoryBuffer::getFile(member.path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
      if (!mapped)
        return createFileError(member.path, mapped.getError());
      file.Buf = std::move(*mapped);
    }
    file.MemberName = member.name;
    files.push_back(std::move(file));
  }
  // Straight to the file: LLVM's writeArchive goes through a temporary file beside it.
  std::error_code failed;
  raw_fd_ostream stream(path, failed);
  if (failed)
    return createFileError(path, failed);
  PieceStream pieces(stream, files);
  if (Error error = writeArchiveToStream(pieces, files, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU,
                                         /*Deterministic=*/true, /*Thin=*/false))
    return error;
  return closeFile(stream, path);
}

Expected<std::vector<ArchiveMember>> readArchiveFile(const std::string &path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createFileError(path, buffer.getError());
  auto archive = object::Archive::create(**buffer);
  if (!archive)
    return createFileError(path, archive.takeError());
  std::vector<ArchiveMember> members;
  Error failed = Error::success();
  for (const object::Archive::Child &child : (*archive)->children(failed)) {
    auto name = child.getName();
    if (!name)
      return joinErrors(std::move(failed), createFileError(path, name.takeError()));
    auto contents = child.getBuffer();
    if (!contents)
      return joinErrors(std::move(failed), createFileError(path, contents.takeError()));
    members.push_back({name->str(), ObjectBytes(contents->bytes_begin(), contents->bytes_end()), ""});
  }
  if (failed)
    return createFileError(path, std::move(failed));
  return members;
}

} // namespace swin::codegen
