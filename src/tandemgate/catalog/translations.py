"""What other systems call the actions that TikTok has names for.

Sources: Segment, "Spec: V2 Ecommerce Events", "Spec: B2B SaaS" and "Spec: Identify" (names; the
RudderStack event specification has the same), Segment's catalog of its TikTok Conversions action
(which name goes where), TikTok Business Help Center, "Supported standard events"; Google, "GA4
recommended events" and "Enhanced measurement events" (names), Stape's TikTok tag for server-side
Google Tag Manager (which name goes where).

TikTok deduplicates by the name, to the letter: the purchase goes under the name that most Pixels
send, and ``event_names`` of the pixel says another where the Pixel does.
"""

from collections.abc import Mapping
from typing import Final

SEGMENT: Final[Mapping[str, str]] = {
    "Products Searched": "Search",
    "Product Viewed": "ViewContent",
    "Product Added": "AddToCart",
    "Wishlist Product Added to Cart": "AddToCart",
    "Product Added to Wishlist": "AddToWishlist",
    "Checkout Started": "InitiateCheckout",
    "Payment Info Entered": "AddPaymentInfo",
    "Order Completed": "CompletePayment",
    "Signed Up": "CompleteRegistration",
    "Trial Started": "StartTrial",
}
"""Of Segment and RudderStack; capital letters make no difference.

Both systems' own TikTok destinations call an ``Order Completed`` ``PlaceAnOrder``, which TikTok
has for orders that are not paid yet; RudderStack's even calls each ``Checkout Step Completed`` a
``CompletePayment``, which is no purchase and here no event.
"""

GA4: Final[Mapping[str, str]] = {
    "page_view": "Pageview",
    "view_item": "ViewContent",
    "search": "Search",
    "view_search_results": "Search",
    "add_to_wishlist": "AddToWishlist",
    "add_to_cart": "AddToCart",
    "begin_checkout": "InitiateCheckout",
    "add_payment_info": "AddPaymentInfo",
    "purchase": "CompletePayment",
    "sign_up": "CompleteRegistration",
    "generate_lead": "SubmitForm",
    "file_download": "Download",
}
"""Of Google Analytics 4. ``Pageview`` is sent where the pixel has ``page_views``."""

NO_SALE: Final = frozenset(
    {"order refunded", "order cancelled", "order canceled", "order updated", "refund"}
)
"""What happens to a purchase that was told before; none of it is another one."""

SHOPS: Final[Mapping[str, str]] = {
    "Order Completed": "CompletePayment",
    "Subscription Started": "Subscribe",
}
"""What the webhooks of shop systems tell, in Segment's words where it has one."""
