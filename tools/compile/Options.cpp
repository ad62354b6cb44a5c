//===- Options.cpp - the command line of swin-compile ---------------------===//
#include "tools/compile/Options.h"

#include "codegen/Architecture.h"
#include "tools/compile/AttentionPlace.h"

#include "llvm/ADT/STLExtras.h"

using llvm::StringRef;

namespace swin::tools {
namespace {

const std::vector<std::string> emits = {"spec", "graph", "fused", "kernels", "driver", "llvm", "lib", "shared", "exe"};

/// All options; what they take goes into `options`.
OptionTable optionTable(CommandLine &line, Options &options) {
  auto text = [](std::string &into) { return [&](StringRef value) { into = value; }; };
  auto flag = [](bool &into) { return [&](StringRef) { into = true; }; };
  auto takeName = [&](StringRef value) {
    options.name = value;
    if (std::string problem = checkName(options.name); !problem.empty())
      line.wrong(problem);
  };
  auto takeEmit = [&](StringRef value) {
    for (const std::string &word : line.list(value, emits))
      options.emit.insert(word);
  };
  auto takeSanitize = [&](StringRef value) { options.sanitizer = line.choice(value, {"thread", "address"}); };
  auto takeTolerance = [&](StringRef value) {
    double read = 0;
    if (value.getAsDouble(read) || !(read >= 0 && read <= 1))
      line.wrong("expected a number from 0 to 1, found '" + value.str() + "'");
    else
      options.tolerance = read;
  };
  auto takeShow = [&](StringRef value) {
    if (!attentionPlace(value.str()))
      line.wrong("expected attention:stageS.blockB.headH or attention:LAYER.headH, the head may be missing, found '" +
                 value.str() + "'");
    options.show = value;
  };
  auto takeAt = [&](StringRef value) {
    auto [y, x] = value.split(',');
    std::array<int64_t, 2> at;
    if (y.getAsInteger(10, at[0]) || x.getAsInteger(10, at[1]) || at[0] < 0 || at[1] < 0)
      line.wrong("expected the row and the column of a pixel, from 0, as 12,30, found '" + value.str() + "'");
    else
      options.at = at;
  };
  // What this build does not have: the default or nothing.
  auto takePrecision = [&](StringRef value) {
    if (value == "bf16" || value == "int8")
      line.wrong("this build computes in f32 only");
    else if (value != "f32")
      line.wrong("'" + value.str() + "' is none of: f32 bf16 int8");
  };
  auto takeCalibrate = [&](StringRef) { line.wrong("this build has no calibration, since it computes in f32 only"); };
  OptionTable table = {
      {"-o", "DIR", "write to this folder; default: ./NAME", text(options.out)},
      {"--name", "NAME",
       "begins every public symbol and file: letters, digits, _; default: the\n"
       "description's file or folder, or the preset",
       takeName},
      archOption(line, options),
      weightsOption(line, options,
                    "a .safetensors file; synthetic: values made by a fixed rule; default: the\n"
                    "one beside the description"),
      {"--emit", "LIST",
       "what to make, with a comma between two: lib (libNAME.a with NAME.h, NAME.pc,\n"
       "NAMEConfig.cmake), shared (libNAME.so with the same), exe (NAME, a program that\n"
       "runs the model on pictures and arrays); spec graph fused kernels driver llvm\n"
       "print that stage; default: lib,exe",
       takeEmit},
      targetOption(line, options,
                   "instruction sets, each used where the machine has it: x86-64-v2 x86-64-v3\n"
                   "x86-64-v4 host, or aarch64 alone: 64-bit ARM Linux; default:\n"
                   "x86-64-v3,x86-64-v4"),
      sizeOption(line, options, "any|HxW", "height and width of images in pixels; default: any"),
      batchOption(line, options, "any|N", "images in a run; default: any"),
      semanticsOption(line, options),
      outputsOption(line, options),
      fastMatmulOption(options),
      {"--sanitize", "thread|address",
       "for programs built with -fsanitize=thread or address: the library tells that\n"
       "sanitizer what it reads and writes; slow; --emit lib or shared",
       takeSanitize},
      {"--report", "FILE",
       "what became of the model: graph, kernels, memory, sizes, times, what was not\n"
       "fused and why; a page for a browser if FILE ends in .html, else JSON",
       text(options.report)},
      {"--profile", "FILE", "show in the report how long kernels take: from NAME INPUT --profile FILE",
       text(options.profile)},
      {"--dump-to", "DIR", "write every stage and the kernels' objects into this folder", text(options.dumpTo)},
      {"--dump-layers", "FILE",
       "run the graph in double, before all passes, and write the image and the value of\n"
       "every layer as safetensors; makes nothing else unless --emit is given",
       text(options.dumpLayers)},
      {"--input", "FILE",
       "for --dump-layers and --show: a .npy array (N x C x H x W), a .png or .jpg, or a\n"
       "file of layers; default of --dump-layers: an image made by a rule, of the\n"
       "model's own size",
       text(options.input)},
      {"--compare", "REF",
       "run the graph in double on the input of REF, a .safetensors or .npz of values by\n"
       "layers' names, and say which layer is the first that differs; makes nothing else\n"
       "unless --emit is given",
       text(options.compare)},
      {"--tolerance", "X", "for --compare: as a part of a value's largest magnitude; default: 1e-4", takeTolerance},
      {"--json", nullptr, "for --compare: what came of it as JSON", flag(options.json)},
      {"--show", "attention:WHERE",
       "draw over the image of --input what the tokens of a window see, to -o OUT.png;\n"
       "of WHERE = stageS.blockB or LAYER (layers.0.blocks.1.attn), with .headH, else\n"
       "the mean of all heads; stages, blocks and heads count from 1",
       takeShow},
      {"--at", "Y,X",
       "for --show: the token at that pixel of the image; default: the mean of the\n"
       "tokens of the window in the middle",
       takeAt},
      cacheOption(options),
      {"--schedules", "DB|off",
       "how kernels' loops run, found by swin-tune on this CPU; off: by the default rule\n"
       "alone; default: what comes with the compiler",
       text(options.schedules)},
      {"--schedules-cpu", "NAME", "which of DB's CPUs, if it is not this machine's: its name, or a part of it",
       text(options.schedulesCpu)},
      {"--weights-file", nullptr, "put the weights into DIR/NAME.weights, which the library maps when it is opened",
       flag(options.weightsFile)},
      diagnosticsOption(line, options),
  };
  llvm::append_range(table, loudnessOptions(options, "say what is done and how long it takes"));
  llvm::append_range(table, OptionTable{
                                {"--help", nullptr, "print this", flag(options.help)},
                                {"--version", nullptr, "print the versions of this build", flag(options.version)},
                                {"--precision", "f32", nullptr, takePrecision},
                                {"--calibrate", "PATH", nullptr, takeCalibrate},
                            });
  return table;
}

void checkShow(CommandLine &line, const Options &options) {
  if (options.show.empty())
    return line.wrongWith("--at", "goes with --show WHAT");
  if (options.out.empty())
    line.wrongWith("--show", "needs -o OUT.png: where the picture goes");
  else if (!StringRef(options.out).ends_with_insensitive(".png"))
    line.wrongWith("-o", "--show makes a .png file");
  if (options.input.empty())
    line.wrongWith("--show", "needs --input FILE: the image that is drawn over");
  if (options.wantsFiles())
    line.wrongWith("--show", "does not go with --emit lib, shared or exe, since -o is the picture's name");
}

void checkTogether(CommandLine &line, Options &options, std::vector<std::string> &errors) {
  checkModelOptions(line, options, errors);
  if (options.schedules.empty() || options.schedules == "off")
    line.wrongWith("--schedules-cpu", "goes with --schedules DB: which of its CPUs is meant");
  if (options.report.empty())
    line.wrongWith("--profile", "goes with --report FILE, which shows it");
  if (options.emit.contains("exe"))
    line.wrongWith("--sanitize",
                   "goes with --emit lib and shared only: the sanitizer comes with the program, not with exe");
  if (options.compare.empty())
    for (const char *option : {"--tolerance", "--json"})
      line.wrongWith(option, "goes with --compare REF");
  if (!options.compare.empty())
    line.wrongWith("--input", "does not go with --compare, which takes the input of REF");
  else if (options.dumpLayers.empty() && options.show.empty())
    line.wrongWith("--input", "goes with --dump-layers FILE and --show WHAT");
  checkShow(line, options);
  if (options.emit.empty() && !line.has("--emit") && !options.interprets())
    options.emit = options.sanitizer.empty() ? std::set<std::string>{"lib", "exe"} : std::set<std::string>{"lib"};
  if ((!options.emit.empty() || options.interprets()) && !options.wantsFiles())
    for (const char *option : {"-o", "--weights-file"})
      if (options.show.empty() || option != StringRef("-o"))
        line.wrongWith(option, "nothing is written to DIR: --emit has none of lib shared exe");
  if (options.targets.empty() && !line.has("--target"))
    options.targets = {"x86-64-v4", "x86-64-v3"};
  if (llvm::is_contained(options.targets, codegen::aarch64.name))
    line.wrongWith("--sanitize", "goes with instruction sets of x86-64 only");
  if (options.interprets() && !options.compiles())
    line.wrongWith("--report", "nothing is compiled: with --dump-layers, --compare and --show it needs --emit, too");
  options.wantsGraph = options.interprets() || options.compiles();
  options.wantsValues =
      options.interprets() || !options.dumpTo.empty() ||
      llvm::any_of(options.emit, [](const std::string &what) { return what != "spec" && what != "graph"; });
  options.wantsName = options.wantsKernels() || options.emit.contains("fused") || options.emit.contains("kernels");
}

} // namespace

Options parseOptions(const std::vector<std::string> &arguments, std::vector<std::string> &errors) {
  Options options;
  CommandLine line(arguments, errors);
  line.parse(optionTable(line, options), [&](const std::string &argument) { takeModel(line, options, argument); });
  if (!options.help && !options.version)
    checkTogether(line, options, errors);
  return options;
}

std::string helpText() {
  const std::vector<std::string> none;
  std::vector<std::string> errors;
  CommandLine line(none, errors);
  Options options;
  return "Usage: swin-compile MODEL [OPTION]...\n"
         "  or:  swin-compile --arch NAME --weights FILE [OPTION]...\n\n"
         "Compiles a Swin Transformer to a library, its C header and a program. MODEL is a\n"
         "model description (.json), the config.json of timm or Hugging Face, Microsoft's\n"
         ".yaml, or a folder with one of them beside a .safetensors file.\n\n"
         "Options:\n" +
         optionsText(optionTable(line, options)) +
         "\nNot in this build: --precision bf16|int8, --calibrate.\n\n"
         "Exit status:\n"
         "  0  done\n"
         "  1  the command line is wrong\n"
         "  2  the model or the weights are wrong, or a file cannot be written\n"
         "  3  a bug of the compiler\n"
         "  4  --compare found a difference\n\n"
         "On error nothing is left in DIR.\n\n"
         "Examples:\n"
         "  swin-compile model.json --weights model.safetensors\n"
         "  swin-compile --arch swin_v2_t --weights swin_v2_t.safetensors -o swin_v2_t\n"
         "  swin-compile folder --emit lib,shared --target x86-64-v3 --outputs features\n";
}

} // namespace swin::tools
