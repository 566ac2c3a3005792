"""A code to sign in by stays in a text's rows only until the provider has it, or never will: then it is blotted out."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select, update

from adapters.sealing import Sealer
from models.letters import LETTER, TextClass, TextLetter
from models.tables import DigestRow, LetterRow, table_of

DIGESTS, LETTERS = table_of(DigestRow), table_of(LetterRow)


def blot(connection: Connection, sealer: Sealer, digest_id: str) -> None:
    """Of a text with a code: words, parameters and letter keep how many digits there were. Twice is once."""
    own = (DIGESTS.c.id == digest_id, DIGESTS.c.text_class == TextClass.SIGN_IN.value)
    digest = connection.execute(select(DIGESTS).where(*own)).one_or_none()
    if digest is None or digest.params_enc is None:
        return
    params: dict[str, str] = json.loads(sealer.open(digest.params_enc))
    body, blotted = sealer.open(digest.body_enc), {name: "*" * len(said) for name, said in params.items()}
    for name, said in params.items():
        body = body.replace(said, blotted[name])
    connection.execute(
        update(DIGESTS).where(*own).values(params_enc=sealer.seal(json.dumps(blotted)), body_enc=sealer.seal(body))
    )
    for row in connection.execute(select(LETTERS).where(LETTERS.c.digest_id == digest_id)).all():
        letter = LETTER.validate_json(sealer.open(row.body_enc))
        if isinstance(letter, TextLetter):
            kept = letter.model_copy(update={"params": blotted}).model_dump_json()
            connection.execute(update(LETTERS).where(LETTERS.c.id == row.id).values(body_enc=sealer.seal(kept)))
