#!/usr/bin/env python3
"""Writes a BERT as ONNX graphs: `onnx/model.onnx` (fp32) and `onnx/model_quantized.onnx` (int8), in its folder.

    tools/export-onnx.py FOLDER

Needs the packages numpy, onnx, onnxruntime and safetensors; `tools/fetch-models --onnx` installs and uses them. The graph
takes `input_ids`, `attention_mask` and `token_type_ids` and returns `last_hidden_state`, like those of other exporters. Its
nodes are in the order in which ONNX Runtime recognizes attention, GELU and layer norms, and fuses each into one operation.
"""

import json
import logging
import math
import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

# The first operator set with a layer norm. ONNX Runtime 1.17, the oldest version that we load, supports it.
OPSET = 17


class Graph:
    """The nodes and constants so far. Values are identified by their names."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], {}

    def constant(self, name, value):
        self.constants.setdefault(name, numpy_helper.from_array(value, name))
        return name

    def shape(self, *dimensions):
        return self.constant("shape_" + "_".join(map(str, dimensions)), numpy.array(dimensions, numpy.int64))

    def number(self, value):
        return self.constant(f"number_{value}", numpy.array(value, numpy.float32))

    def node(self, operator, *inputs, **attributes):
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def linear(self, rows, name):
        matrix = numpy.ascontiguousarray(self.weights[f"{name}.weight"].T)
        product = self.node("MatMul", rows, self.constant(f"{name}.matrix", matrix))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def norm(self, rows, name, epsilon):
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", rows, weight, bias, axis=-1, epsilon=epsilon)

    def gelu(self, rows):
        error = self.node("Erf", self.node("Div", rows, self.number(math.sqrt(2))))
        return self.node("Mul", self.node("Mul", rows, self.node("Add", error, self.number(1.0))), self.number(0.5))


def embeddings(graph, config):
    words = graph.node("Gather", graph.weight("embeddings.word_embeddings.weight"), "input_ids")
    types = graph.node("Gather", graph.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    length = graph.node("Gather", graph.node("Shape", "input_ids"), graph.constant("one", numpy.array(1, numpy.int64)))
    end = graph.node("Unsqueeze", length, graph.shape(0))
    every = numpy.arange(config["max_position_embeddings"], dtype=numpy.int64)[None, :]
    ids = graph.node("Slice", graph.constant("positions", every), graph.shape(0), end, graph.shape(1), graph.shape(1))
    positions = graph.node("Gather", graph.weight("embeddings.position_embeddings.weight"), ids)
    total = graph.node("Add", graph.node("Add", words, types), positions)
    return graph.norm(total, "embeddings.LayerNorm", config["layer_norm_eps"])


def mask(graph):
    wide = graph.node("Unsqueeze", graph.node("Unsqueeze", "attention_mask", graph.shape(1)), graph.shape(2))
    kept = graph.node("Cast", wide, to=TensorProto.FLOAT)
    return graph.node("Mul", graph.node("Sub", graph.number(1.0), kept), graph.number(-10000.0))


def attention(graph, config, rows, bias, name):
    heads, width = config["num_attention_heads"], config["hidden_size"]

    def apart(part, order):
        split = graph.node("Reshape", graph.linear(rows, f"{name}.{part}"), graph.shape(0, 0, heads, width // heads))
        return graph.node("Transpose", split, perm=order)

    query, key = apart("query", [0, 2, 1, 3]), apart("key", [0, 2, 3, 1])
    value = apart("value", [0, 2, 1, 3])
    scores = graph.node("Div", graph.node("MatMul", query, key), graph.number(math.sqrt(width // heads)))
    shares = graph.node("Softmax", graph.node("Add", scores, bias), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.node("Reshape", mixed, graph.shape(0, 0, width))


def layer(graph, config, rows, bias, name):
    epsilon = config["layer_norm_eps"]
    mixed = attention(graph, config, rows, bias, f"{name}.attention.self")
    attended = graph.node("Add", graph.linear(mixed, f"{name}.attention.output.dense"), rows)
    attended = graph.norm(attended, f"{name}.attention.output.LayerNorm", epsilon)
    inner = graph.gelu(graph.linear(attended, f"{name}.intermediate.dense"))
    output = graph.node("Add", graph.linear(inner, f"{name}.output.dense"), attended)
    return graph.norm(output, f"{name}.output.LayerNorm", epsilon)


def model(folder):
    config = json.loads((folder / "config.json").read_text())
    if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
        sys.exit(f"{folder}/config.json: only a `bert` with `gelu` can be exported by this script")
    graph = Graph(load_file(folder / "model.safetensors"))
    rows, bias = embeddings(graph, config), mask(graph)
    for number in range(config["num_hidden_layers"]):
        rows = layer(graph, config, rows, bias, f"encoder.layer.{number}")
    graph.nodes.append(helper.make_node("Identity", [rows], ["last_hidden_state"]))

    def value(name, kind, *shape):
        return helper.make_tensor_value_info(name, kind, ["batch", "sequence", *shape])

    inputs = [value(name, TensorProto.INT64) for name in ("input_ids", "attention_mask", "token_type_ids")]
    outputs = [value("last_hidden_state", TensorProto.FLOAT, config["hidden_size"])]
    made = helper.make_graph(graph.nodes, folder.name, inputs, outputs, list(graph.constants.values()))
    # The format version that ONNX Runtime 1.17 supports.
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    (folder / "onnx").mkdir(exist_ok=True)
    whole, quantised = folder / "onnx/model.onnx", folder / "onnx/model_quantized.onnx"
    onnx.save(model(folder), whole)
    onnx.checker.check_model(whole)
    logging.disable(logging.WARNING)  # It recommends a preprocessing step that matters only for images.
    # Seven bits per weight, and a scale for each column: on AVX2 without VNNI, 8-bit products overflow.
    quantize_dynamic(whole, quantised, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


main()
