"""Models with a few thousand weights, which the scripts in this folder and the tests in Rust build by the same rule."""

import json
import zlib

import numpy
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, PreTrainedTokenizerFast

WORDS = "the quick brown fox revenue orders of customer by region and month a is".split()


def value(name, count):
    """The weights of a tensor: the rule that tests/tiny.rs of the sentence transformer also uses."""
    x = (numpy.uint64(zlib.crc32(name.encode())) + numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(0x9E3779B9))
    mask = numpy.uint64(0xFFFFFFFF)
    x &= mask
    x = ((x ^ (x >> numpy.uint64(16))) * numpy.uint64(0x85EBCA6B)) & mask
    x = ((x ^ (x >> numpy.uint64(13))) * numpy.uint64(0xC2B2AE35)) & mask
    x ^= x >> numpy.uint64(16)
    spread = x.astype(numpy.float64) / 2.0**32 - 0.5
    centre = 1.0 if name.lower().endswith("norm.weight") else 0.0
    return (centre + spread).astype(numpy.float32)


def fill(module, inside=""):
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(value(inside + name, tensor.numel()).reshape(tuple(tensor.shape))))


def tokenizer(family, pairs=False, **options):
    if family in ("bert", "distilbert"):
        special = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]")
    else:
        special = dict(cls_token="<s>", pad_token="<pad>", sep_token="</s>", unk_token="<unk>")
    vocabulary = {word: number for number, word in enumerate([*special.values(), *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, special["unk_token"]))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    first, last = special["cls_token"], special["sep_token"]
    both = f"{first} $A {last} {last} $B {last}"
    if family in ("bert", "distilbert"):
        both = f"{first} $A {last} $B:1 {last}:1"
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=both if pairs else None,
        special_tokens=[(token, vocabulary[token]) for token in (first, last)],
    )
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=24, **special, **options)


def config(family, options, words):
    common = dict(vocab_size=words.vocab_size, max_position_embeddings=40, pad_token_id=words.pad_token_id)
    if family == "distilbert":
        return AutoConfig.for_model(family, dim=12, n_layers=2, n_heads=3, hidden_dim=20, **common)
    sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20)
    return AutoConfig.for_model(family, **sizes, **common, **options)


def shapes(module):
    return {name: list(tensor.shape) for name, tensor in module.state_dict().items() if tensor.is_floating_point()}


def rounded(vectors):
    return [[float(f"{number:.7g}") for number in vector] for vector in vectors]


def write(file, content):
    # A line for each text and file, so that a diff is readable.
    lines = json.dumps(content, ensure_ascii=False)
    lines = lines.replace("], [", "],\n[").replace("}, ", "},\n")
    file.write_text(lines + "\n")
