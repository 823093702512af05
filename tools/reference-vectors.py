#!/usr/bin/env python3
"""Computes with Python's sentence-transformers the vectors that the tests of `SentenceTransformer` compare with.

    tools/reference-vectors.py target/models/all-MiniLM-L6-v2

Needs the package sentence-transformers; the existing files were written by version 6.2.0 on torch 2.15. It writes, into
datus-store/src/model/sentence_transformer/tests:

- `minilm.json`: texts and their vectors by the real model;
- `tiny_*.json`: for each family, the vectors of some texts, and a model with a few thousand weights. The weights are not
  stored, because the test computes them by the same rule.
"""

import json
import pathlib
import sys
import tempfile

import sentence_transformers
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import AutoModel

from tiny_models import config, fill, rounded, shapes, tokenizer, write

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

# They include words that are not in the vocabulary, and texts longer than the model supports.
TINY_TEXTS = [
    "the quick brown fox",
    "revenue",
    "",
    "orders of the customer by region and month",
    "An UNKNOWN word is the fox of words",
    " ".join(["the", "revenue", "of", "a", "region", "and", "the", "orders", "by", "month"] * 5),
]

FAMILIES = {
    "bert": dict(type_vocab_size=2, pooling="mean", after=["normalize"]),
    "roberta": dict(type_vocab_size=1, pooling="cls", after=["normalize"]),
    "xlm-roberta": dict(type_vocab_size=1, pooling="mean", after=[], hidden_act="gelu_new"),
    "distilbert": dict(pooling="max", after=["dense", "normalize"]),
    "mpnet": dict(pooling="mean_sqrt_len_tokens", after=[]),
}

PROMPTS = {"query": "the query: ", "document": "a passage: "}


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
    return dict(files=files, tensors=tensors, texts=TINY_TEXTS, **{role: rounded(found) for role, found in vectors.items()})


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    OUTPUT.mkdir(exist_ok=True)
    model = SentenceTransformer(sys.argv[1], device="cpu")
    write(OUTPUT / "minilm.json", dict(texts=TEXTS, vectors=rounded(model.encode(TEXTS))))
    for family, options in FAMILIES.items():
        write(OUTPUT / f"tiny_{family.replace('-', '_')}.json", tiny(family, options))
    print(f"written with sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}")


main()
