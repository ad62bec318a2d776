"""An agency's client that nobody here wrote: nats-py and the agency's nkey, nothing of ours.

Usage: client.py URL SEED_FILE AGENCY HOME
Publishes six referrals and one event that breaks the contract, then reads the agency's own
durable consumer until it holds the rejection and the escalation. Prints one JSON object.
"""

import asyncio
import datetime
import json
import sys

import nats
from nats.errors import TimeoutError as NothingThere

DEADLINE = 30


def event(agency, home, number, **data):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"foreign-{number}",
            "source": f"urn:carehub:{agency}",
            "type": "uk.carehub.concern.raised.v1",
            "subject": home,
            "time": now,
            "datacontenttype": "application/json",
            "data": {
                "kind": "safeguarding-referral",
                "severity": "medium",
                "occurred_at": now[:10],
                "summary": "A concern, fictional.",
                **data,
            },
        }
    ).encode()


async def main(url, seed, agency, home):
    client = await nats.connect(
        url, nkeys_seed=seed, inbox_prefix=f"_INBOX_{agency}".encode(), allow_reconnect=False
    )
    stream = client.jetstream(prefix="carejs")
    subject = f"carehub.concern.{agency}.{home}"
    acks = []
    for number in range(6):
        ack = await stream.publish(subject, event(agency, home, number))
        acks.append({"stream": ack.stream, "position": ack.seq})
    await stream.publish(subject, event(agency, home, "bad", severity=12, colour="blue"))

    consumer = await stream.pull_subscribe_bind(consumer=agency, stream="CAREHUB")
    found = {}
    give_up = asyncio.get_running_loop().time() + DEADLINE
    while len(found) < 2 and asyncio.get_running_loop().time() < give_up:
        try:
            messages = await consumer.fetch(10, timeout=2)
        except NothingThere:
            continue
        for message in messages:
            found.setdefault(message.subject.split(".")[1], json.loads(message.data))
            await message.ack()
    await client.drain()
    print(json.dumps({"acks": acks, **found}))


asyncio.run(main(*sys.argv[1:]))
