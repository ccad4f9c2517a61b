"""A person who comes by an ad, decides, buys and pays; the tests and the tour walk with it."""

from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Page

Choice = Literal["Accept all", "Only necessary"]
PIXEL_CAME = """new Promise((go) => {
  const { src } = document.getElementById("pixel");
  const look = () => {
    const came = !Array.isArray(ttq) || performance.getEntriesByName(src).length;
    came ? go() : setTimeout(look, 20);
  };
  look();
})"""
"""Once TikTok's script has run, or is blocked: only then it has seen the click in the address."""

CHOICES: tuple[Choice, ...] = ("Accept all", "Only necessary")


@dataclass(frozen=True, slots=True)
class Buyer:
    """One person in one tab. *link* is the address to which the ad leads."""

    page: Page
    link: str

    @property
    def shop(self) -> str:
        """The shop's origin."""
        return self.link.partition("/?")[0]

    async def arrive(self, choice: Choice | None = None) -> None:
        """Click the ad, and answer the banner if there is a *choice*."""
        await self.page.goto(self.link)
        await self.page.wait_for_function("tg.client")
        if choice is not None:
            await self.page.get_by_role("button", name=choice).click()
        if choice == "Accept all":
            await self.page.evaluate(PIXEL_CAME)

    async def look_at(self, product: str) -> None:
        """Open a product's page from the landing page."""
        await self.page.get_by_role("link", name=product).click()
        await self.page.wait_for_url("**/p/*")

    async def add(self) -> None:
        """Put what is looked at into the cart."""
        await self.page.get_by_role("button", name="Add to cart").click()
        await self.page.locator("#to-cart").wait_for()

    async def open_cart(self) -> None:
        """Look into the cart."""
        await self.page.get_by_role("link", name="Go to your cart").click()
        await self.page.locator("#lines li").first.wait_for()

    async def check_out(self) -> None:
        """Begin the checkout."""
        await self.page.get_by_role("link", name="Check out").click()
        await self.page.locator("#checkout").wait_for()
        await self.page.locator("#lines li").first.wait_for()

    async def order(self, email: str = "ada.larsen@example.com") -> str:
        """Order, arrive at the payment page, and return the order's number."""
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_role("button", name="Continue to payment").click()
        await self.page.wait_for_url("**/pay/*")
        told = await self.page.locator("form .small").first.inner_text()
        return told.rpartition(" ")[2]

    async def pay_and_return(self) -> None:
        """Pay and come back to the thank-you page."""
        await self.page.get_by_role("button", name="Pay and return").click()
        await self.page.wait_for_url("**/thanks*")

    async def pay_and_leave(self) -> None:
        """Pay and never come back."""
        await self.page.get_by_role("button", name="Pay and close").click()
        await self.page.get_by_text("You can close this tab").wait_for()
        await self.page.close()

    async def buy(self, choice: Choice | None, product: str = "Enamel mug") -> str:
        """Go the whole way to the payment page; return the order's number."""
        await self.arrive(choice)
        await self.look_at(product)
        await self.add()
        await self.open_cart()
        await self.check_out()
        return await self.order()
