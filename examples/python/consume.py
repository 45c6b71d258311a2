"""Prints every result of Bonafide, from the first on; started again, it goes on where it was.

    pip install nats-py
    NATS_URL=nats://127.0.0.1:4222 python consume.py
"""

import asyncio
import json
import os
import sys

import nats
from nats.errors import TimeoutError as NothingNew
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

DECIDED = "io.bonafide.verification.decided.v1"


def handle(headers: dict, body: bytes) -> None:
    """The attributes of the CloudEvent are in the ce- headers, its data is the body."""
    kind, verification = headers["ce-type"], headers["ce-subject"]
    data = json.loads(body)
    if kind == DECIDED:
        decision = data["decision"]
        print(
            f"{verification} {data.get('reference', '')} revision {decision['revision']}:",
            f"{decision['result']} ({decision['confidence']}). {decision['reasoning']}",
            flush=True,
        )
    else:  # action_required, failed, erased, rejected, and what later versions add
        print(verification, data.get("reference", ""), kind.split(".")[-2], flush=True)


async def complain(error: Exception) -> None:
    print("broker:", str(error) or type(error).__name__, file=sys.stderr, flush=True)


async def main() -> None:
    broker = await nats.connect(
        os.environ.get("NATS_URL", "nats://127.0.0.1:4222"),
        name="consume.py",
        max_reconnect_attempts=-1,  # a broker that is away for long is no reason to end
        error_cb=complain,
    )
    results = await broker.jetstream().pull_subscribe(
        "bonafide.results.>",
        durable="consume-py",
        stream="RESULTS",
        # One result at a time, acknowledged after it is handled: none is lost, and none overtakes another.
        config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, deliver_policy=DeliverPolicy.ALL, max_ack_pending=1),
    )
    while True:
        try:
            messages = await results.fetch(1, timeout=5)  # what is asked for is forgotten by a broker that restarts
        except NothingNew:
            continue
        for message in messages:
            handle(message.headers, message.data)
            await message.ack()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
