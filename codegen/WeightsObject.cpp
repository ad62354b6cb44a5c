//===- WeightsObject.cpp - the weights as a relocatable object on disk ----===//
// LLVM's own ways to an object copy the bytes several times; the format is simple
// enough to write front to back: header, sections' bytes, section table.
//===----------------------------------------------------------------------===//
#include "codegen/WeightsObject.h"

#include "codegen/Files.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <memory>

using namespace llvm;

namespace swin::codegen {
namespace {

constexpr uint64_t alignment = 64;
constexpr int64_t mostBytes = int64_t(1) << 31;

// Order of the section table; 0 is the empty entry every file has.
enum Section { Weights = 1, NoExecutableStack, Symbols, SymbolNames, SectionNames, NumSections };

/// Appends to a file and knows where it is.
class Writer {
public:
  explicit Writer(raw_fd_ostream &stream) : stream(stream) {}
  void write(const void *data, uint64_t bytes) { stream.write(static_cast<const char *>(data), bytes); }
  void align(uint64_t to) { stream.write_zeros(offsetToAlignment(stream.tell(), Align(to))); }
  uint64_t offset() const { return stream.tell(); }

private:
  raw_fd_ostream &stream;
};

ELF::Elf64_Shdr section(uint32_t name, uint32_t type, uint64_t offset, uint64_t bytes) {
  ELF::Elf64_Shdr header = {};
  header.sh_name = name;
  header.sh_type = type;
  header.sh_offset = offset;
  header.sh_size = bytes;
  header.sh_addralign = 1;
  return header;
}

/// Names one after the other, each ended by a NUL, the empty one first.
struct Names {
  std::string text = std::string(1, '\0');
  uint32_t add(StringRef name) {
    uint32_t offset = text.size();
    text += name;
    text += '\0';
    return offset;
  }
};

} // namespace

Error writeWeightsObject(const std::string &path, const std::string &symbol, const passes::WeightLayout &layout,
                         ref::ConstantStore &store, const Architecture &architecture) {
  if (layout.bytes >= mostBytes)
    return createStringError("the weights take " + Twine(layout.bytes) + " bytes; a library can have less than " +
                             Twine(mostBytes) + "; with --weights-file they need not be in it");
  if (Error error = checkConstants(layout, store))
    return error;
  std::error_code failed;
  raw_fd_ostream stream(path, failed);
  if (failed)
    return createFileError(path, failed);
  Writer writer(stream);

  // A file's header holds the offset of the section table, so offsets are computed first.
  Names names, symbolNames;
  ELF::Elf64_Sym symbols[2] = {};
  symbols[1].st_name = symbolNames.add(symbol);
  symbols[1].setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
  symbols[1].st_other = ELF::STV_HIDDEN;
  symbols[1].st_shndx = Weights;
  symbols[1].st_size = layout.bytes;

  ELF::Elf64_Shdr sections[NumSections] = {};
  uint64_t begin = alignTo(sizeof(ELF::Elf64_Ehdr), alignment), end = begin + layout.bytes;
  // Not ".rodata": --gc-sections can drop it with the rest of an unused model.
  sections[Weights] = section(names.add(".rodata." + symbol), ELF::SHT_PROGBITS, begin, layout.bytes);
  sections[Weights].sh_flags = ELF::SHF_ALLOC;
  sections[Weights].sh_addralign = alignment;
  sections[NoExecutableStack] = section(names.add(".note.GNU-stack"), ELF::SHT_PROGBITS, end, 0);
  sections[Symbols] = section(names.add(".symtab"), ELF::SHT_SYMTAB, alignTo(end, 8), sizeof symbols);
  sections[Symbols].sh_link = SymbolNames;
  sections[Symbols].sh_info = 1; // first global
  sections[Symbols].sh_entsize = sizeof symbols[0];
  sections[Symbols].sh_addralign = 8;
  end = alignTo(end, 8) + sizeof symbols;
  sections[SymbolNames] = section(names.add(".strtab"), ELF::SHT_STRTAB, end, symbolNames.text.size());
  end += symbolNames.text.size();
  uint32_t own = names.add(".shstrtab");
  sections[SectionNames] = section(own, ELF::SHT_STRTAB, end, names.text.size());
  end += names.text.size();

  ELF::Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = architecture.elfMachine;
  header.e_version = ELF::EV_CURRENT;
  header.e_shoff = alignTo(end, 8);
  header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof sections[0];
  header.e_shnum = NumSections;
  header.e_shstrndx = SectionNames;

  writer.write(&header, sizeof header);
  writer.align(alignment);
  writeConstants(stream, layout, store);
  writer.align(8);
  writer.write(symbols, sizeof symbols);
  writer.write(symbolNames.text.data(), symbolNames.text.size());
  writer.write(names.text.data(), names.text.size());
  writer.align(8);
  writer.write(sections, sizeof sections);
  return closeFile(stream, path);
}

} // namespace swin::codegen
