"""Why a test session can't begin, go on or be promoted."""

from tandemgate.catalog.reasons.entry import Reason

REASONS: dict[str, Reason] = {
    "test_already_open": Reason(
        409,
        "Another test is open",
        "A pixel has one test session at a time: with two, nobody could tell whose traffic is "
        "whose.",
        "a pixel that is not being tested",
        "tandemgate test status shows it; promote it, or end it with tandemgate test stop",
    ),
    "test_not_found": Reason(
        404,
        "No such test",
        "There is no test session with this id that the key may see.",
        "the id of a test session",
        "tandemgate test report lists them",
    ),
    "test_ended": Reason(
        409,
        "The test is over",
        "A test session that was promoted or stopped is a report, and never changes.",
        "a test session that is open",
        "begin another one: tandemgate test start",
    ),
    "test_changed": Reason(
        409,
        "Somebody was quicker",
        "Another person opened a window of this test, or ended it, at the same moment.",
        "the test as it stands now",
        "look at it with tandemgate test status, then try again",
    ),
    "test_code_invalid": Reason(
        40005,
        "Not a test code",
        "TikTok shows the code of a test in Events Manager, under Test events. It is no access "
        "token, which would be told to everybody who may look at the test.",
        "4 to 20 capital letters and digits, such as TEST12345",
        "copy the code from the Test events tab of the pixel",
    ),
    "test_event_unknown": Reason(
        40005,
        "Not an event of this pixel",
        "A pair is wanted of an event that neither TikTok nor the pixel's settings know.",
        "names as the Pixel sends them, such as ViewContent",
        "correct the name, or list it in custom_events of the pixel",
    ),
    "test_landing_unlisted": Reason(
        40005,
        "A landing page elsewhere",
        "The test's link leads to its landing page, so that must be a page of the pixel's shop.",
        "an http(s) address of an origin of the pixel's browser key, or of its domains",
        "correct it, or add the site to origins of the browser key or to domains of the pixel",
    ),
}
