"""What the command line says of a step that was refused."""

from __future__ import annotations

from datetime import date

import pytest
import typer

from commands.acting import tell
from models.errors import Refusal
from models.messages import Reply


def test_a_refusal_names_the_day_that_stands_against_it(capsys: pytest.CaptureFixture[str]) -> None:
    reply = Reply(key="m-1", accepted=False, refusal=Refusal.VISIT_AFTER_DEATH, about_on=date(2026, 3, 16))
    with pytest.raises(typer.Exit):
        tell(reply, as_json=False)
    assert capsys.readouterr().err.strip() == (
        "不能办理：去世日期以后还记有一次探访，请先核对日期，或更正那次探访（3月16日）"
    )
