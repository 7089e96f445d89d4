"""What must be true of every run, at any time and after every test: one that isn't over is queued, or owned by somebody
who lives, or waits for a person or a timer."""

from weft.runs import owner
from weft.runs.record import UNFINISHED
from weft.runs.store.protocol import RunStore


async def unowned(store: RunStore) -> list[str]:
    """The runs of which that isn't true, each with what is."""
    wrong: list[str] = []
    owners = await store.claims.owners()
    for record in await store.list(status=UNFINISHED, limit=100_000):
        claim = await store.claims.of(record.id)
        if claim is None:
            wrong.append(f"{record.id} is {record.status}, and has no claim")
        elif claim.owner:
            if owner.gone(claim.owner, owners.get(claim.owner)):
                wrong.append(f"{record.id} is {record.status}, and its owner {claim.owner} is gone")
        elif record.status == "running":
            wrong.append(f"{record.id} is running, and nobody's")
        elif record.status == "queued" and claim.due is None:
            wrong.append(f"{record.id} is queued, and never due")
    return wrong
