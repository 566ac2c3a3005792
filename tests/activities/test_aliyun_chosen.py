"""Choosing Alibaba Cloud: what it needs is asked for before anything is sent, and is needed by nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner

from commands.policy import app
from models.policy import TextRules
from models.templates import TemplateId, sendable
from policies.check import without_template
from settings import Settings
from wiring import ADD_ALIYUN, House, NotSetUp

ROOT = Path(__file__).parents[2]
KEYS = {
    "aliyun_access_key_id": "LTAI",
    "aliyun_access_key_secret": SecretStr("s"),
    "aliyun_callback_key": SecretStr("k" * 32),
}
WITHOUT = """
import sys
sys.modules["alibabacloud_dysmsapi20170525"] = None
import worker
from settings import Settings
from wiring import House, NotSetUp
assert House(Settings(data_dir=sys.argv[1])).texts
try:
    House(Settings(data_dir=sys.argv[1], sms_provider="aliyun", aliyun_access_key_id="k",
                   aliyun_access_key_secret="s", aliyun_callback_key="k" * 32)).provider
except NotSetUp as missing:
    print(missing)
"""


def test_without_their_client_all_else_works_and_choosing_it_names_the_one_command(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT, str(tmp_path)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert told.strip().splitlines()[-1].strip() == ADD_ALIYUN
    lock = ADD_ALIYUN.rpartition(" ")[2]
    assert "alibabacloud-dysmsapi20170525==" in (ROOT / lock).read_text()


@pytest.mark.parametrize("missing", KEYS)
def test_a_setting_that_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in KEYS.items() if name != missing}
    house = House(Settings.model_validate({"data_dir": tmp_path, "sms_provider": "aliyun", **given}))
    with pytest.raises(NotSetUp, match=f"TANFANG_{missing.upper()}"):
        _ = house.provider
    with pytest.raises(NotSetUp):
        house.web(None)


def test_a_path_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="aliyun_callback_key"):
        Settings.model_validate({"aliyun_callback_key": "k" * 31})


def test_nothing_is_theirs_unless_settings_say_so(tmp_path: Path) -> None:
    house = House(Settings.model_validate({"data_dir": tmp_path, **KEYS}))
    assert house.provider.name == "sandbox" and house.templates_missing() == ()
    assert [door.name for door in house.doors()] == ["sandbox"]


def test_the_check_lists_every_text_without_a_template_with_the_words_to_be_approved() -> None:
    found = CliRunner().invoke(app, ["check", "fengjie", "--provider", "aliyun"])
    lines = found.output.splitlines()
    assert found.exit_code == 1 and lines[-1] == f"fengjie：{len(lines) - 1}处问题"
    named = [line.partition("：")[0].removeprefix("texts.templates.") for line in lines[:-1]]
    assert named == [one.value for one in sendable(counts_phone_calls=True)]
    assert any(line.endswith("to be approved: ${who}家本次不用去了") for line in lines)
    assert CliRunner().invoke(app, ["check", "fengjie"]).exit_code == 0


@pytest.mark.parametrize("calls", [False, True])
def test_a_county_needs_the_templates_it_can_send_and_no_others(calls: bool) -> None:
    rules = TextRules(sender="示", counts_phone_calls=calls)
    assert without_template(rules) == sendable(calls)
    assert (TemplateId.TASK_ONE in sendable(calls)) is not (TemplateId.TASK_ONE_CALLS in sendable(calls))
    given = rules.model_copy(update={"templates": {one.value: "SMS_1" for one in sendable(calls)}})
    assert without_template(given) == ()
    given.templates["confirmed"] = ""
    assert without_template(given) == (TemplateId.CONFIRMED,)


def test_the_worker_is_told_which_are_missing(tmp_path: Path) -> None:
    house = House(Settings.model_validate({"data_dir": tmp_path, "sms_provider": "aliyun", **KEYS}))
    assert house.templates_missing() == sendable(counts_phone_calls=True)
