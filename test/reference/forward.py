"""Writes forward.json beside it: what PyTorch computes for small PURe and ResNet networks, and for a resampled picture.

Run with PyTorch (2.13 wrote the file): python test/reference/forward.py

Parameters come from a formula that the tests repeat, so that no weights need storing: value i (row-major, kernels as
[height, width, in, out]) of the parameter at position k is a sine of i and k, scaled and shifted by kind.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

BLOCKS = {20: [3, 3, 3], 50: [3, 4, 6, 3], 18: [2, 2, 2, 2]}


def wave(shape, k):
    count = 1
    for side in shape:
        count *= side
    i = torch.arange(count)
    return torch.sin(0.7 * i + 1.3 * k + 0.05 * (i % 17) ** 2).reshape(shape)


class Net:
    """The forward pass, drawing parameters in order as it meets them."""

    def __init__(self, family, depth, width, shortcut, final_relu):
        self.family, self.depth, self.width, self.shortcut = family, depth, width, shortcut
        self.final_relu = final_relu or family == "resnet"
        self.parameters = []

    def take(self, kind, shape):
        k = self.position
        self.position += 1
        if k == len(self.parameters):
            base = wave(shape, k)
            if kind == "kernel":
                value = base * (2 / (shape[0] * shape[1] * shape[3])) ** 0.5
            elif kind == "exponents":
                value = base * (1 / (27 * shape[2])) ** 0.5
            elif kind == "gamma":
                value = 1 + 0.2 * base
            elif kind == "weight":
                value = base * shape[0] ** -0.5
            else:  # beta, theta, bias
                value = 0.3 * base
            self.parameters.append(value.requires_grad_())
        return self.parameters[k]

    def convolution(self, x, kernel, out, stride, kind="kernel"):
        w = self.take(kind, [kernel, kernel, x.shape[1], out])
        return F.conv2d(x, w.permute(3, 2, 0, 1), stride=stride, padding=(kernel - 1) // 2)

    def norm(self, x):
        c = x.shape[1]
        gamma, beta = self.take("gamma", [c]), self.take("beta", [c])
        if self.training:
            return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5)
        k = self.statistic
        self.statistic += 1
        mean, variance = 0.2 * wave([c], k), 0.8 + 0.3 * wave([c], k + 0.5)
        return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=1e-5)

    def product(self, x, out, stride):
        if self.family == "resnet":
            return self.convolution(x, 3, out, stride)
        w = self.take("exponents", [3, 3, x.shape[1], out])
        floor = F.softplus(self.take("theta", [])) + 1e-7
        logarithm = torch.log(torch.where(x >= floor, x, floor))
        return torch.exp(F.conv2d(logarithm, w.permute(3, 2, 0, 1), stride=stride, padding=1))

    def relu(self, x):
        return F.relu(x) if self.family == "resnet" else x

    def block(self, x, inside, stride, bottleneck):
        out = inside * 4 if bottleneck else inside
        if bottleneck:
            y = self.relu(self.norm(self.convolution(x, 1, inside, 1)))
            y = self.relu(self.norm(self.product(y, inside, stride)))
            y = self.norm(self.convolution(y, 1, out, 1))
        else:
            y = self.relu(self.norm(self.convolution(x, 3, inside, stride)))
            y = self.norm(self.product(y, inside, 1))
        if stride != 1 or x.shape[1] != out:
            if self.shortcut == "A":
                lacking = out - x.shape[1]
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, lacking // 2, lacking - lacking // 2))
            else:
                x = self.norm(self.convolution(x, 1, out, stride))
        y = y + x
        return F.relu(y) if self.final_relu else y

    def forward(self, x, training):
        self.training, self.position, self.statistic = training, 0, 0
        blocks = BLOCKS[self.depth]
        cifar = len(blocks) == 3
        channels = [16, 32, 64] if cifar else [64, 128, 256, 512]
        channels = [max(1, round(c * self.width)) for c in channels]
        x = self.relu(self.norm(self.convolution(x, 3 if cifar else 7, channels[0], 1 if cifar else 2)))
        if not cifar:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage, count in enumerate(blocks):
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                x = self.block(x, channels[stage], stride, not cifar and self.depth >= 50)
        x = x.mean((2, 3))
        weight = self.take("weight", [x.shape[1], 10])
        return x @ weight + self.take("bias", [10])


def reference(family, depth, width=1.0, shortcut="B", final_relu=False, size=(3, 17, 14)):
    net = Net(family, depth, width, shortcut, final_relu)
    n, h, w = size
    images = wave([n, h, w, 3], 0.25).permute(0, 3, 1, 2) * 1.5
    training = net.forward(images, True)
    (training * wave([n, 10], 0.75)).sum().backward()
    gradients = [(p.grad * wave(list(p.shape), 0.125)).sum().item() for p in net.parameters]
    norms = [p.grad.norm().item() for p in net.parameters]
    with torch.no_grad():
        inference = net.forward(images, False)
    return {
        "config": {
            "architecture": f"{family}{depth}",
            "width": width,
            "shortcut": shortcut,
            "finalReLU": final_relu,
        },
        "size": list(size),
        "training": training.flatten().tolist(),
        "inference": inference.flatten().tolist(),
        "gradientProjections": gradients,
        "gradientNorms": norms,
    }


def resampled(height, width, out_height, out_width):
    picture = torch.floor(128 + 120 * wave([height, width, 3], 2))
    out = F.interpolate(
        picture.permute(2, 0, 1)[None], (out_height, out_width), mode="bilinear", antialias=True, align_corners=False
    )
    return {
        "from": [height, width],
        "to": [out_height, out_width],
        "values": out[0].permute(1, 2, 0).flatten().tolist(),
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


networks = [
    reference("pure", 20, width=0.5),
    reference("pure", 20, width=0.5, shortcut="A", final_relu=True),
    reference("resnet", 20, width=0.5),
    reference("resnet", 20, width=0.25, shortcut="A"),
    reference("pure", 18, width=0.125, size=(2, 37, 40)),
    reference("pure", 50, width=0.0625, size=(2, 65, 70)),
    reference("resnet", 50, width=0.0625, size=(2, 65, 70)),
]
resamplings = [resampled(12, 10, 5, 7), resampled(6, 9, 11, 9), resampled(8, 8, 3, 20)]
document = {"torch": torch.__version__, "networks": networks, "resamplings": resamplings}
Path(__file__).with_name("forward.json").write_text(json.dumps(rounded(document)) + "\n")
