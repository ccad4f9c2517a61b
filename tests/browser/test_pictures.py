"""The tour's pictures are made smaller, and look the same."""

from base64 import b64encode

import pytest
from playwright.async_api import Page

from tests.tour.png import shrink

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLAG = """<body style="margin:0;display:grid;grid-template-columns:1fr 1fr;height:100vh">
<i style="background:#0b6e4f"></i><i style="background:#fff"></i>
<p style="background:linear-gradient(#f00,#00f)">Words in between</p>
<i style="background:#4338ca"></i>"""

PIXELS = """async (source) => {
  const picture = new Image();
  picture.src = source;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const brush = canvas.getContext("2d");
  brush.drawImage(picture, 0, 0);
  return [...brush.getImageData(0, 0, picture.width, picture.height).data];
}"""


def as_address(picture: bytes) -> str:
    """An address that a page can load it from."""
    return f"data:image/png;base64,{b64encode(picture).decode()}"


async def test_a_smaller_picture_shows_the_same(page: Page) -> None:
    """Flat colours to the bit; of a gradient each dot within what an eye could tell."""
    await page.set_viewport_size({"width": 240, "height": 160})
    await page.set_content(FLAG)
    large = await page.screenshot()
    small = shrink(large)
    before = await page.evaluate(PIXELS, as_address(large))
    after = await page.evaluate(PIXELS, as_address(small))
    assert len(small) < len(large)
    assert len(before) == len(after) == 240 * 160 * 4
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) < 48
    corners = [0, 4 * 239, 4 * (240 * 160 - 1)]
    assert [after[at : at + 3] for at in corners] == [[11, 110, 79], [255, 255, 255], [67, 56, 202]]
