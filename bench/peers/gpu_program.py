"""What XLA makes of a StableHLO program for an NVIDIA H100, on a machine without a GPU.

    python3 gpu_program.py PROGRAM.mlir [PROGRAM.mlir ...]

Wants `pip install "jax[cuda13]==0.10.2"` (3 GB). Prints a line of JSON for each program: its instructions that compute, the
bytes of their operands and results, and its convolutions, by cuDNN's name and by the types of operands and result.
"""

import json
import os
import re
import sys
from collections import Counter
from math import prod

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# Without the device kernels cannot be tried against each other.
os.environ["XLA_FLAGS"] = "--xla_gpu_autotune_level=0"

from jax._src import compiler
from jax._src.interpreters import mlir
from jax.experimental import topologies
from jaxlib import _jax
from jaxlib.mlir import ir

H100 = """
gpu_device_info {
  threads_per_block_limit: 1024
  threads_per_warp: 32
  shared_memory_per_block: 49152
  shared_memory_per_core: 233472
  threads_per_core_limit: 2048
  core_count: 132
  fpus_per_core: 128
  block_dim_limit_x: 2147483647
  block_dim_limit_y: 65535
  block_dim_limit_z: 65535
  memory_bandwidth: 3352320000000
  l2_cache_size: 52428800
  clock_rate_ghz: 1.98
  device_memory_size: 84929347584
  shared_memory_per_block_optin: 232448
  cuda_compute_capability { major: 9 }
  registers_per_core_limit: 65536
  registers_per_block_limit: 65536
}
platform_name: "CUDA"
dnn_version_info { major: 9 minor: 10 }
runtime_version { major: 13 }
device_description_str: "NVIDIA H100 80GB HBM3"
"""

WIDTHS = {"pred": 1, "s8": 1, "u8": 1, "bf16": 2, "f16": 2, "s32": 4, "u32": 4, "f32": 4, "s64": 8, "u64": 8, "f64": 8}
# What stands in a program and moves nothing.
NOT_COMPUTED = {"parameter", "get-tuple-element", "tuple", "constant", "bitcast"}
INSTRUCTION = re.compile(r"^\s*(?:ROOT )?(%[\w.\-]+) = (\([^=]*?\)|\S+) ([\w\-]+)\((.*)$", re.M)


def bytes_of(shape):
    """Of `f32[64,3]{1,0}`, or of a tuple of such."""
    found = re.findall(r"(\w+)\[([\d,]*)\]", shape)
    return sum(WIDTHS[kind] * prod(int(side) for side in sides.split(",") if side) for kind, sides in found)


def optimised(path, device):
    """The program as XLA runs it, in its own notation."""
    with mlir.make_ir_context(), open(path) as file:
        module = ir.Module.parse(file.read())
        options = compiler.get_compile_options(num_replicas=1, num_partitions=1)
        executable = device.client.compile(module, _jax.DeviceList((device,)), options)
    return executable.hlo_modules()[0].to_string()


def figures(text):
    # XLA counts the parts of long tuples in comments, whose equals signs would be taken for the instruction's.
    entry = re.sub(r"/\*index=\d+\*/", "", text[text.index("\nENTRY") :])
    instructions = INSTRUCTION.findall(entry)
    written = len(re.findall(r"^ +(?:ROOT )?%", entry, re.M))
    if len(instructions) != written:
        raise ValueError(f"{len(instructions)} of {written} instructions were understood")
    shapes = {name: shape for name, shape, _, _ in instructions}
    computed, traffic, convolutions = 0, 0, Counter()
    for _, result, operation, rest in instructions:
        if operation in NOT_COMPUTED:
            continue
        operands = [shapes[name] for name in re.findall(r"%[\w.\-]+", rest.split("), ")[0])]
        computed += 1
        traffic += bytes_of(result) + sum(map(bytes_of, operands))
        convolution = re.search(r'custom_call_target="__cudnn\$(\w+)"', rest)
        if convolution:
            types = [re.match(r"\(?(\w+)", shape).group(1) for shape in (*operands[:2], result)]
            convolutions[f"{convolution.group(1)} {types[0]}, {types[1]} -> {types[2]}"] += 1
    return {"instructions": computed, "bytes": traffic, "convolutions": dict(convolutions)}


def main():
    topology = topologies.get_topology_desc("1x1x1", platform="cuda", target_config=H100, topology="1x1x1")
    for path in sys.argv[1:]:
        print(json.dumps(figures(optimised(path, topology.devices[0]))), flush=True)


main()
