"""Hugging Face transformers: folders as save_pretrained writes them."""
import re
import unittest.mock

import torch
import transformers as hf

from sources import Row, randomise, seed_of, tap_maps
from swin_config import Config

ACTIVATIONS = {"gelu_tanh": "gelu_new"}


def rows():
    def row(name, kind, size, run=(), outputs=(), batch=2, extra=None, **config):
        family = "swinv2" if kind.startswith("Swinv2") else "swin"
        semantics = "hf"
        if "Backbone" in kind or kind in ("UperNetForSemanticSegmentation", "MaskFormerForInstanceSegmentation"):
            semantics = "hf-backbone"
        bare = kind not in ("SwinForImageClassification", "Swinv2ForImageClassification")
        usual = {"embedding": 16, "heads": (2, 4), "window": 4, "classes": 0 if bare else 5, "family": family}
        config = {**usual, **config}
        return Row(name, kind, Config(semantics, size, **config), run, batch, outputs, extra or {})

    one = {"depths": (2,), "heads": (2,)}  # where more would show no more
    three = {"depths": (2, 2, 1), "heads": (1, 2, 4)}
    return [
        row("divides", "SwinForImageClassification", (32, 32)),
        row("divides not", "SwinForImageClassification", (48, 48), (52, 46), batch=3),
        row("not even by patches", "SwinForImageClassification", (35, 42)),
        row("last window covers", "SwinForImageClassification", (56, 72), window=7),
        row("no classes", "SwinForImageClassification", (32, 32), classes=0, outputs=("features",), **one),
        row("three stages, GELU by tanh", "SwinForImageClassification", (72, 64), activation="gelu_tanh", **three),
        row("SiLU", "SwinForImageClassification", (32, 32), activation="silu", **one),
        row("ReLU, another epsilon", "SwinForImageClassification", (32, 32), activation="relu", epsilon=1e-2),
        row("no qkv bias", "SwinForImageClassification", (44, 40), qkv_bias=False, mlp_ratio=2.5),
        row("patch 2, gray", "SwinForImageClassification", (22, 26), patch=2, image_channels=1, window=3),
        row("bare", "SwinModel", (44, 60), batch=3, outputs=("features", "stage1")),
        row("all maps", "SwinBackbone", (44, 60), batch=3),
        row("maps below the window", "SwinBackbone", (20, 37), window=7),
        row("the last map", "SwinBackbone", (32, 32), outputs=("stage2",), extra={"out_features": ["stage2"]}),
        row("by index", "SwinBackbone", (32, 48), outputs=("stage1",), extra={"out_indices": [1]}),
        row("encoder of masked images", "SwinForMaskedImageModeling", (32, 32), outputs=("features", "stage2")),
        row("all maps", "MaskFormerSwinBackbone", (44, 60)),
        row("small maps", "MaskFormerSwinBackbone", (20, 28), window=7, outputs=("stage1",),
            extra={"out_features": ["stage1"]}),  # fmt: skip
        row("no final norm", "DonutSwinModel", (48, 64), final_norm=False, outputs=("features", "stage2")),
        row("encoder of a pair", "VisionEncoderDecoderModel", (64, 48), final_norm=False, outputs=("features",)),
        row("backbone inside", "UperNetForSemanticSegmentation", (64, 72), depths=(1, 2, 1, 1), heads=(1, 2, 2, 2),
            batch=1),  # fmt: skip
        row("backbone inside", "MaskFormerForInstanceSegmentation", (64, 72), depths=(1, 2, 1, 1), heads=(1, 2, 2, 2),
            batch=1),  # fmt: skip
        row("divides", "Swinv2ForImageClassification", (32, 32)),
        row("divides not", "Swinv2ForImageClassification", (44, 44), (50, 39), batch=3, window=5),
        row("decided by height", "Swinv2ForImageClassification", (24, 80), window=7),
        row("another size at run time", "Swinv2ForImageClassification", (32, 32), (76, 60), window=8),
        row("no qkv bias", "Swinv2ForImageClassification", (44, 36), qkv_bias=False, **one),
        row("trained with other windows", "Swinv2ForImageClassification", (64, 64), window=8, pretrained_window=(6, 3)),
        row("GELU by sigmoid", "Swinv2ForImageClassification", (32, 32), activation="quick_gelu", **one),
        row("bare", "Swinv2Model", (44, 60), outputs=("features", "stage2")),
        row("all maps", "Swinv2Backbone", (44, 60), batch=3),
        row("one map", "Swinv2Backbone", (56, 40), window=7, outputs=("stage1",), extra={"out_features": ["stage1"]}),
        row("encoder of masked images", "Swinv2ForMaskedImageModeling", (32, 32), outputs=("features",)),
    ]


ROWS = rows()


def build(row):
    torch.manual_seed(seed_of(row.name))
    config = row.config
    arguments = {
        "image_size": config.built_for[0] if config.built_for[0] == config.built_for[1] else list(config.built_for),
        "patch_size": config.patch,
        "num_channels": config.image_channels,
        "embed_dim": config.embedding,
        "depths": list(config.depths),
        "num_heads": list(config.heads),
        "window_size": config.window,
        "mlp_ratio": config.mlp_ratio,
        "qkv_bias": config.qkv_bias,
        "hidden_act": ACTIVATIONS.get(config.activation, config.activation),
        "layer_norm_eps": config.epsilon,
    }
    if config.family == "swinv2":
        arguments["pretrained_window_sizes"] = list(config.pretrained_window or [0] * len(config.depths))
    if "Backbone" in row.kind and "out_indices" not in row.extra:
        stages = [f"stage{stage + 1}" for stage in range(len(config.depths))]
        arguments["out_features"] = row.extra.get("out_features", stages)
    if "out_indices" in row.extra:
        arguments["out_indices"] = row.extra["out_indices"]
    if "Classification" in row.kind:
        arguments["num_labels"] = config.classes
    if "Masked" in row.kind:
        arguments["encoder_stride"] = config.patch * 2 ** (len(config.depths) - 1)
    return randomise(BUILDERS.get(row.kind, plain)(row.kind, arguments), row.name)


def plain(kind, arguments):
    kind_of_config = re.match("MaskFormerSwin|DonutSwin|Swinv2|Swin", kind).group()
    return of_kind(kind)(of_kind(kind_of_config + "Config")(**arguments))


def of_kind(name):
    """A class of transformers; some are not in its top folder."""
    for module in (hf, hf.models.maskformer, hf.models.donut):
        if hasattr(module, name):
            return getattr(module, name)
    raise KeyError(name)


def upernet(_, arguments):
    backbone = hf.SwinConfig(**arguments, out_features=["stage1", "stage2", "stage3", "stage4"])
    channels = backbone.embed_dim * 4
    config = hf.UperNetConfig(backbone_config=backbone, hidden_size=8, num_labels=3, auxiliary_in_channels=channels)
    return hf.UperNetForSemanticSegmentation(config)


def maskformer(_, arguments):
    decoder = hf.DetrConfig(d_model=32, encoder_layers=1, decoder_layers=1, encoder_ffn_dim=16, decoder_ffn_dim=16,
                            encoder_attention_heads=2, decoder_attention_heads=2, num_queries=3,
                            use_pretrained_backbone=False)  # fmt: skip
    config = hf.MaskFormerConfig(backbone_config=hf.SwinConfig(**arguments), decoder_config=decoder.to_dict(),
                                 fpn_feature_size=32, mask_feature_size=32)  # fmt: skip
    # Its loss needs SciPy to be made, but we never compute one.
    with unittest.mock.patch("transformers.models.maskformer.modeling_maskformer.requires_backends"):
        return hf.MaskFormerForInstanceSegmentation(config)


def encoder_decoder(_, arguments):
    encoder = hf.DonutSwinModel(hf.DonutSwinConfig(**arguments))
    decoder = hf.MBartForCausalLM(hf.MBartConfig(
        vocab_size=20, d_model=32, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
        is_decoder=True, add_cross_attention=True, max_position_embeddings=16))  # fmt: skip
    return hf.VisionEncoderDecoderModel(encoder=encoder, decoder=decoder)


BUILDERS = {
    "UperNetForSemanticSegmentation": upernet,
    "MaskFormerForInstanceSegmentation": maskformer,
    "VisionEncoderDecoderModel": encoder_decoder,
}


def save(model, _row, folder):
    """Returns arguments for swin-compile."""
    model.save_pretrained(folder)
    return [folder]


def encoder_of(model, row):
    """The part of a model that is Swin."""
    if row.kind == "MaskFormerForInstanceSegmentation":
        return model.model.pixel_level_module.encoder
    for name in ("backbone", "encoder", "swin", "swinv2"):
        if row.kind[0] in "USV" and hasattr(model, name) and isinstance(getattr(model, name), hf.PreTrainedModel):
            return getattr(model, name)
    return model


def run(model, row, image):
    """All outputs; maps of models that are no backbone are taken where a stage's last block ends, channels last."""
    encoder = encoder_of(model, row)
    stages = range(len(row.config.depths))
    if not row.config.has_head:
        with torch.inference_mode():
            maps = encoder(image).feature_maps
        names = row.outputs or [f"stage{stage + 1}" for stage in stages]
        return dict(zip(names, maps))
    taps = {f"stage{stage + 1}": encoder.encoder.layers[stage].blocks[-1] for stage in stages}
    result, outputs = tap_maps(model if "Classification" in row.kind else encoder, taps, image)
    height, width = (-(-n // row.config.patch) for n in image.shape[2:])
    for name in taps:
        outputs[name] = outputs[name].reshape(image.shape[0], height, width, -1)
        height, width = (height + 1) // 2, (width + 1) // 2
    with torch.inference_mode():
        outputs["features"] = encoder(image).last_hidden_state.mean(1)
    if "Classification" in row.kind:
        outputs["logits"] = result.logits
    return outputs


RENAMES = [
    (r"^(swin|swinv2|model)\.", ""),
    (r"embeddings\.patch_embeddings\.projection", "patch_embed.proj"),
    (r"embeddings\.norm", "patch_embed.norm"),
    (r"encoder\.layers", "layers"),
    (r"attention\.self\.(relative_position_bias_table|logit_scale)", r"attn.\1"),
    (r"attention\.self\.continuous_position_bias_mlp", "attn.cpb_mlp"),
    (r"attention\.output\.dense", "attn.proj"),
    (r"intermediate\.dense", "mlp.fc1"),
    (r"output\.dense", "mlp.fc2"),
    (r"layernorm_before", "norm1"),
    (r"layernorm_after", "norm2"),
    (r"^layernorm\.", "norm."),
    (r"^classifier\.", "head."),
]


def microsoft_names(model, row):
    """The state under our reference's names."""
    state = (model if "Classification" in row.kind else encoder_of(model, row)).state_dict()
    result = {}
    for name, value in state.items():
        if name.endswith(("key.weight", "key.bias", "value.weight", "value.bias")):
            continue
        if ".query." in name:
            base = re.sub(r"^(swin|swinv2|model)\.", "", name).replace("encoder.layers", "layers")
            base = base.split("attention.self.query")[0] + "attn."
            parts = [state.get(name.replace(".query.", f".{part}.")) for part in ("query", "key", "value")]
            if parts[1] is None:
                result[base + "q_bias"], result[base + "v_bias"] = parts[0], parts[2]
            else:
                result[base + "qkv." + name.split(".")[-1]] = torch.cat(parts)
            continue
        for pattern, new in RENAMES:
            name = re.sub(pattern, new, name)
        name = re.sub(r"^hidden_states_norms\.(\d+)", lambda m: f"hidden_states_norms.stage{int(m[1]) + 1}", name)
        result[name] = value
    return result
