"""PURe and its ResNet twins in PyTorch: the peer that bench/ measures against and compares numbers with.

Parameters and running statistics have the names that src/model gives them, so that weights pass from one to the other
(`load_weights`). Run as a script it counts the parameters of every network:

    python3 pure_torch.py
"""

import json
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

IMAGENET_STAGES = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}
CIFAR_DEPTHS = (20, 32, 44, 56, 110, 272)
EXPANSION = 4


class Convolution(nn.Module):
    """Convolution without bias, padded with zeros by half the kernel."""

    def __init__(self, size, stride, channels_in, channels_out):
        super().__init__()
        self.stride = stride
        self.kernel = nn.Parameter(torch.empty(channels_out, channels_in, size, size))
        nn.init.kaiming_normal_(self.kernel, mode="fan_out")

    def forward(self, x):
        return F.conv2d(x, self.kernel, stride=self.stride, padding=self.kernel.shape[-1] // 2)


class ProductUnit(nn.Module):
    """y = exp(conv(log(max(x, softplus(theta) + 1e-7)))), 3x3; zeros beyond the border are the factor 1."""

    def __init__(self, stride, channels_in, channels_out):
        super().__init__()
        self.stride = stride
        self.exponents = nn.Parameter(torch.empty(channels_out, channels_in, 3, 3))
        self.theta = nn.Parameter(torch.zeros(()))
        nn.init.normal_(self.exponents, std=(27 * channels_in) ** -0.5)

    def forward(self, x):
        floor = F.softplus(self.theta) + 1e-7
        return torch.exp(F.conv2d(torch.log(torch.maximum(x, floor)), self.exponents, stride=self.stride, padding=1))


class Subsample(nn.Module):
    """Shortcut A: every second row and column, new channels zero."""

    def __init__(self, stride, channels_in, channels_out):
        super().__init__()
        self.stride = stride
        self.added = channels_out - channels_in

    def forward(self, x):
        before = self.added // 2
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.added - before))


def unit(operation, channels, relu, product=False):
    """A convolution or product unit with its batch normalisation and, where asked for, ReLU."""
    layers = nn.Sequential()
    layers.add_module("product" if product else "convolution", operation)
    layers.add_module("norm", nn.BatchNorm2d(channels))
    if relu:
        layers.add_module("relu", nn.ReLU())
    return layers


class Block(nn.Module):
    def __init__(self, channels_in, inside, stride, bottleneck, resnet, shortcut, final_relu):
        super().__init__()
        channels_out = inside * EXPANSION if bottleneck else inside
        size, first_stride, second_stride = (1, 1, stride) if bottleneck else (3, stride, 1)
        self.first = unit(Convolution(size, first_stride, channels_in, inside), inside, resnet)
        second = (
            Convolution(3, second_stride, inside, inside) if resnet else ProductUnit(second_stride, inside, inside)
        )
        self.second = unit(second, inside, resnet and bottleneck, product=not resnet)
        self.third = unit(Convolution(1, 1, inside, channels_out), channels_out, False) if bottleneck else None
        if stride == 1 and channels_in == channels_out:
            self.shortcut = None
        elif shortcut == "A":
            self.shortcut = Subsample(stride, channels_in, channels_out)
        else:
            self.shortcut = unit(Convolution(1, stride, channels_in, channels_out), channels_out, False)
        self.final_relu = final_relu

    def forward(self, x):
        y = self.second(self.first(x))
        if self.third is not None:
            y = self.third(y)
        y = y + (x if self.shortcut is None else self.shortcut(x))
        return F.relu(y) if self.final_relu else y


class Network(nn.Module):
    """`name` is pure or resnet with a depth: 18, 34, 50, 101, 152 (ImageNet), or 20, 32, 44, 56, 110, 272 (CIFAR)."""

    def __init__(self, name, classes=10, shortcut="B", stem=None, final_relu=False):
        super().__init__()
        family = name.rstrip("0123456789")
        depth = int(name[len(family) :])
        if family not in ("pure", "resnet") or depth not in (*IMAGENET_STAGES, *CIFAR_DEPTHS):
            raise ValueError(f"no network {name}")
        resnet = family == "resnet"
        cifar = depth in CIFAR_DEPTHS
        stages = [(depth - 2) // 6] * 3 if cifar else IMAGENET_STAGES[depth]
        bottleneck = not cifar and depth >= 50
        width = 16 if cifar else 64
        large_stem = (stem or ("cifar" if cifar else "imagenet")) == "imagenet"
        self.stem = unit(Convolution(*((7, 2) if large_stem else (3, 1)), 3, width), width, resnet)
        if large_stem:
            self.stem.add_module("pool", nn.MaxPool2d(3, 2, padding=1))
        channels = width
        for stage, count in enumerate(stages):
            inside = width << stage
            blocks = nn.Module()
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                block = Block(channels, inside, stride, bottleneck, resnet, shortcut, resnet or final_relu)
                blocks.add_module(f"block{index + 1}", block)
                channels = inside * EXPANSION if bottleneck else inside
            self.add_module(f"stage{stage + 1}", blocks)
        self.stages = len(stages)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.stem(x)
        for stage in range(1, self.stages + 1):
            for block in getattr(self, f"stage{stage}").children():
                x = block(x)
        return self.classifier(x.mean((2, 3)))


def decaying(model):
    """Parameters on which weight decay acts (kernels, exponents, the classifier's weight), and the others."""
    decay = [p for p in model.parameters() if p.dim() > 1]
    return decay, [p for p in model.parameters() if p.dim() <= 1]


TORCH_NAMES = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}


def load_weights(model, path):
    """Fills a network with the float32 tensors of a puregalaxy weights file, turned to PyTorch's order of axes."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        values = bytearray(file.read())
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}; F32 was expected")
        start, end = entry["data_offsets"]
        tensor = torch.frombuffer(values[start:end], dtype=torch.float32).reshape(entry["shape"])
        if tensor.dim() == 4:
            tensor = tensor.permute(3, 2, 0, 1)
        elif tensor.dim() == 2:
            tensor = tensor.T
        stem, _, kind = name.rpartition(".")
        state[f"{stem}.{TORCH_NAMES.get(kind, kind)}"] = tensor.contiguous()
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"{path}: missing {missing}, unexpected {unexpected}")


def count_parameters(model):
    return sum(p.numel() for p in model.parameters())


# Of the project's facts: trainable parameters with ten classes (shortcut B), and with shortcut A.
EXPECTED = {
    "pure18": 11_181_650,
    "pure34": 21_289_818,
    "pure50": 23_528_538,
    "pure101": 42_520_683,
    "pure152": 58_164_348,
    "pure20": 272_483,
    "pure32": 466_921,
    "pure44": 661_359,
    "pure56": 855_797,
    "pure110": 1_730_768,
    "pure272": 4_355_681,
}
EXPECTED_A = {
    "pure20": 269_731,
    "pure32": 464_169,
    "pure44": 658_607,
    "pure56": 853_045,
    "pure110": 1_728_016,
    "pure272": 4_352_929,
}


def check_counts():
    wrong = 0
    for shortcut, expected in (("B", EXPECTED), ("A", EXPECTED_A)):
        for name, count in expected.items():
            with torch.device("meta"):
                model = Network(name, shortcut=shortcut)
                twin = Network(name.replace("pure", "resnet"), shortcut=shortcut)
            units = sum(isinstance(module, ProductUnit) for module in model.modules())
            found = count_parameters(model)
            agrees = found == count and count_parameters(twin) == count - units
            wrong += not agrees
            print(f"{name:8} {shortcut} {found:>11,} {units:>4} product units  {'ok' if agrees else f'EXPECTED {count:,}'}")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if check_counts() else 0)
