"""The labelled replies as one count."""

from __future__ import annotations

import pytest

from decisions.reading import read
from tests.decisions.reading_table import DONE, table
from tests.decisions.sms_contexts import CONTEXTS, summary


def test_none_is_read_wrong_and_none_wrongly_as_done() -> None:
    found = table()
    assert found["replies"] == found["right"] >= 300
    assert (found["wrong"], found["wrong_done"]) == (0, 0) and 0 < found["asked_back"] < found["right"]


@pytest.mark.parametrize("noise", ["呀", "哈", "啊", "谢谢", "辛苦了"])
@pytest.mark.parametrize("text", ["521取消", "521 撤回", "521平安，取消", "取消521", "领导好取消521", "老师撤销521"])
def test_thanks_around_an_answer_taken_back_do_not_make_it_a_visit(text: str, noise: str) -> None:
    for said in (noise + text, text + noise):
        assert DONE.findall(summary(read(said, CONTEXTS["one"]))) == []
