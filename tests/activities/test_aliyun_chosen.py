"""Choosing Alibaba Cloud: what it needs is asked for before anything is sent, and is needed by nobody else."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import insert
from typer.testing import CliRunner

from adapters.database import migrate, writing
from commands.policy import app
from models.ids import county_area
from models.policy import TextRules
from models.tables import Area, table_of
from models.templates import TemplateId, sendable
from policies.check import without_template
from settings import ADD_EXTRA, NEEDS, Settings, load
from wiring import House

ROOT = Path(__file__).parents[2]
CHOSEN: dict[str, Any] = {
    "sms_provider": "aliyun",
    "aliyun_access_key_id": "LTAI",
    "aliyun_access_key_secret": SecretStr("s3cret"),
    "aliyun_callback_key": SecretStr("k" * 32),
}
WITHOUT = """
import sys
sys.modules["alibabacloud_dysmsapi20170525"] = None
import worker
from settings import load
from wiring import House
assert House(load()).texts
import os
os.environ.update(TANFANG_SMS_PROVIDER="aliyun", TANFANG_ALIYUN_ACCESS_KEY_ID="k",
                  TANFANG_ALIYUN_ACCESS_KEY_SECRET="s", TANFANG_ALIYUN_CALLBACK_KEY="k" * 32)
load()
"""


def test_without_their_client_all_else_works_and_choosing_it_names_the_one_command(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={"TANFANG_DATA_DIR": str(tmp_path)},
    )  # fmt: skip
    command = ADD_EXTRA % "aliyun"
    assert (ran.returncode, ran.stderr) == (2, f"TANFANG_SMS_PROVIDER=aliyun needs a package more: {command}\n")
    assert "alibabacloud-dysmsapi20170525==" in (ROOT / command.rpartition(" ")[2]).read_text()


@pytest.mark.parametrize("missing", [name for (name,) in NEEDS["aliyun"]])
def test_a_setting_that_is_missing_is_named_and_no_secret_shown(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"data_dir": tmp_path} | CHOSEN | {missing: None})
    said = str(refused.value)
    assert f"TANFANG_SMS_PROVIDER=aliyun needs TANFANG_{missing.upper()}, and that is not set" in said
    assert "s3cret" not in said and "k" * 32 not in said


def test_a_path_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="aliyun_callback_key"):
        Settings(aliyun_callback_key=SecretStr("k" * 31))


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"TANFANG_{name.upper()}", "")
    assert load() == Settings()
    assert not load().has("aliyun") and not load().has("twilio")
    monkeypatch.setenv("TANFANG_SMS_PROVIDER", "twilio")
    with pytest.raises(SystemExit) as ended:
        load()
    assert ended.value.code == 2


def test_nothing_is_sent_there_unless_settings_say_so_and_its_door_stays_open(tmp_path: Path) -> None:
    by_hand = House(Settings.model_validate({"data_dir": tmp_path} | CHOSEN | {"sms_provider": "manual"}))
    assert by_hand.providers.chosen.name == "manual" and by_hand.templates_missing() == {}
    assert [door.name for door in by_hand.providers.doors()] == ["sandbox", "aliyun"]
    assert by_hand.poll_backs == []
    sending = House(Settings.model_validate({"data_dir": tmp_path} | CHOSEN))
    assert [door.name for door in sending.providers.doors()] == ["aliyun"]
    assert len(sending.poll_backs) == 1


def test_the_check_lists_every_text_without_a_template_with_the_words_to_be_approved() -> None:
    found = CliRunner().invoke(app, ["check", "fengjie", "--provider", "aliyun"])
    told, _, _ = found.output.partition("\n还要做：")
    *lines, total = told.splitlines()
    assert found.exit_code == 1 and total == f"fengjie：{len(lines)}处问题"
    named = [line.partition("texts.templates.")[2].partition("：")[0] for line in lines]
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
    house = House(Settings.model_validate({"data_dir": tmp_path} | CHOSEN))
    migrate(house.settings.store_url)
    assert house.templates_missing() == {"fengjie": sendable(counts_phone_calls=True)}
    house.activate_policy("fengjie", date(2020, 1, 1), "test")
    assert house.templates_missing() == {"fengjie": sendable(counts_phone_calls=True)}


def test_of_each_county_of_the_store_that_has_a_pack_in_force(tmp_path: Path) -> None:
    """A city's pack is that of its counties; one without a pack has a fault of its own."""
    house = House(Settings.model_validate({"data_dir": tmp_path} | CHOSEN))
    migrate(house.settings.store_url)
    with writing(house.engine) as connection:
        for code in ("fengjie", "qingshen", "cangxi", "dianjiang"):
            area = dict(id=county_area(code), kind="county", name=code, from_on=date(2020, 1, 1))
            connection.execute(insert(table_of(Area)).values(area))
    for county in ("fengjie", "qingshen", "guangyuan"):
        house.activate_policy(county, date(2020, 1, 1), "test")
    missing = house.templates_missing()
    assert missing == dict.fromkeys(("cangxi", "fengjie", "qingshen"), sendable(counts_phone_calls=True))
