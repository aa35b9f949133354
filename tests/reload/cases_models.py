"""Models: torch, transformers (made on the spot, offline), tokenizers, onnxruntime."""

from __future__ import annotations

from tests.reload.case import Case
from tests.reload.cases_arrays import library

_ONNX = """
import numpy, onnx, time
from onnx import TensorProto, helper
import onnxruntime
def made(scale):
    weights = numpy.linspace(-1, 1, 256 * 256, dtype="float32").reshape(256, 256) * scale
    tensor = helper.make_tensor("w", TensorProto.FLOAT, weights.shape, weights.tobytes(), raw=True)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Relu", ["h"], ["y"])]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 256]) for n in "xy"]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], [tensor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()
OPTIONS
session = onnxruntime.InferenceSession(made(1), options, providers=["CPUExecutionProvider"])
x = numpy.ones((64, 256), "float32")
first = session.run(None, {"x": x})[0].sum()
time.sleep(1)
print("below")
def answer(text):
    return {"first": float(first), "ms": timed(lambda: session.run(None, {"x": x}))}
"""

_TOKENIZER = """
from tokenizers import Tokenizer, models, pre_tokenizers
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "good", "bad", "film"]
raw = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
raw.pre_tokenizer = pre_tokenizers.Whitespace()
from transformers import PreTrainedTokenizerFast
tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]")
"""

_BERT = """
import torch, transformers
transformers.utils.logging.disable_progress_bar()
from transformers import BertConfig, BertForSequenceClassification
torch.manual_seed(1)
config = BertConfig(vocab_size=64, hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128)
model = BertForSequenceClassification(config).eval()
"""

CASES: list[Case] = [
    library(
        "torch: inference, warmed up",
        "torch",
        """
        import torch, time
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Linear(512, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 512)).eval()
        x = torch.randn(256, 512)
        with torch.no_grad():
            first = model(x).sum().item()
        time.sleep(1)
        print("below", torch.get_num_threads())
        def run():
            with torch.no_grad():
                return model(x)
        def answer(text):
            return {"first": round(first, 4), "now": round(run().sum().item(), 4), "threads": torch.get_num_threads(),
                    "ms": timed(run)}
        """,
        ("manual_seed(1)", "manual_seed(2)"),
        speed=True,
    ),
    library(
        "torch: convolutions",
        "torch",
        """
        import torch, time
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.BatchNorm2d(16), torch.nn.ReLU()).eval()
        x = torch.randn(4, 3, 96, 96)
        model(x)
        time.sleep(1)
        print("below")
        @torch.inference_mode()
        def run():
            return model(x)
        def answer(text):
            return {"now": round(run().sum().item(), 2), "ms": timed(run)}
        """,
        ("manual_seed(1)", "manual_seed(2)"),
        speed=True,
    ),
    library(
        "torch: trained above",
        "torch",
        """
        import torch, time
        torch.manual_seed(1)
        model = torch.nn.Linear(16, 1)
        optimizer = torch.optim.Adam(model.parameters())
        x, y = torch.randn(64, 16), torch.randn(64, 1)
        for _ in range(30):
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
        time.sleep(1)
        print("below", round(loss.item(), 5))
        def answer(text):
            optimizer.zero_grad()
            ((model(x) - y) ** 2).mean().backward()
            return {"loss": round(loss.item(), 5), "gradient": round(model.weight.grad.sum().item(), 5),
                    "random": torch.rand(2).tolist()}
        """,
        ("range(30)", "range(31)"),
    ),
    library(
        "torch: not seeded",
        "torch",
        """
        import torch, time
        torch.rand(1)
        size = 1
        time.sleep(1)
        print("below")
        def answer(text):
            return {"fresh1": torch.rand(3).tolist(), "fresh2": torch.Generator().seed(), "size": size}
        """,
        ("size = 1", "size = 2"),
    ),
    library(
        "torch: a data loader with worker processes, done",
        "torch",
        """
        import torch, time
        from torch.utils.data import DataLoader, TensorDataset
        rows = TensorDataset(torch.arange(12.0))
        batches = [batch[0].sum().item() for batch in DataLoader(rows, batch_size=4, num_workers=2)]
        time.sleep(1)
        print("below", batches)
        def answer(text):
            return {"batches": batches, "now": [b[0].sum().item() for b in DataLoader(rows, batch_size=6)]}
        """,
        ("arange(12.0)", "arange(13.0)"),
    ),
    library(
        "torch: traced, saved and loaded",
        "torch",
        """
        import torch, time
        torch.manual_seed(1)
        traced = torch.jit.trace(torch.nn.Linear(8, 2), torch.zeros(1, 8))
        torch.save({"w": torch.arange(4.0)}, "weights.pt")
        weights = torch.load("weights.pt", mmap=True)["w"]
        time.sleep(1)
        print("below")
        def answer(text):
            return {"now": traced(torch.ones(1, 8)).tolist(), "weights": weights.tolist()}
        """,
        ("arange(4.0)", "arange(5.0)"),
    ),
    library(
        "transformers: a model made on the spot",
        "transformers torch",
        "import time\n"
        + _BERT
        + """
with torch.no_grad():
    first = model(torch.arange(8)[None]).logits
time.sleep(1)
print("below")
def run():
    with torch.no_grad():
        return model(torch.arange(32)[None]).logits
def answer(text):
    return {"first": first.tolist(), "now": run().tolist(), "ms": timed(run)}
""",
        ("manual_seed(1)", "manual_seed(2)"),
        speed=True,
    ),
    library(
        "transformers: from_pretrained of a folder",
        "transformers torch",
        "import time\n"
        + _BERT
        + """
model.save_pretrained("model")
again = BertForSequenceClassification.from_pretrained("model").eval()
time.sleep(1)
print("below")
def answer(text):
    with torch.no_grad():
        return {"now": again(torch.arange(8)[None]).logits.tolist()}
""",
        ("manual_seed(1)", "manual_seed(2)"),
        about="",  # it writes into the folder that it reads: what is kept of that differs from save to save
    ),
    library(
        "transformers: a text generated, seeded",
        "transformers torch",
        """
        import torch, time
        from transformers import GPT2Config, GPT2LMHeadModel
        torch.manual_seed(1)
        sizes = {"vocab_size": 64, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64}
        config = GPT2Config(**sizes, bos_token_id=0, eos_token_id=1)
        model = GPT2LMHeadModel(config).eval()
        start = torch.tensor([[2, 3]])
        options = {"max_new_tokens": 8, "do_sample": True, "pad_token_id": 1, "attention_mask": torch.ones_like(start)}
        first = model.generate(start, **options).tolist()
        time.sleep(1)
        print("below")
        def answer(text):
            return {"first": first, "now": model.generate(start, **options).tolist()}
        """,
        ("manual_seed(1)", "manual_seed(2)"),
        asks=("a", "b"),
    ),
    library(
        "tokenizers: used above",
        "tokenizers transformers",
        "import time\n"
        + _TOKENIZER
        + """
ids = tokenizer(["a good film", "a bad film"] * 50, padding=True)["input_ids"][:2]
time.sleep(1)
print("below", ids)
def answer(text):
    return {"ids": ids, "now": tokenizer(text + " film")["input_ids"], "back": tokenizer.decode([5, 7])}
""",
        ('"bad", "film"', '"film", "bad"'),
        why="native thread|tokenizers",
    ),
    library(
        "transformers: a pipeline, warmed up",
        "transformers torch tokenizers",
        "import time\n"
        + _BERT
        + _TOKENIZER
        + """
ask = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer)
first = ask("a good film")
time.sleep(1)
print("below")
def answer(text):
    return {"first": first, "now": ask(text + " bad film"), "ms": timed(lambda: ask("a film"), 10)}
""",
        ("manual_seed(1)", "manual_seed(2)"),
        why="native thread",
        speed=True,
    ),
    library(
        "onnxruntime: a session with threads",
        "onnxruntime onnx",
        _ONNX.replace("OPTIONS", "options = onnxruntime.SessionOptions()\noptions.intra_op_num_threads = 2"),
        ("made(1)", "made(2)"),
        why="native thread",
        speed=True,
    ),
    library(
        "onnxruntime: a session without threads",
        "onnxruntime onnx",
        _ONNX.replace("OPTIONS", "options = onnxruntime.SessionOptions()\noptions.intra_op_num_threads = 1"),
        ("made(1)", "made(2)"),
        why="native thread|open for writing",  # it keeps a database in the home folder
        speed=True,
    ),
]
