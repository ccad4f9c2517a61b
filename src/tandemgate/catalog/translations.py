"""What other systems call the actions that TikTok has names for.

Sources: Segment, "Spec: V2 Ecommerce Events", "Spec: B2B SaaS" and "Spec: Identify" (names; the
RudderStack event specification has the same), Segment's catalog of its TikTok Conversions action
(which name goes where), TikTok Business Help Center, "Supported standard events".

TikTok deduplicates by the name, to the letter: the purchase goes under the name that most Pixels
send, and ``event_names`` of the pixel says another where the Pixel does.
"""

from collections.abc import Mapping
from typing import Final

SEGMENT: Final[Mapping[str, str]] = {
    "Products Searched": "Search",
    "Product Viewed": "ViewContent",
    "Product Added": "AddToCart",
    "Product Added to Wishlist": "AddToWishlist",
    "Checkout Started": "InitiateCheckout",
    "Payment Info Entered": "AddPaymentInfo",
    "Order Completed": "CompletePayment",
    "Signed Up": "CompleteRegistration",
    "Trial Started": "StartTrial",
}
"""Of Segment and RudderStack; capital letters make no difference."""

NO_SALE: Final = frozenset({"order refunded", "order cancelled", "order updated", "refund"})
"""What happens to a purchase that was told before; none of it is another one."""
