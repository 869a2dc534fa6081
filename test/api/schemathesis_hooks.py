"""What schemathesis cannot know from /openapi.json: what a picture is, what a catalogue is, and how rows come in lines."""

import csv
import io
import json
import os
from base64 import b64encode
from itertools import count
from pathlib import Path

import schemathesis
from hypothesis import strategies as st

PICTURES = {path.suffix[1:]: path.read_bytes() for path in Path(os.environ["PICTURES"]).iterdir()}

for name, picture in PICTURES.items():
    schemathesis.openapi.media_type(f"image/{name}", st.just(picture))
schemathesis.openapi.format("byte", st.sampled_from([b64encode(picture).decode() for picture in PICTURES.values()]))
schemathesis.openapi.media_type("application/octet-stream", st.sampled_from(list(PICTURES.values())))

IDENTIFIERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=256).filter(
    lambda text: text.strip() == text
)
POSITIONS = st.tuples(IDENTIFIERS, st.floats(0, 360), st.floats(-90, 90))


def catalogue(positions):
    text = io.StringIO()
    csv.writer(text).writerows([("id", "ra", "dec"), *positions])
    return text.getvalue().encode()


schemathesis.openapi.media_type("text/csv", st.lists(POSITIONS, min_size=1, max_size=5).map(catalogue))


@schemathesis.serializer("application/x-ndjson")
def one_row(context, value):
    return json.dumps(value).encode() + b"\n"


# What every row says where there is none to look at: a job has no results yet, or none from that row on.
NO_ROW = dict.fromkeys(("ra", "dec", "class", "confidence", "entropy", "set", "error"))
NO_ROW |= dict.fromkeys(("id", "model", "model_version"), "")


@schemathesis.deserializer("application/x-ndjson")
def first_row(context, response):
    return json.loads(response.content.split(b"\n")[0]) if response.content else NO_ROW


NUMBERS = count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """The same key with other rows is refused, and rightly: each job that should be taken has a key of its own."""
    key = (case.headers or {}).get("Idempotency-Key")
    if key is not None and case.meta.generation.mode.is_positive:
        case.headers["Idempotency-Key"] = f"{key[:200]}-{next(NUMBERS)}"
