"""Segment's and RudderStack's tracking calls, as their unmodified clients send them.

Sources: Segment, "HTTP Tracking API" (addresses, batches, times), "Spec: Common Fields", "Spec:
Identify" (traits), "Spec: V2 Ecommerce Events" (properties), "Consent in Segment Connections" (the
consent object), and the fields that its TikTok Conversions destination reads; RudderStack, "Event
Specification" and "Add the Consent Object to Event Payloads".
"""

from tandemgate.sources.segment.calls import Segment

__all__ = ["Segment"]
