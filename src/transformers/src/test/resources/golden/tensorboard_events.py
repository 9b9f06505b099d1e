"""An event file by TensorBoard's own writer. Run: python3 tensorboard_events.py > tensorboard_events.json"""

import io
import json

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def scalars(wall_time, step, values):
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
    return Event(wall_time=wall_time, step=step, summary=summary)


file = io.BytesIO()
writer = RecordWriter(file)
for event in (
    Event(wall_time=1764367200.25, file_version="brain.Event:2"),
    scalars(1764367201.5, 1, {"loss/train": 1.9171853, "learning_rate/adapters": 0.0013}),
    scalars(1764367202.75, 300, {"eval/macro-f1": 0.7853981, "eval/größe": -2.5e-7}),
):
    writer.write(event.SerializeToString())
print(json.dumps({"file": file.getvalue().hex()}, indent=1))
