"""What a phrase of a reply can be a sign of; and the people who are not the elder."""

from __future__ import annotations

from enum import Enum, auto

KIN = (
    "老伴|老头子?|丈夫|妻子|老公|老婆|儿媳妇?|媳妇|儿子|女儿|闺女|女婿|孙子|孙女|儿女|子女|孩子|侄[子女儿]|弟弟|哥哥|妹妹|姐姐|外甥"
    "|[她他](?:家|的)?[爸妈爹娘哥姐弟妹叔姨嫂婶]|亲戚|家属|家人|邻居|隔壁|邻里|保姆|护工|村长|组长|村医"
)


class Sign(Enum):
    DEATH = auto()
    DEATH_DOUBT = auto()
    WRONG = auto()
    WITHDRAWN = auto()
    NOT_GONE = auto()
    NOT_SEEN = auto()
    MAYBE_NOT_SEEN = auto()
    SAID = auto()
    SWAP = auto()
    CANNOT_GO = auto()
    HEARSAY = auto()
    HEDGE = auto()
    NEED = auto()
    MAYBE_NEED = auto()
    WELL = auto()
    MAYBE_WELL = auto()
    MET = auto()
    WENT = auto()
    INTENTION = auto()
    QUESTION = auto()
    TROUBLE = auto()
    UNSURE = auto()
    LACK = auto()
    ACK = auto()
    GOOD = auto()
    PHONE = auto()
    VIDEO = auto()
    ELDER = auto()
    KIN = auto()
    NEGATION = auto()
    NEUTRAL = auto()
