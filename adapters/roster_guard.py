"""What a file is by its first bytes, and whether it may be opened: judged before a reader of tables sees it.

A workbook is a zip of XML, and both can be small on disk and huge in memory. So its parts are measured by what they say
and by what they are; each sheet is walked once, cell by cell, without building anything, and refused when it has more
lines, columns or text than any list has. Reasons are Chinese and say what to do.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_PARTS = 1_000
MOST_LINES = 100_000
MOST_COLUMNS = 200
MOST_CELLS = 4_000_000
MOST_IN_A_CELL = 32_767
MOST_TEXT = 60_000_000  # characters of one sheet; a shared text counts each time a cell shows it

ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SAVE_AS = "请用 Excel 或 WPS 打开，另存为 .xlsx 再导"
STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x05\x06", "是空的压缩包，不是表格"),
    (b"%PDF", "是 PDF，不是表格"),
    (b"{\\rtf", "是文档，不是表格"),
    (b"<", f"是网页或 XML，不是表格。{SAVE_AS}"),
    (b"\x89PNG", "是图片，不是表格"),
    (b"\xff\xd8\xff", "是图片，不是表格"),
    (b"Rar!", "是压缩包，请先解压"),
    (b"7z\xbc\xaf", "是压缩包，请先解压"),
)
OTHER_ZIPS = (
    ("xl/workbook.bin", f"是 .xlsb。{SAVE_AS}"),
    ("word/", "是 Word 文档，不是表格"),
    ("ppt/", "是演示文稿，不是表格"),
    ("content.xml", f"是 OpenDocument 文件。{SAVE_AS}"),
)
NOT_IN_A_LIST = (
    ("xl/externallinks/", "表格引用了别的文件。请把整张表复制，“选择性粘贴—数值”到新表，再导"),
    ("xl/connections.xml", "表格连着外部数据。请把整张表复制，“选择性粘贴—数值”到新表，再导"),
    ("xl/vbaproject.bin", f"表格带有宏。{SAVE_AS}"),
    ("xl/macrosheets/", f"表格带有宏。{SAVE_AS}"),
)
BROKEN = f"表格打不开，可能已损坏。{SAVE_AS}"
FORMULA = "是公式，请复制后“选择性粘贴—数值”"
ERROR = "是 Excel 的错误值（如 #REF!）"


class NotARoster(ValueError):
    """The file as a whole cannot be read; the message is Chinese and says what to do."""


class Part(NamedTuple):
    """One file of the zip, and where its packed bytes lie."""

    name: str
    start: int
    packed: int
    deflated: bool


def read_bytes(path: Path) -> bytes:
    """The whole file, unless it is larger than any list: then it is not read at all. Raises NotARoster."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise NotARoster(_too_big(size))
    return path.read_bytes()


def is_workbook(content: bytes) -> bool:
    """True for a zip, False for what may be text. Raises NotARoster for everything else, by what it is."""
    if len(content) > MOST_BYTES:
        raise NotARoster(_too_big(len(content)))
    if not content.strip():
        raise NotARoster("文件是空的")
    if content.startswith(OLD_OFFICE):
        locked = ENCRYPTED in content
        raise NotARoster("表格加了密码，请去掉密码再导" if locked else f"是旧版 .xls（或改了后缀的 .xls）。{SAVE_AS}")
    for head, reason in STRANGERS:
        if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(head):
            raise NotARoster(f"文件{reason}")
    return content.startswith(ZIP)


def _too_big(size: int) -> str:
    return f"文件有 {size // 1_000_000} MB，超过 {MOST_BYTES // 1_000_000} MB，没有打开。请删去图片，或按乡镇分开"


class Package:
    """The zip of a workbook, measured. Raises NotARoster on making when anything about it is not as a list's is."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.parts = {part.name: part for part in self._measured()}
        self._lengths: list[int] | None = None

    def _measured(self) -> Iterator[Part]:
        try:
            listed = zipfile.ZipFile(io.BytesIO(self._content)).infolist()
        except (zipfile.BadZipFile, NotImplementedError, UnicodeError) as error:
            raise NotARoster(BROKEN) from error
        names = {one.filename.lower() for one in listed}
        _refuse_strangers(names)
        declared = sum(one.file_size for one in listed)
        if declared > MOST_UNPACKED or len(listed) > MOST_PARTS:
            raise NotARoster(_swollen(declared))
        if len(names) < len(listed) or sum(one.compress_size for one in listed) > len(self._content):
            raise NotARoster(BROKEN)
        left = MOST_UNPACKED
        for one in listed:
            if one.flag_bits & 1 or one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise NotARoster("表格加了密码或压缩方式不认识，没有打开")
            head = self._content[one.header_offset : one.header_offset + 30]
            if len(head) < 30:
                raise NotARoster(BROKEN)
            start = one.header_offset + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:], "little")
            part = Part(one.filename, start, one.compress_size, one.compress_type == zipfile.ZIP_DEFLATED)
            real = 0
            for block in self.unpacked(part):
                real += len(block)
                if real > left:
                    raise NotARoster(_swollen(MOST_UNPACKED))
            if real != one.file_size:
                raise NotARoster(BROKEN)
            left -= real
            yield part

    def unpacked(self, part: Part) -> Iterator[bytes]:
        """The part's real bytes, a block at a time whatever it says of itself."""
        packed = memoryview(self._content)[part.start : part.start + part.packed]
        if not part.deflated:
            yield bytes(packed)
            return
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        waiting: bytes | memoryview = packed
        try:
            while waiting and not inflate.eof:
                yield inflate.decompress(waiting, 1 << 20)
                waiting = inflate.unconsumed_tail
        except zlib.error as error:
            raise NotARoster(BROKEN) from error

    def sheet_parts(self) -> list[str]:
        """The parts of the sheets, in the workbook's order; a name not found in the zip stays as it was written."""
        ids: list[str] = []
        targets: dict[str, str] = {}

        def sheet(name: str, given: dict[str, str]) -> None:
            if name == "sheet":
                ids.append(next((value for key, value in given.items() if key.endswith(":id")), ""))

        def relation(name: str, given: dict[str, str]) -> None:
            if name == "Relationship":
                targets[given.get("Id", "")] = given.get("Target", "")

        self._walk("xl/workbook.xml", sheet)
        self._walk("xl/_rels/workbook.xml.rels", relation)
        return [_from_xl(targets.get(one, "")) for one in ids]

    def check_sheet(self, part: str) -> dict[tuple[int, int], str]:
        """Cells by (line, column) from 0 that hold no plain value, and why. Raises NotARoster for a sheet too large."""
        if self._lengths is None:
            self._lengths = self._shared_texts()
        seen = _Sheet(self._lengths)
        self._walk(part, seen.start, seen.end, seen.text)
        return seen.wrong

    def _shared_texts(self) -> list[int]:
        lengths: list[int] = []

        def start(name: str, given: dict[str, str]) -> None:
            if name == "si":
                lengths.append(0)

        def text(held: str) -> None:
            if lengths:
                lengths[-1] += len(held)
                if lengths[-1] > MOST_IN_A_CELL:
                    raise NotARoster("有一格的字太多，不像名单")

        self._walk("xl/sharedStrings.xml", start, None, text)
        return lengths

    def _walk(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        found = next((held for name, held in self.parts.items() if name.lower() == part.lower()), None)
        if found is None:
            return
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = lambda name, given: start(name.rpartition(":")[2], given)
        if end is not None:
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        if text is not None:
            parser.CharacterDataHandler = text
        try:
            for block in self.unpacked(found):
                parser.Parse(block, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise NotARoster(BROKEN) from error


class _Sheet:
    """Walks one sheet: counts, and remembers the cells whose value is not what somebody typed."""

    def __init__(self, lengths: list[int]) -> None:
        self.wrong: dict[tuple[int, int], str] = {}
        self._lengths = lengths
        self._rows = self._cells = self._text = self._merges = 0
        self._row = self._column = -1
        self._kind = ""
        self._held: list[str] = []
        self._within = False

    def start(self, name: str, given: dict[str, str]) -> None:
        match name:
            case "c":
                self._cell(given)
            case "row":
                self._rows += 1
                self._row = int(given["r"]) - 1 if given.get("r", "").isdecimal() else self._row + 1
                self._column = -1
                if self._rows > MOST_LINES:
                    raise NotARoster(f"表中有 {MOST_LINES} 行以上（多半是空行）。请选中最后一人以下的行，删除，再存")
            case "f":
                self._holds()
                self.wrong[self._row, self._column] = FORMULA
            case "v" | "t":
                self._holds()
                self._within, self._held = True, []
            case "mergeCell":
                self._merges += 1
                if self._merges > MOST_LINES:
                    raise NotARoster("合并单元格太多，不像名单")
            case _:
                pass

    def _cell(self, given: dict[str, str]) -> None:
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise NotARoster("表中的格子太多，不像名单。请删去名单以外的行和列，再存")
        place = PLACE.fullmatch(given.get("r", ""))
        if place is None:
            self._column += 1
        else:
            self._row, self._column = int(place[2]) - 1, column_number(place[1])
        self._kind = given.get("t", "n")
        if self._kind == "e":
            self.wrong[self._row, self._column] = ERROR

    def _holds(self) -> None:
        if self._row >= MOST_LINES or self._column >= MOST_COLUMNS:
            where = f"第 {self._row + 1} 行第 {self._column + 1} 列"
            raise NotARoster(f"{where}还有内容，离名单太远。请删去名单以外的行和列，再存")

    def text(self, held: str) -> None:
        if self._within:
            self._held.append(held)

    def end(self, name: str) -> None:
        if name not in ("v", "t") or not self._within:
            return
        self._within, held = False, "".join(self._held)
        shared = self._kind == "s" and held.strip().isdecimal() and int(held) < len(self._lengths)
        self._text += self._lengths[int(held)] if shared else len(held)
        if self._text > MOST_TEXT or len(held) > MOST_IN_A_CELL:
            raise NotARoster("表中的字太多，不像名单")


PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def column_number(letters: str) -> int:
    """From 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _refuse_strangers(names: set[str]) -> None:
    if "xl/workbook.xml" not in names:
        known = (why for start, why in OTHER_ZIPS if any(name.startswith(start) for name in names))
        raise NotARoster(f"文件{next(known, '是压缩包，不是表格，请先解压')}")
    for start, why in NOT_IN_A_LIST:
        if any(name.startswith(start) for name in names):
            raise NotARoster(why)


def _swollen(size: int) -> str:
    return (
        f"表格展开后有 {size // 1_000_000} MB 或更多，超过 {MOST_UNPACKED // 1_000_000} MB，没有打开（可能是恶意文件）"
    )


def _no_doctype(*_: object) -> None:
    raise NotARoster("表格里有不该有的定义，没有打开（可能是恶意文件）")


def _from_xl(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
