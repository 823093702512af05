#!/usr/bin/env python3
"""Computes with Python's sentence-transformers the scores that the tests of `CrossEncoder` compare with.

    tools/reference-cross-encoder.py

Needs the package sentence-transformers; version 6.2.0 on torch 2.15 made the files that are there. For each it
writes `tiny_*.json` into datus-store/src/rerank/cross_encoder/tests: a model of some thousand weights, whole but for the
weights, which the test makes by the same rule, and the scores of some pairs, as the model says them and on its scale.
"""

import json
import pathlib
import tempfile

import sentence_transformers
import torch
from sentence_transformers import CrossEncoder
from transformers import AutoModelForSequenceClassification

from tiny_models import config, fill, rounded, shapes, tokenizer, write

OUTPUT = pathlib.Path(__file__).parent.parent / "datus-store/src/rerank/cross_encoder/tests"

QUERIES = [
    "revenue by region",
    "The QUICK fox",
    " ".join(["orders of the customer by month"] * 4),
    "",
]

# Of like and of other lengths, empty, with unknown words, and longer than the model takes with any query.
TEXTS = [
    "the revenue of a region is by month",
    "the quick brown fox",
    "fox",
    "",
    "an unknown word and the orders of customer",
    " ".join(["the", "revenue", "of", "a", "region", "and", "the", "orders", "by", "month"] * 5),
    "month",
]

IDENTITY = "torch.nn.modules.linear.Identity"

# What each model is given; without it, versions of transformers differ.
PARTS = ["input_ids", "token_type_ids", "attention_mask"]
IDS = ["input_ids", "attention_mask"]

# The keys with which versions before 4, of 4 and 5, and from 6 on say how scores are scaled.
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


def main():
    OUTPUT.mkdir(exist_ok=True)
    for name, options in MODELS.items():
        write(OUTPUT / f"tiny_{name.replace('-', '_')}.json", tiny(name, options))
    print(f"written with sentence-transformers {sentence_transformers.__version__}, torch {torch.__version__}")


main()
