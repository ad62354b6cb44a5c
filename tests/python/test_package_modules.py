"""Models of timm, transformers and torchvision, compiled from the module, against what the module itself computes.

    test_package_modules.py timm|hf|torchvision|others

The models are those of tests/e2e/source_*.py, where files that these libraries write are compiled.
"""
import importlib
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

import numpy as np  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
import torchvision  # noqa: E402
import transformers  # noqa: E402

import sources  # noqa: E402
from package import Case, images, swin_compile  # noqa: E402

LIMIT = 1e-4
SMALL = {"embed_dim": 16, "depths": (2, 2), "num_heads": (2, 4), "num_classes": 5}
source = None


def small(name="swin_tiny_patch4_window7_224", **changes):
    return timm.create_model(name, **{**SMALL, "img_size": 32, "window_size": 4, **changes}).eval()


def small_torchvision(**changes):
    torch.manual_seed(1)
    return torchvision.models.SwinTransformer([4, 4], 16, [2, 2], [2, 4], [4, 4], num_classes=5, **changes).eval()


class Rows(Case):
    def test_all(self):
        seen = set()
        for row in source.ROWS:
            if row.whole or {"features_only", "saved_for"} & set(row.extra):
                continue
            # Of transformers, whose config is taken as it is, one of each class.
            if source.__name__ == "source_hf" and row.kind in seen:
                continue
            seen.add(row.kind)
            with self.subTest(f"{row.kind}, {row.name}"):
                model, image = source.build(row), row.image()
                if source.__name__ == "source_timm":
                    del model.saved
                expected = sources.arrays(source.run(model, row, image), row.wanted())
                compiled = self.compiled(model.train(), outputs=row.wanted(), threads=2)
                found = compiled(image)
                found = found if isinstance(found, dict) else {row.wanted()[0]: found}
                errors = sources.errors({name: each.numpy() for name, each in found.items()}, expected)
                print(f"{row.kind}, {row.name}: {max(errors.values()):.1e}", flush=True)
                self.assertLessEqual(max(errors.values()), LIMIT)
        self.assertGreater(len(seen), 1)


class Others(Case):
    def check(self, model, *sizes, channels=3, result=lambda found: found):
        compiled = self.compiled(model)
        for h, w in sizes:
            image = torch.from_numpy(images(2, h, w, channels))
            with torch.inference_mode():
                expected = result(model(image)).numpy()
            self.assertLessEqual(sources.errors({"": compiled(image).numpy()}, {"": expected})[""], LIMIT)
        return compiled

    def test_what_was_changed_behind_the_constructor(self):
        model = small()
        model.head.fc = torch.nn.Linear(32, 7)
        model.pretrained_cfg["label_names"] = ["of", "before"]
        self.assertNotIn("labels", self.check(model, (32, 32)).info)
        model.reset_classifier(2)
        self.assertEqual(self.check(model, (32, 32)).info["labels"], ["of", "before"])
        for name in "swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "swinv2_cr_tiny_224":
            model = small(name)
            model.set_input_size(img_size=(48, 40))
            self.check(model, (48, 40))
            model.set_input_size(window_size=(3, 5), always_partition=True)
            self.check(model, (48, 40))
        model = small_torchvision()
        model.head = torch.nn.Linear(32, 3)
        self.check(model, (32, 32), (44, 70))
        model.head = torch.nn.Identity()
        self.assertEqual(self.check(model, (32, 32)).outputs, ["features"])

    def test_timm_without_a_registered_name(self):
        model = timm.models.swin_transformer.SwinTransformer(**{**SMALL, "img_size": 32, "window_size": 4}).eval()
        self.check(model, (32, 32))

    def test_two_sizes(self):
        self.check(small_torchvision(), (32, 32), (45, 63))
        config = transformers.SwinConfig(image_size=32, embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4)
        # Running on small maps, transformers' modules change what they compute on larger ones from then on.
        for kind in transformers.SwinForImageClassification, transformers.Swinv2ForImageClassification:
            settings = {**config.to_dict(), "id2label": {0: "cat", 1: "dog", 2: "owl"}}
            settings.pop("model_type")
            model = kind(kind.config_class(**settings)).eval()
            compiled = self.check(model, (52, 46), (32, 32), result=lambda found: found.logits)
            self.assertEqual(compiled.info["labels"], ["cat", "dog", "owl"])

    def test_pictures(self):
        config = transformers.Swin2SRConfig(image_size=16, embed_dim=16, depths=[2], num_heads=[2], window_size=4,
                                            upscale=2)  # fmt: skip
        model = transformers.Swin2SRForImageSuperResolution(config).eval()
        self.check(model, (16, 16), (20, 28), result=lambda found: found.reconstruction)

    def test_features(self):
        model = small("swinv2_tiny_window8_256")
        image = torch.from_numpy(images(2, 32, 32, 3))
        with torch.inference_mode():
            maps = model.forward_intermediates(image, intermediates_only=True, output_fmt="NCHW")
            expected = {f"stage{i + 1}": each.permute(0, 2, 3, 1).numpy() for i, each in enumerate(maps)}
            expected["features"] = model.forward_head(model.forward_features(image), pre_logits=True).numpy()
        compiled = self.compiled(model)
        found = {name: each.numpy() for name, each in compiled.features(image).items()}
        self.assertLessEqual(max(sources.errors(found, expected).values()), LIMIT)

    def test_training_on(self):
        model = small()
        image = images(2, 32, 32, 3)
        compiled = self.compiled(model)
        before = compiled(image)
        self.assertTrue(self.compiled(model).cached)
        with torch.no_grad():
            model.head.fc.bias += 1
        np.testing.assert_array_equal(compiled(image), before)
        self.assertIn("have changed", self.fails(swin_compile.Error, compiled.features, image))
        np.testing.assert_allclose(self.compiled(model)(image), before + 1, atol=1e-4)

    def test_half_and_wrapped(self):
        for kind in torch.float16, torch.bfloat16:
            half = small().to(kind)
            whole = small()
            whole.load_state_dict(half.state_dict())
            image = images(1, 32, 32, 3)
            wrapped = self.compiled(torch.nn.DataParallel(whole))
            np.testing.assert_array_equal(self.compiled(half)(image), wrapped(image))

    def test_what_is_not_known(self):
        class Own(torchvision.models.SwinTransformer):
            pass

        def changed(model, place, part):
            model.get_submodule(place.rpartition(".")[0])._modules[place.rpartition(".")[2]] = part
            return model

        class Act(torch.nn.Module):
            pass

        own = Own([4, 4], 16, [2, 2], [2, 4], [4, 4])
        shifted = small_torchvision()
        shifted.features[1][1].attn.shift_size = [1, 1]
        hf = transformers.SwinModel(transformers.SwinConfig(embed_dim=16, depths=[2], num_heads=[2]))
        for model, text in [
            (own, "Own: error: is a class of its own; what it changes is not known; expected one of timm, "
                  "transformers or torchvision itself"),
            (torch.nn.Linear(2, 2), "Linear: error: of torch.nn.modules.linear is not known; expected"),
            (small(features_only=True, num_classes=0), "FeatureListNet: error: gives maps only (features_only)"),
            (changed(small(), "layers.0.blocks.1.mlp.act", torch.nn.Mish()), "mlp.act: error: is a Mish; expected one"),
            (changed(small(), "layers.0.blocks.1.mlp.act", torch.nn.ReLU()), "mlp.act: error: is gelu and else"),
            (changed(small(), "layers.0.blocks.1.mlp.act", Act()), "SwinTransformer.layers.0.blocks.1.mlp.act: error: "
                                                                   "is a Act of __main__"),
            (changed(small(), "norm", torch.nn.LayerNorm(32, 1e-3)), "norm: error: has an epsilon of 0.001"),
            (changed(small(), "head.fc", torch.nn.Sequential()), "head.fc: error: is a Sequential; expected Linear"),
            (shifted, "attn.shift_size: error: is [1, 1]; expected [2, 2]"),
            (changed(hf, "encoder.layers.0.blocks.0.drop_path", Act()), "drop_path: error: is a Act of __main__"),
            (small(global_pool=""), "a model without pooling is not supported"),
            (transformers.ViTModel(transformers.ViTConfig(hidden_size=12, num_hidden_layers=1)), "vit"),
        ]:  # fmt: skip
            with self.subTest(text):
                self.assertIn(text, self.fails(swin_compile.CompileError, self.compiled, model))
        self.assertEqual(self.fails(TypeError, self.compiled, small(), weights="synthetic"),
                         "a module has its own weights; load others into it and leave out weights=")  # fmt: skip

    def test_messages_speak_of_the_module(self):
        model = small()
        del model.layers[0].blocks[0].norm1.bias
        with self.assertRaises(swin_compile.CompileError) as caught:
            self.compiled(model)
        self.assertTrue(caught.exception.messages[0].startswith("weights.safetensors: error: "))
        self.assertEqual(json.loads(caught.exception.description)["model_args"]["depths"], [2, 2])

    def test_nothing_of_it_is_imported(self):
        script = (f"import sys; sys.path[:0] = {sys.path[:2]!r}; import package\n"
                  "model = package.swin_compile.compile(package.DIGITS, cache=False)\n"
                  "assert model(package.images()).shape == (2, 10)\n"
                  "assert not {'torch', 'timm', 'transformers', 'torchvision'} & set(sys.modules)")  # fmt: skip
        subprocess.run([sys.executable, "-c", script], check=True, cwd=os.path.dirname(os.path.abspath(__file__)))


if __name__ == "__main__":
    part = sys.argv.pop(1)
    if part == "others":
        del Rows
    else:
        source = importlib.import_module("source_" + part)
        del Others
    unittest.main(verbosity=2)
