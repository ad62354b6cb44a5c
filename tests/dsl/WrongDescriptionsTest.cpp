// Wrong descriptions: every line that reading them gives, in wrong-descriptions.txt and wrong-others.txt, and what no
// replacement in a good one can make.
#include "dsl/Json.h"
#include "dsl/Weights.h"
#include "tests/dsl/Cases.h"
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <sstream>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

using Lines = std::vector<std::string>;

/// "\\n" as a line end.
std::string withLineEnds(std::string text) {
  for (size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;)
    text.replace(at, 2, "\n");
  return text;
}

TEST(WrongDescriptions, EveryLine) { expectErrorsOfAll("wrong-descriptions.txt", "own", ownText, 50); }

TEST(WrongDescriptions, EveryLineOfOthers) {
  std::map<std::string, OtherDescription> forms;
  for (const OtherDescription &each : otherDescriptions)
    forms.emplace(each.name, each);
  std::vector<Case> cases = readCases("wrong-others.txt");
  EXPECT_GE(cases.size(), 70u);
  Folder folder;
  for (const Case &wrong : cases) {
    SCOPED_TRACE("wrong-others.txt:" + std::to_string(wrong.line));
    ASSERT_TRUE(forms.count(wrong.form)) << wrong.form;
    const OtherDescription &form = forms.at(wrong.form);
    bool isYaml = form.extension == std::string(".yaml"); // whose lines mean something
    std::string text = replaced(form.text, wrong.from, isYaml ? withLineEnds(wrong.to) : wrong.to),
                file = std::string("m") + form.extension;
    ASSERT_NE(text, "") << "no such place: " << wrong.from;
    folder.write(file, text);
    EXPECT_EQ(errorsOf(file), wrong.errors);
  }
}

TEST(WrongDescriptions, TextsTheyAreMadeFromAreGood) {
  Folder folder;
  folder.write("m.json", ownText);
  EXPECT_EQ(errorsOf("m.json"), Lines{});
  for (const OtherDescription &each : otherDescriptions) {
    std::string file = std::string("m") + each.extension;
    folder.write(file, each.text);
    EXPECT_EQ(errorsOf(file), Lines{}) << each.name;
  }
}

TEST(WrongDescriptions, SeveralMistakesAtOnce) {
  Folder folder;
  folder.write("m.json", R"({"format": "swin-model", "embedding": 10, "windows": 7, "mlp_ratio": "4",
 "stages": [{"depth": 0, "heads": 3}, {"heads": 4}], "outputs": ["stage9"]})");
  EXPECT_EQ(
      errorsOf("m.json"),
      (Lines{R"(m.json:1:43: error: unknown key "windows" (at /windows); known here: $schema format family preset )"
             "architecture image patch embedding stages mlp_ratio activation qkv_bias patch_norm final_norm "
             "position_embedding always_partition extra_norm_period extra_norm_stage layer_norm_epsilon classes "
             "labels restoration segmentation preprocessing semantics weights outputs batch",
             R"(m.json:2:39: error: missing key "depth" (at /stages/1/depth); expected the number of blocks)",
             R"(m.json:1:70: error: found "4" (at /mlp_ratio); expected a number)",
             "m.json:2:23: error: found 0 (at /stages/0/depth); expected 1 to 256",
             "m.json:2:35: error: 3 heads do not divide the 10 channels of stage 1 (at /stages/0/heads); "
             "expected a divisor of 10",
             R"(m.json:2:66: error: there is no output "stage9" (at /outputs/0); )"
             "expected one of: logits features stage1 stage2"}));
}

TEST(WrongDescriptions, Files) {
  Folder folder;
  folder.write("empty.json", "");
  folder.write("list.json", "\n [1]");
  folder.write("bytes.json", "{\"\xff\": 1}");
  folder.write("folder/other.json", "{}");
  folder.write("folder/another.json", "{}");
  EXPECT_EQ(errorsOf("missing.json"), Lines{"missing.json: error: No such file or directory"});
  EXPECT_EQ(errorsOf("folder"), Lines{"folder: error: no config.json in this folder, nor one other .json or .yaml; "
                                      "expected a model's description"});
  EXPECT_EQ(errorsOf("empty.json"),
            Lines{"empty.json:1:1: error: nothing is in it; expected a description of a model"});
  EXPECT_EQ(errorsOf("bytes.json"), Lines{"bytes.json:1:3: error: syntax error while parsing object key - invalid "
                                          "string: ill-formed UTF-8 byte"});
  EXPECT_EQ(errorsOf("list.json"),
            Lines{"list.json:2:2: error: no description of a model; expected an object with \"format\": "
                  "\"swin-model\", or the config.json of timm (\"architecture\") or of Hugging Face (\"model_type\"), "
                  "or SwinIR's arguments with \"family\": \"swinir\" or \"swin2sr\"; Microsoft's configs end "
                  "in .yaml"});
}

TEST(WrongDescriptions, TooLarge) {
  Folder folder;
  folder.write("large.json", "");
  std::filesystem::resize_file("large.json", maxJsonBytes + 1);
  EXPECT_EQ(errorsOf("large.json"), Lines{"large.json: error: larger than 16 MiB: no description of a model"});
  // A device has no size and no end.
  EXPECT_EQ(errorsOf("/dev/zero"), Lines{"/dev/zero: error: larger than 16 MiB: no description of a model"});
}

TEST(WrongDescriptions, ErrorsHaveAnEnd) {
  Folder folder;
  std::string text = R"({"format": "swin-model")";
  for (int i = 0; i < 1000; ++i)
    text += ", \"unknown" + std::to_string(i) + "\": 1";
  folder.write("m.json", text + "}");
  Lines lines = errorsOf("m.json");
  ASSERT_EQ(lines.size(), 101u);
  EXPECT_EQ(lines.back(), "m.json: error: more than 100 errors; the rest is not shown");
}

TEST(WrongDescriptions, Preprocessor) {
  Folder folder;
  folder.write("m/config.json", huggingFaceText);
  folder.write("m/preprocessor_config.json",
               R"({"size": {"height": 32}, "resample": 0, "image_mean": [0.5], "image_std": [0.5, 0.5, 0]})");
  EXPECT_EQ(
      errorsOf("m"),
      (Lines{"m/preprocessor_config.json:1:10: error: missing key \"width\" (at /size/width); expected a number of "
             "pixels",
             "m/preprocessor_config.json:1:38: error: found 0 (at /resample); expected 2 (bilinear) or 3 (bicubic)",
             "m/preprocessor_config.json:1:55: error: mean has 1 value for 3 channels (at /image_mean); expected "
             "one for each",
             "m/preprocessor_config.json:1:86: error: found 0 (at /image_std/2); expected a number above 0"}));
}

// A position MLP whose steps are divided by a window less 1.
TEST(WrongDescriptions, WindowsOfOne) {
  Diagnostics unused;
  auto errorsFor = [&](Semantics semantics, const std::function<void(Spec &)> &change) {
    Spec spec = specOfArch("swin_v2_t", nullptr, unused);
    spec.semantics = semantics;
    change(spec);
    Diagnostics errors;
    checkSpec(spec, "m", errors);
    return errors.lines();
  };
  auto small = [](Spec &spec) { spec.imageSize = {32, 32}; };
  auto trained = [](Spec &spec) { spec.stages[0].pretrainedWindow = {1, 8}; };
  auto one = [](Spec &spec) { spec.stages[3].window = {1, 2}; };
  EXPECT_EQ(errorsFor(Semantics::Microsoft, small),
            Lines{"m: error: microsoft divides by the window less 1: with the window of 1 x 1 of stage 4 its numbers "
                  "are not finite (at /stages/3/window); expected a window and a map of at least 2 x 2"});
  EXPECT_EQ(errorsFor(Semantics::Torchvision, one),
            Lines{"m: error: torchvision divides by the window less 1: with the window of 1 x 2 of stage 4 its numbers "
                  "are not finite (at /stages/3/window); expected a window and a map of at least 2 x 2"});
  EXPECT_EQ(errorsFor(Semantics::Hf, trained),
            Lines{"m: error: hf divides by this window less 1: its numbers are not finite (at "
                  "/stages/0/pretrained_window); expected at least 2"});
  for (Semantics semantics : {Semantics::Hf, Semantics::HfBackbone, Semantics::Timm, Semantics::Torchvision})
    EXPECT_EQ(errorsFor(semantics, small), Lines{}) << semanticsName(semantics);
  EXPECT_EQ(errorsFor(Semantics::Timm, trained), Lines{});
  EXPECT_EQ(errorsFor(Semantics::Torchvision, [](Spec &spec) { spec.stages[2].pretrainedWindow = {6, 6}; }),
            Lines{"m: error: torchvision knows of no other window than its own (at /stages/2/pretrained_window); "
                  "expected no such key"});
}

TEST(WrongDescriptions, OptionsThatDoNotFit) {
  Diagnostics errors;
  Spec spec = specOfArch("swin_t", nullptr, errors);
  resizeModel(spec, {3, 224});
  spec.outputs = {"logits", "stage5"};
  checkSpec(spec, "--arch swin_t with --size 3x224", errors);
  EXPECT_EQ(
      errors.lines(),
      (Lines{"--arch swin_t with --size 3x224: error: there is no output \"stage5\" (at /outputs/1); expected one "
             "of: logits features stage1 stage2 stage3 stage4",
             "--arch swin_t with --size 3x224: error: an image of 3 x 224 is smaller than a patch of 4 x 4 (at "
             "/image/size)"}));
}

} // namespace
