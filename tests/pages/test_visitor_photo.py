"""A photo and a position with a visit: only with the elder's yes, made small and bare, sealed, and shown to who may."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import Row, select

from adapters import photos
from adapters.database import reading
from models.tables import CommandRow, VisitEnclosure, table_of
from tests.pages.test_visitor import form_of, messages, path
from tests.pages.town import Town
from web.visitor.sent import LARGEST_PHOTO

__all__ = ["path"]
pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
ENCLOSURES, COMMANDS = table_of(VisitEnclosure), table_of(CommandRow)
PLACE = "31.018476,109.463912,14.2"
GPS, ORIENTATION, SIDEWAYS = 0x8825, 0x0112, 6


def photo(width: int = 2000, height: int = 1000, kind: str = "JPEG") -> bytes:
    """As a phone makes it: lying on its side, with where and by what it was taken."""
    image, exif, held = Image.new("RGB", (width, height), "orange"), Image.Exif(), BytesIO()
    exif[ORIENTATION] = SIDEWAYS
    exif[0x010F] = "PHONE MAKER"
    exif.get_ifd(GPS)[2] = (31.0, 1.0, 6.0)
    image.save(held, kind, exif=exif.tobytes(), comment=b"PHONE MAKER")
    return held.getvalue()


def kept(town: Town) -> list[Row[Any]]:
    with reading(town.house.engine) as connection:
        return list(connection.execute(select(ENCLOSURES).order_by(ENCLOSURES.c.kind)).all())


async def sent(town: Town, path: str, content: bytes, **typed: str) -> httpx.Response:
    browser = town.as_(None)
    form = {"form": typed.pop("form", None) or await form_of(browser, path), "result": "well"} | typed
    return await browser.upload(path, form, photo=("IMG_王爷爷.jpg", content))


async def test_it_is_kept_small_bare_and_sealed_and_the_fact_names_it_only(town: Town, path: str) -> None:
    answer = await sent(town, path, photo(), agreed="1", position=PLACE)
    assert answer.status_code == 200 and "照片、位置已留下" in answer.text
    held, where = kept(town)
    [message] = messages(town)
    assert message.enclosed.photo.model_dump() == {"id": held.id, "sha256": held.sha256}
    assert message.enclosed.position.model_dump() == {"id": where.id, "sha256": where.sha256}
    assert (held.elder_id, held.visit_id, held.volunteer_id) == ("E1", message.visit_id, "V1")
    content = town.house.sealer.open_bytes(held.content_enc)
    image = Image.open(BytesIO(content))
    assert image.format == "JPEG" and image.size == (640, 1280) and not image.getexif() and "comment" not in image.info
    for word in (b"PHONE", b"Exif", b"GPS"):
        assert word not in content and word not in held.content_enc
    position = json.loads(town.house.sealer.open(where.content_enc))
    assert position == {"latitude": 31.0185, "longitude": 109.4639, "accuracy_m": 15}


async def test_the_same_form_twice_is_kept_once_and_without_a_photo_all_is_as_before(town: Town, path: str) -> None:
    form = await form_of(town.as_(None), path)
    for content in (photo(), photo(), b""):
        assert (await sent(town, path, content, form=form, agreed="1")).status_code == 200
    assert [row.kind for row in kept(town)] == ["photo"] and len(messages(town)) == 2
    plain = next(message for message in messages(town) if message.enclosed is None)
    assert "enclosed" not in plain.model_dump_json()


@pytest.mark.parametrize(
    ("content", "typed", "said"),
    [
        (photo(), {}, "没有勾选老人同意"),
        (b"", {"position": PLACE}, "没有勾选老人同意"),
        (photo(), {"agreed": "1", "result": "not_seen"}, "没有当面见到老人"),
        (b"\xff\xd8" + b"0" * LARGEST_PHOTO, {"agreed": "1"}, "太大了"),
        (b"GIF89a", {"agreed": "1"}, "打不开"),
        (photo(kind="JPEG")[:500], {"agreed": "1"}, "打不开"),
        (b"", {"agreed": "1", "position": "91,0,1"}, ""),
        (b"", {"agreed": "1", "position": "nan,inf,x"}, ""),
    ],
)
async def test_what_may_not_be_kept_is_not_and_the_report_is_taken_all_the_same(
    town: Town, path: str, content: bytes, typed: dict[str, str], said: str
) -> None:
    answer = await sent(town, path, content, **typed)
    assert answer.status_code == 200 and said in answer.text and "已留下" not in answer.text
    [message] = messages(town)
    assert message.enclosed is None and kept(town) == []


async def test_what_is_larger_than_is_ever_read_leaves_its_report(town: Town, path: str) -> None:
    form = await form_of(town.as_(None), path)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'--b\r\nContent-Disposition: form-data; name="result"\r\n\r\nwell\r\n'
        yield f'--b\r\nContent-Disposition: form-data; name="form"\r\n\r\n{form}\r\n'.encode()
        yield b'--b\r\nContent-Disposition: form-data; name="photo"; filename="x"\r\n\r\n'
        while read < 100:
            read += 1
            yield b"0" * 1_000_000

    transport = httpx.ASGITransport(town.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        headers = {"content-type": "multipart/form-data; boundary=b"}
        answer = await client.post(path, content=body(), headers=headers)
    assert answer.status_code == 200 and len(messages(town)) == 1 and kept(town) == []


async def test_a_form_in_parts_is_as_small_as_another(town: Town, path: str) -> None:
    for typed in ({"note": "好" * 20_000}, {f"x{n}": "" for n in range(60)}):
        answer = await town.as_(None).upload(path, {"result": "well"} | typed, photo=("x", b""))
        assert answer.status_code == 413 and messages(town) == []
    gone = await town.as_(None).upload("/v/k1.x", {"result": "well"}, photo=("x", photo()))
    assert gone.status_code == 410 and "刚才填的没有记上" in gone.text


def test_few_bytes_that_say_they_are_a_huge_picture_are_not_drawn(town: Town) -> None:
    held = BytesIO()
    Image.new("1", (20_000, 20_000)).save(held, "PNG")
    assert len(held.getvalue()) < 100_000 and photos.cleaned(held.getvalue()) is None
    held = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(held, "PNG")
    shown = Image.open(BytesIO(photos.cleaned(held.getvalue()) or b"")).convert("RGB")
    assert min(shown.getpixel((5, 5))) > 250  # pyright: ignore[reportArgumentType]


async def test_it_is_shown_to_who_may_and_each_time_it_is_kept_who_looked(town: Town, path: str) -> None:
    await sent(town, path, photo(), agreed="1", position=PLACE)
    held, where = kept(town)
    browser = town.as_("S-grid_worker")
    page = await browser.get(f"/elders/E1/enclosed?of={held.id}")
    [shown] = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page.text)
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store" and len(shown) > 1000
    page = await browser.get(f"/elders/E1/enclosed?of={where.id}")
    assert "31.0185" in page.text and "109.4639" in page.text and "15" in page.text
    assert (await browser.get(f"/elders/E2/enclosed?of={held.id}")).status_code in (403, 404)
    assert (await town.as_("S-county_officer").get(f"/elders/E2/enclosed?of={held.id}")).status_code == 404
    assert (await town.as_("S-assessor").get(f"/elders/E1/enclosed?of={held.id}")).status_code == 403
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(COMMANDS).where(COMMANDS.c.action == "enclosure_show")).all()
    assert [row.subject_id for row in rows if row.staff_id == "S-grid_worker"].count("E1") == 2


async def test_an_elder_who_no_longer_agrees_has_it_erased_for_good(town: Town, path: str) -> None:
    """Both that came with the one yes; what is left says that they were there, and who erased them."""
    form = await form_of(town.as_(None), path)
    await sent(town, path, photo(), agreed="1", position=PLACE, form=form)
    held, where = kept(town)
    browser, shown = town.as_("S-grid_worker"), f"/elders/E1/enclosed?of={held.id}"
    erase = html.unescape(re.findall(r'href="(/elders/E1/erase-enclosed[^"]+)"', (await browser.get(shown)).text)[0])
    assert "/erase-enclosed" not in (await town.as_("S-auditor").get(shown)).text
    assert (await browser.post(erase, {"why": ""})).status_code == 422 and len(kept(town)) == 2
    assert (await browser.post(erase, {"why": "老人说不要留"})).headers["location"] == "/elders/E1?done=recorded"
    assert kept(town) == []
    for one in (held, where):
        page = await browser.get(f"/elders/E1/enclosed?of={one.id}")
        assert page.status_code == 200 and "已经删除" in page.text and "base64" not in page.text
    assert (await town.as_("S-county_officer").get(f"/elders/E2/enclosed?of={held.id}")).status_code == 404
    assert (await browser.post(erase, {"why": "又一次"})).status_code == 409
    await sent(town, path, photo(), agreed="1", position=PLACE, form=form)
    assert kept(town) == [], "the same form, sent once more, brings nothing back"
    with reading(town.house.engine) as connection:
        rows = connection.execute(select(COMMANDS).where(COMMANDS.c.action == "enclosure_erase")).all()
    assert ("S-grid_worker", "E1", True) in {(row.staff_id, row.subject_id, row.accepted) for row in rows}


async def test_what_an_iphone_keeps_is_named_and_the_report_is_taken(town: Town, path: str) -> None:
    answer = await sent(town, path, b"\0\0\0\x18ftypheic" + b"\0" * 200, agreed="1")
    assert answer.status_code == 200 and "HEIC" in answer.text and "兼容性最佳" in answer.text
    assert f'href="{path}"' in answer.text and len(messages(town)) == 1 and kept(town) == []
