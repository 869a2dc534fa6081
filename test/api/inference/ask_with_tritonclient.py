"""Asks a server of the Open Inference Protocol with Triton's client, and prints what came back as JSON.

Arguments: host:port, name and version of the model, then pictures `<name>-<height>x<width>.png`, the first two of one size. Beside
each lies `<name>-<height>x<width>.rgb` with its pixels.
"""

import json
import re
import sys
from pathlib import Path

import numpy
import tritonclient.http as triton

server, model, version, *paths = sys.argv[1:]
client = triton.InferenceServerClient(server)


def infer(tensor, datatype, binary_input, outputs, model_version="", **options):
    wanted = triton.InferInput("pictures", tensor.shape, datatype)
    wanted.set_data_from_numpy(tensor, binary_data=binary_input)
    result = client.infer(model, [wanted], model_version=model_version, outputs=outputs, **options)
    probabilities = result.as_numpy("probabilities")
    classes = result.as_numpy("class")
    return {
        "id": result.get_response().get("id"),
        "dtype": str(probabilities.dtype),
        "shape": probabilities.shape,
        "probabilities": probabilities.tolist(),
        "classes": [name.decode() if isinstance(name, bytes) else name for name in classes.tolist()],
    }


def outputs(binary):
    return [
        triton.InferRequestedOutput("probabilities", binary_data=binary),
        triton.InferRequestedOutput("class", binary_data=binary),
    ]


pixels = []
for path in map(Path, paths):
    height, width = map(int, re.search(r"-(\d+)x(\d+)$", path.stem).groups())
    pixels.append(numpy.fromfile(path.with_suffix(".rgb"), numpy.uint8).reshape(height, width, 3))
same_size = numpy.stack(pixels[:2])
files = numpy.array([Path(path).read_bytes() for path in paths], dtype=object)

try:
    infer(same_size[..., :2].copy(), "UINT8", True, None)
    error = None
except triton.InferenceServerException as refused:
    error = [refused.status(), refused.message()]

print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready() and client.is_model_ready(model, version),
            "unknown_ready": client.is_model_ready("none"),
            "extensions": client.get_server_metadata()["extensions"],
            "metadata": client.get_model_metadata(model, version),
            "json": infer(same_size, "UINT8", False, outputs(False), request_id="in JSON"),
            "binary": infer(same_size, "UINT8", True, outputs(True), version, request_id="binary"),
            "mixed": infer(same_size, "UINT8", True, outputs(False)),
            "default": infer(same_size, "UINT8", True, None),
            "other_size": infer(pixels[2][None], "UINT8", True, None),
            "files": infer(files, "BYTES", True, None),
            "error": error,
        }
    )
)
