"""What schemathesis cannot know from /openapi.json: what a picture is, and how rows come in lines."""

import json
import os
from base64 import b64encode
from pathlib import Path

import schemathesis
from hypothesis import strategies as st

PICTURES = {path.suffix[1:]: path.read_bytes() for path in Path(os.environ["PICTURES"]).iterdir()}

for name, picture in PICTURES.items():
    schemathesis.openapi.media_type(f"image/{name}", st.just(picture))
schemathesis.openapi.format("byte", st.sampled_from([b64encode(picture).decode() for picture in PICTURES.values()]))
schemathesis.openapi.media_type("application/octet-stream", st.sampled_from(list(PICTURES.values())))


@schemathesis.deserializer("application/x-ndjson")
def first_row(context, response):
    return json.loads(response.content.split(b"\n")[0])
