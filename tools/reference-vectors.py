#!/usr/bin/env python3
"""Computes with Python's sentence-transformers the vectors that the tests of `SentenceTransformer` compare with.

    tools/reference-vectors.py target/models/all-MiniLM-L6-v2

Needs the package sentence-transformers; version 6.2.0 on torch 2.15 made the files that are there. It writes, into
datus-store/src/model/sentence_transformer/tests:

- `minilm.json`: texts and their vectors by the real model;
- `tiny_*.json`: for each family a model of some thousand weights, whole but for the weights, which the test makes by the
  same rule, and the vectors of some texts.
"""

import json
import pathlib
import sys
import tempfile
import zlib

import numpy
import sentence_transformers
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

OUTPUT = pathlib.Path(__file__).parent.parent / "datus-store/src/model/sentence_transformer/tests"

DDL = """CREATE TABLE sales.orders (
    order_id BIGINT PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES sales.customers (customer_id),
    ordered_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    status VARCHAR(16) CHECK (status IN ('open', 'paid', 'shipped', 'returned')),
    total NUMERIC(12, 2) COMMENT 'with tax, in the currency of the shop'
);"""

TEXTS = [
    "monthly revenue by region",
    "Which customers returned an order in March?",
    "a",
    "",
    "   \t\n ",
    DDL,
    "SELECT count(*) FROM sales.orders WHERE status = 'returned' GROUP BY customer_id",
    "Größe, Café, naïve, İstanbul, Ελληνικά, кириллица",
    "東京の天気は晴れです。서울의 날씨는 맑습니다",
    "👩‍👩‍👧 emoji, \u200bzero\u200bwidth and \u0301 marks",
    " ".join(f"Column {n} of the table holds measurement {n * 7 % 13} of sensor {n % 5}." for n in range(60)),
    DDL * 8,
]

# Words that are not in the vocabulary, and texts longer than the model takes, are among them.
TINY_TEXTS = [
    "the quick brown fox",
    "revenue",
    "",
    "orders of the customer by region and month",
    "An UNKNOWN word is the fox of words",
    " ".join(["the", "revenue", "of", "a", "region", "and", "the", "orders", "by", "month"] * 5),
]

WORDS = "the quick brown fox revenue orders of customer by region and month a is".split()

FAMILIES = {
    "bert": dict(type_vocab_size=2, pooling="mean", after=["normalize"]),
    "roberta": dict(type_vocab_size=1, pooling="cls", after=["normalize"]),
    "xlm-roberta": dict(type_vocab_size=1, pooling="mean", after=[], hidden_act="gelu_new"),
    "distilbert": dict(pooling="max", after=["dense", "normalize"]),
    "mpnet": dict(pooling="mean_sqrt_len_tokens", after=[]),
}

PROMPTS = {"query": "the query: ", "document": "a passage: "}


def value(name, count):
    """The weights of a tensor: the rule that tests/tiny.rs has too."""
    x = (numpy.uint64(zlib.crc32(name.encode())) + numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(0x9E3779B9))
    mask = numpy.uint64(0xFFFFFFFF)
    x &= mask
    x = ((x ^ (x >> numpy.uint64(16))) * numpy.uint64(0x85EBCA6B)) & mask
    x = ((x ^ (x >> numpy.uint64(13))) * numpy.uint64(0xC2B2AE35)) & mask
    x ^= x >> numpy.uint64(16)
    spread = x.astype(numpy.float64) / 2.0**32 - 0.5
    centre = 1.0 if name.lower().endswith("norm.weight") else 0.0
    return (centre + spread).astype(numpy.float32)


def fill(module):
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(value(name, tensor.numel()).reshape(tuple(tensor.shape))))


def tokenizer(family):
    if family in ("bert", "distilbert"):
        special = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]")
    else:
        special = dict(cls_token="<s>", pad_token="<pad>", sep_token="</s>", unk_token="<unk>")
    vocabulary = {word: number for number, word in enumerate([*special.values(), *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, special["unk_token"]))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    first, last = special["cls_token"], special["sep_token"]
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(token, vocabulary[token]) for token in (first, last)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=24, **special)


def config(family, options, words):
    common = dict(vocab_size=words.vocab_size, max_position_embeddings=40, pad_token_id=words.pad_token_id)
    if family == "distilbert":
        return AutoConfig.for_model(family, dim=12, n_layers=2, n_heads=3, hidden_dim=20, **common)
    sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20)
    return AutoConfig.for_model(family, **sizes, **common, **options)


def tiny(family, options):
    options = dict(options)
    pooling, after = options.pop("pooling"), options.pop("after")
    words = tokenizer(family)
    with tempfile.TemporaryDirectory() as folder:
        encoder = AutoModel.from_config(config(family, options, words))
        fill(encoder)
        encoder.save_pretrained(folder)
        words.save_pretrained(folder)
        modules = [Transformer(folder), Pooling(12, pooling_mode=pooling)]
        modules += [Dense(12, 8) if name == "dense" else Normalize() for name in after]
        model = SentenceTransformer(modules=modules, device="cpu", prompts=PROMPTS if family == "xlm-roberta" else None)
        dense = [module for module in modules if isinstance(module, Dense)]
        for module in dense:
            fill(module)
        model.save(folder, create_model_card=False)
        model = SentenceTransformer(folder, device="cpu")
        files = {
            str(path.relative_to(folder)): json.loads(path.read_text())
            for path in sorted(pathlib.Path(folder).rglob("*.json"))
        }
    tensors = {"model.safetensors": shapes(encoder)}
    tensors |= {f"2_Dense/model.safetensors": shapes(module) for module in dense}
    vectors = dict(document=model.encode_document(TINY_TEXTS), query=model.encode_query(TINY_TEXTS))
    return dict(files=files, tensors=tensors, texts=TINY_TEXTS, **{role: rows(found) for role, found in vectors.items()})


def shapes(module):
    return {name: list(tensor.shape) for name, tensor in module.state_dict().items() if tensor.is_floating_point()}


def rows(vectors):
    return [[float(f"{number:.7g}") for number in vector] for vector in vectors]


def write(name, content):
    # A line for each text and file, so that a difference can be read.
    lines = json.dumps(content, ensure_ascii=False)
    lines = lines.replace("], [", "],\n[").replace("}, ", "},\n")
    (OUTPUT / name).write_text(lines + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    OUTPUT.mkdir(exist_ok=True)
    model = SentenceTransformer(sys.argv[1], device="cpu")
    write("minilm.json", dict(texts=TEXTS, vectors=rows(model.encode(TEXTS))))
    for family, options in FAMILIES.items():
        write(f"tiny_{family.replace('-', '_')}.json", tiny(family, options))
    print(f"written with sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}")


main()
