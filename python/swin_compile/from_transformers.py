"""Models of Hugging Face transformers, by their config.json. Which ones can be compiled, the compiler says."""
from .modules import Export, Parts, text_of

PACKAGE = "transformers."


def reads(kind):
    return kind.__module__.startswith(PACKAGE + "models.") and hasattr(kind, "config_class")


def export(module):
    parts = Parts(module)
    for place, part in module.named_modules():
        kind = type(part)
        if not kind.__module__.startswith((PACKAGE, "torch.nn.modules.")):
            parts.refuse(place, f"is a {kind.__name__} of {kind.__module__}, whose arithmetic is not known")
    config = {**module.config.to_dict(), "architectures": [parts.kind.__name__]}
    return Export(parts.kind.__name__, {"config.json": text_of(config)}, module.state_dict(), "config.json")
