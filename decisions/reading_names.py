"""Whom a text names: the persons and villages its sender is known to visit, masked so that no name is read as a word.

平安村 is not 平安 and 三河村 is not 三. A name two elders share names neither; a name nobody here has is a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from models.reading import Coded, KnownCode, OpenTask

_FIRST_NAME = 0xE000
_VILLAGE = "\uefff"
_MOST_NAMES = 4000  # marks there are; a phone has dozens
_CALLED = {"奶奶": "奶奶|婆婆|阿婆|大娘|大妈|老太太", "爷爷": "爷爷|大爷|老爷爷|大叔|老汉|阿公"}
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳"
    "翟殷詹申耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷曲盛冉骆蓝路游辛靳管柴蒙鲍华喻祁房滕屈饶牟艾尤阳穆"
)
_STRANGER = re.compile(rf"[{SURNAMES}](?:{_CALLED['奶奶']}|{_CALLED['爷爷']})")


class Names(NamedTuple):
    """The masked text, and for each mark (in order of its number) the codes the name can stand for."""

    text: str
    codes: tuple[tuple[int, ...], ...]
    stranger: bool

    def named_in(self, marked: str) -> tuple[tuple[int, ...], ...]:
        """What each name in this stretch of the masked text can stand for."""
        marks = (ord(character) - _FIRST_NAME for character in marked)
        return tuple(self.codes[mark] for mark in marks if 0 <= mark < len(self.codes))


def mask_names(text: str, entries: Sequence[Coded]) -> Names:
    """Each known name in the text becomes one mark. Entries: everyone whose code this sender may use."""
    exact: dict[str, list[int]] = {}
    spoken: dict[str, list[int]] = {}
    for entry in entries:
        base, _, tail = entry.person.partition("(")
        given = tail.rstrip(")")
        spoken.setdefault(_spoken(base), []).append(entry.code)
        if given:
            surname, called = base[:-2], base[-2:]
            whole = rf"{re.escape(base)}\(?{re.escape(given)}\)?|{re.escape(surname + given + called)}"
            exact.setdefault(whole, []).append(entry.code)
    villages = dict.fromkeys(entry.village for entry in entries if isinstance(entry, OpenTask | KnownCode))
    for village in sorted((village for village in villages if village), key=lambda name: (-len(name), name)):
        text = text.replace(village, _VILLAGE)
    ordered = [*exact.items(), *sorted(spoken.items(), key=lambda item: -len(item[0]))][:_MOST_NAMES]
    for number, (pattern, _) in enumerate(ordered):
        text = re.sub(pattern, chr(_FIRST_NAME + number), text)
    return Names(text, tuple(tuple(dict.fromkeys(codes)) for _, codes in ordered), _STRANGER.search(text) is not None)


def _spoken(base: str) -> str:
    """王奶奶 is also said 王婆婆 or 王大娘."""
    spoken = _CALLED.get(base[-2:])
    return rf"{re.escape(base[:-2])}(?:{spoken})" if spoken and len(base) > 2 else re.escape(base)
