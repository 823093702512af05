#!/usr/bin/env python3
"""Computes with Python's sentence-transformers the scores that the tests of `CrossEncoder` compare with.

    tools/reference-cross-encoder.py target/models/all-MiniLM-L6-v2

Needs the package sentence-transformers; the existing files were written by version 6.2.0 on torch 2.15. It writes, into
datus-store/src/rerank/cross_encoder/tests:

- `tiny_*.json`: for each family, the scores of some pairs, both raw and scaled, and a model with a few thousand weights. The
  weights are not stored, because the test computes them by the same rule;
- `minilm.json`: pairs and their scores by the real encoder with a classifier whose weights are computed by that rule.
"""

import json
import pathlib
import sys
import tempfile

import sentence_transformers
import torch
from sentence_transformers import CrossEncoder
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tiny_models import config, fill, rounded, shapes, tokenizer, write

OUTPUT = pathlib.Path(__file__).parent.parent / "datus-store/src/rerank/cross_encoder/tests"

QUERIES = [
    "revenue by region",
    "The QUICK fox",
    " ".join(["orders of the customer by month"] * 4),
    "",
]

# Texts of similar and of different lengths, empty, with unknown words, and longer than the model supports with any query.
TEXTS = [
    "the revenue of a region is by month",
    "the quick brown fox",
    "fox",
    "",
    "an unknown word and the orders of customer",
    " ".join(["the", "revenue", "of", "a", "region", "and", "the", "orders", "by", "month"] * 5),
    "month",
]

# Shorter than the limit of the model, so that the test in Rust, which is built without optimization, ends soon.
MAX_TOKENS = 128

# The last text of each is truncated.
REAL_QUERIES = [
    "Which customers returned an order in March?",
    " ".join(f"What does sensor {n} measure in the room with the number {n * 7 % 13}?" for n in range(25)),
]
REAL_TEXTS = [
    "CREATE TABLE sales.returns (order_id BIGINT, customer_id BIGINT, returned_at TIMESTAMP, reason TEXT);",
    "Bread dough rises overnight in the fridge.",
    "",
    "Größe, Café, naïve, İstanbul, Ελληνικά, кириллица, 東京の天気は晴れです",
    " ".join(f"Column {n} of the table holds measurement {n * 7 % 13} of sensor {n % 5}." for n in range(60)),
]

IDENTITY = "torch.nn.modules.linear.Identity"

# Passed to each model, because the defaults differ between versions of transformers.
PARTS = ["input_ids", "token_type_ids", "attention_mask"]
IDS = ["input_ids", "attention_mask"]

# The keys that state how scores are scaled: in versions before 4, in versions 4 and 5, and since version 6.
MODELS = {
    "bert": dict(type_vocab_size=2, inputs=PARTS, keys={"sbert_ce_default_activation_function": IDENTITY}),
    "bert-without-types": dict(family="bert", type_vocab_size=2),
    "roberta": dict(type_vocab_size=1, keys={"sentence_transformers": {"activation_fn": IDENTITY, "version": "4.1.0"}}),
    "xlm-roberta": dict(type_vocab_size=1, hidden_act="gelu_new", save=True),
    "distilbert": dict(),
    "mpnet": dict(),
}


def tiny(name, options):
    options = dict(options)
    family, inputs = options.pop("family", name), options.pop("inputs", IDS)
    keys, save = options.pop("keys", {}), options.pop("save", False)
    words = tokenizer(family, pairs=True, model_input_names=inputs)
    with tempfile.TemporaryDirectory() as folder:
        made = config(family, options, words)
        made.num_labels = 1
        model = AutoModelForSequenceClassification.from_config(made)
        fill(model)
        model.save_pretrained(folder)
        words.save_pretrained(folder)
        file = pathlib.Path(folder) / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | keys))
        encoder = CrossEncoder(folder, device="cpu")
        if save:
            encoder.save_pretrained(folder)
        files = {
            str(path.relative_to(folder)): json.loads(path.read_text())
            for path in sorted(pathlib.Path(folder).rglob("*.json"))
        }
        pairs = [[(query, text) for text in TEXTS] for query in QUERIES]
        logits = [encoder.predict(row, activation_fn=torch.nn.Identity()) for row in pairs]
        scores = [encoder.predict(row) for row in pairs]
    return dict(
        files=files,
        tensors={"model.safetensors": shapes(model)},
        queries=QUERIES,
        texts=TEXTS,
        logits=rounded(logits),
        scores=rounded(scores),
    )


def minilm(folder):
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1)
    fill(model.classifier, "classifier.")
    with tempfile.TemporaryDirectory() as made:
        model.save_pretrained(made)
        AutoTokenizer.from_pretrained(folder).save_pretrained(made)
        encoder = CrossEncoder(made, device="cpu", max_length=MAX_TOKENS)
        pairs = [[(query, text) for text in REAL_TEXTS] for query in REAL_QUERIES]
        logits = [encoder.predict(row, activation_fn=torch.nn.Identity()) for row in pairs]
    return dict(queries=REAL_QUERIES, texts=REAL_TEXTS, logits=rounded(logits))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    OUTPUT.mkdir(exist_ok=True)
    for name, options in MODELS.items():
        write(OUTPUT / f"tiny_{name.replace('-', '_')}.json", tiny(name, options))
    write(OUTPUT / "minilm.json", minilm(sys.argv[1]))
    print(f"written with sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}")


main()
