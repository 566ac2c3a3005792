"""Who wants no more texts is asked for no more visits: each they hold goes to somebody else."""

from __future__ import annotations

from collections.abc import Mapping

from models.ids import case_stream
from models.letters import UpdateLetter
from models.messages import Reassign


def handed_on(elder_id: str, volunteer_id: str, visit_id: str, head: Mapping[str, object]) -> UpdateLetter:
    """One visit of theirs. `head`: key, actor, channel and time of the message, and its note where they wrote one."""
    given = {"reason": "opted_out", "from_id": volunteer_id, "visit_id": visit_id}
    message = Reassign.model_validate({**head, **given})
    return UpdateLetter(workflow_id=case_stream(elder_id), elder_id=elder_id, message=message)
