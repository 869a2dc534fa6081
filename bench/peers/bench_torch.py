"""Times PURe in PyTorch, beside puregalaxy's engines.

Alone, it measures every piece of work in both layouts and prints JSON:

    python3 bench_torch.py [--threads 2] [--rounds 3] [--seconds 4]

With --serve it takes one request a line on stdin and answers with one line of JSON each, so that bench/main.ts can let
the peers take turns: {"work": "train-pure20", "layout": "nchw", "seconds": 4} gives {"images": 64, "seconds": [...]},
{"work": {"network": "pure34", "size": 256, "batch": 64, "training": true, "device": "cuda", "precision": "bfloat16",
"compiled": true, "steps": 10}, "layout": "channels-last", "seconds": 4} the same of work described on the spot, with "memory", the
most bytes that PyTorch took on the GPU; and {"weights": FILE, "network": "pure20", "size": 32, "count": 4} gives {"logits": [...]} of seeded pictures.
"""

import argparse
import json
import statistics
import sys
import time

import torch
from torch.nn import functional as F

from pure_torch import Network, decaying, load_weights

WORKS = {
    "train-pure20": {"network": "pure20", "size": 32, "batch": 64, "training": True},
    "train-pure34": {"network": "pure34", "size": 128, "batch": 16, "training": True},
    "infer-pure34-1": {"network": "pure34", "size": 256, "batch": 1, "training": False},
    "infer-pure34-16": {"network": "pure34", "size": 256, "batch": 16, "training": False},
}
LAYOUTS = {"nchw": torch.contiguous_format, "channels-last": torch.channels_last}
WARM_UP = 2
FEWEST = 3


def pictures_of(count, size):
    """Seeded pictures that any language can make: byte i is the upper byte of (i + 1) * 2654435761 mod 2^32."""
    index = torch.arange(1, count * size * size * 3 + 1, dtype=torch.int64)
    return ((index * 2654435761 % 2**32) >> 24).to(torch.uint8).reshape(count, size, size, 3)


class Work:
    """One piece of work, ready to be repeated; pictures come as uint8 NHWC, as they do to puregalaxy."""

    def __init__(
        self,
        network,
        size,
        batch,
        training,
        layout,
        device="cpu",
        precision="float32",
        compiled=False,
        steps=1,
    ):
        torch.manual_seed(1)
        self.layout = LAYOUTS[layout]
        self.batch = batch
        self.steps = steps
        self.device = device
        # In bfloat16 convolutions round their operands; logarithm, exponential and loss stay in float32.
        self.rounding = torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bfloat16")
        self.model = Network(network).to(device, memory_format=self.layout)
        self.forward = torch.compile(self.model) if compiled else self.model
        self.pictures = pictures_of(batch, size).to(device)
        self.labels = (torch.arange(batch) % 10).to(device)
        if training:
            decay, rest = decaying(self.model)
            groups = [{"params": decay, "weight_decay": 1e-3}, {"params": rest, "weight_decay": 0}]
            self.optimiser = torch.optim.SGD(groups, lr=0.01, momentum=0.9)
            self.once = self.train
        else:
            self.model.eval()
            self.once = self.infer

    def images(self):
        images = self.pictures.permute(0, 3, 1, 2).to(torch.float32, memory_format=self.layout)
        return images.mul_(1 / (255 * 0.25)).sub_(2)

    def train(self):
        """`steps` steps; nothing is read from the device before the last."""
        return torch.stack([self.step() for _ in range(self.steps)]).tolist()

    def step(self):
        self.optimiser.zero_grad(set_to_none=True)
        with self.rounding:
            logits = self.forward(self.images())
        loss = F.cross_entropy(logits.float(), self.labels)
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    @torch.inference_mode()
    def infer(self):
        with self.rounding:
            return self.forward(self.images())[0, 0].item()

    def measure(self, seconds):
        """Times of repetitions for about `seconds`, at least three."""
        times = []
        start = time.perf_counter()
        while len(times) < FEWEST or time.perf_counter() - start < seconds:
            before = time.perf_counter()
            self.once()
            times.append(time.perf_counter() - before)
        return times


_works = {}


def work_of(name, layout):
    if (name, layout) not in _works:
        _works[name, layout] = warmed_up(WORKS[name], layout)
    return _works[name, layout]


def warmed_up(described, layout):
    work = Work(**described, layout=layout)
    for _ in range(WARM_UP):
        work.once()
    return work


@torch.inference_mode()
def logits_of(weights, network, size, count):
    model = Network(network)
    load_weights(model, weights)
    model.eval()
    images = pictures_of(count, size).permute(0, 3, 1, 2).float().mul(1 / (255 * 0.25)).sub(2)
    return model(images).flatten().tolist()


def answer(request):
    if "weights" in request:
        return {"logits": logits_of(**request)}
    if isinstance(request["work"], dict):
        # Described work is measured once and forgotten: several of them would not fit on a GPU side by side.
        work = warmed_up(request["work"], request["layout"])
    else:
        work = work_of(request["work"], request["layout"])
    times = {"images": work.batch, "seconds": work.measure(request["seconds"])}
    if work.device == "cuda":
        times["memory"] = torch.cuda.max_memory_allocated()
    return times


def serve():
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def measure_all(rounds, seconds):
    times = {(name, layout): [] for name in WORKS for layout in LAYOUTS}
    for _ in range(rounds):
        for name, layout in times:
            times[name, layout] += work_of(name, layout).measure(seconds)
    rows = []
    for (name, layout), measured in times.items():
        batch = WORKS[name]["batch"]
        lower, median, upper = statistics.quantiles(measured, n=4)
        rows.append(
            {
                "work": name,
                "layout": layout,
                "runs": len(measured),
                "imagesPerSecond": {
                    "median": batch / median,
                    "quartiles": [batch / upper, batch / lower],
                },
            }
        )
    return {"torch": torch.__version__, "threads": torch.get_num_threads(), "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--serve", action="store_true", help="answer requests on stdin")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.serve:
        serve()
    else:
        print(json.dumps(measure_all(options.rounds, options.seconds), indent=2))


if __name__ == "__main__":
    main()
