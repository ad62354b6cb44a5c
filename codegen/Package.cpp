//===- Package.cpp - objects become a library, a header, a program --------===//
#include "codegen/Package.h"

#include "codegen/Command.h"
#include "codegen/Header.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace swin::codegen {
namespace {

const char placeholder[] = "SWINMODEL_";

std::string linkerOf(bool executable) {
  return executable ? findProgram({"c++", "g++", "clang++"}) : findProgram({"cc", "gcc", "clang"});
}

class Packager {
public:
  Packager(const PackageOptions &options) : options(options), name(options.name) {}

  Expected<std::vector<std::string>> write(std::vector<ArchiveMember> objects) {
    if (Error error = addRuntime(objects))
      return error;
    if (Error error = checkSymbols(objects))
      return error;
    std::string archive = "lib" + name + ".a";
    if (Error error = writeArchiveFile(path(archive), objects))
      return error;
    objects.clear();
    if (options.library)
      written.push_back(archive);
    if (options.shared)
      if (Error error = linkShared(path(archive)))
        return error;
    if (options.executable)
      if (Error error = linkExecutable(path(archive)))
        return error;
    if (options.library || options.shared)
      if (Error error = writeTexts())
        return error;
    return written;
  }

private:
  std::string path(const std::string &file) const { return options.folder + "/" + file; }

  Error addRuntime(std::vector<ArchiveMember> &objects) {
    auto members = readArchiveFile(options.files.runtimeArchive);
    if (!members)
      return members.takeError();
    for (ArchiveMember &member : *members) {
      Rewriting rewriting;
      rewriting.prefixes = {{placeholder, name + "_"}};
      auto renamed = rewriteObject(member.bytes, rewriting);
      if (!renamed)
        return createFileError(options.files.runtimeArchive, renamed.takeError());
      std::string file = StringRef(member.name).split('.').first.str();
      objects.push_back({name + "_runtime_" + file + ".o", std::move(*renamed), ""});
    }
    return Error::success();
  }

  /// Any number of models can be linked into one program only if this holds.
  Error checkSymbols(const std::vector<ArchiveMember> &objects) {
    Error all = Error::success();
    StringSet<> defined;
    for (const ArchiveMember &object : objects) {
      if (!object.path.empty())
        continue; // the weights, with the one symbol that was asked for
      auto symbols = listSymbols(object.bytes);
      if (!symbols)
        return joinErrors(std::move(all), createFileError(object.name, symbols.takeError()));
      for (const std::string &symbol : symbols->defined) {
        if (!StringRef(symbol).starts_with(name + "_"))
          all = joinErrors(std::move(all), createStringError("symbol " + symbol + " in " + object.name +
                                                             " does not begin with " + name + "_"));
        if (!defined.insert(symbol).second)
          all = joinErrors(std::move(all),
                           createStringError("symbol " + symbol + " in " + object.name + " is there twice"));
      }
    }
    return all;
  }

  Error link(std::vector<std::string> arguments, bool executable, const std::string &file) {
    std::string linker = linkerOf(executable);
    if (linker.empty())
      return checkLinkers(options);
    arguments.insert(arguments.begin(), {linker, "-o", path(file), "-Wl,--gc-sections", "-Wl,-z,relro,-z,now",
                                         "-Wl,-z,noexecstack", "-Wl,--as-needed"});
    if (Error error = runCommand(arguments, path("link.log")))
      return error;
    written.push_back(file);
    return Error::success();
  }

  Error linkShared(const std::string &archive) {
    std::string file = "lib" + name + ".so";
    return link({"-shared", "-s", "-Wl,-soname," + file, "-Wl,-z,defs", "-Wl,--whole-archive", archive,
                 "-Wl,--no-whole-archive", "-lm", "-pthread"},
                /*executable=*/false, file);
  }

  Error linkExecutable(const std::string &archive) {
    auto members = readArchiveFile(options.files.runnerArchive);
    if (!members)
      return members.takeError();
    for (ArchiveMember &member : *members) {
      Rewriting rewriting;
      rewriting.prefixes = {{placeholder, name + "_"}};
      auto renamed = rewriteObject(member.bytes, rewriting);
      if (!renamed)
        return createFileError(options.files.runnerArchive, renamed.takeError());
      member.bytes = std::move(*renamed);
    }
    std::string runner = path("runner.a");
    if (Error error = writeArchiveFile(runner, *members))
      return error;
    // The C++ library inside: the program runs where there is none.
    return link({"-s", runner, archive, "-static-libgcc", "-static-libstdc++", "-lm", "-pthread"},
                /*executable=*/true, name);
  }

  Error writeTexts() {
    auto header = MemoryBuffer::getFile(options.files.headerTemplate, /*IsText=*/true);
    if (!header)
      return createFileError(options.files.headerTemplate, header.getError());
    PackageContents contents = {options.library, options.shared};
    const std::pair<std::string, std::string> texts[] = {
        {name + ".h", headerText((*header)->getBuffer().str(), name)},
        {name + ".pc", pkgConfigText(name, options.version)},
        {name + "Config.cmake", cmakeConfigText(name, options.version, contents)}};
    for (const auto &[file, text] : texts) {
      std::error_code failed;
      raw_fd_ostream stream(path(file), failed);
      if (!failed) {
        stream << text;
        stream.close();
        failed = stream.error();
        stream.clear_error();
      }
      if (failed)
        return createFileError(path(file), failed);
      written.push_back(file);
    }
    return Error::success();
  }

  const PackageOptions &options;
  const std::string &name;
  std::vector<std::string> written;
};

} // namespace

Error checkLinkers(const PackageOptions &options) {
  Error all = Error::success();
  if (options.shared && linkerOf(false).empty())
    all = joinErrors(std::move(all), createStringError("--emit shared needs a C compiler to link with, but none of cc, "
                                                       "gcc, clang is on PATH; --emit lib needs none"));
  if (options.executable && linkerOf(true).empty())
    all = joinErrors(std::move(all), createStringError("--emit exe needs a C++ compiler to link with, but none of c++, "
                                                       "g++, clang++ is on PATH; --emit lib needs none"));
  return all;
}

Expected<std::vector<std::string>> writePackage(const PackageOptions &options, std::vector<ArchiveMember> objects) {
  return Packager(options).write(std::move(objects));
}

} // namespace swin::codegen
