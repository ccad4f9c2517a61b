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
    "test_without_traffic": Reason(
        409,
        "Nothing was tested",
        "Not one page and not one event of the test was seen in this window, so there is nothing "
        "to promote.",
        "a journey through the shop: landing, product, cart, checkout, order",
        "open the test's link in a browser and go through the shop; tandemgate test stop ends a "
        "test without a result",
    ),
    "test_not_passed": Reason(
        409,
        "A line is not green",
        "A pixel is promoted when every line of the checklist is green.",
        "a green line",
        "mend it, open another window with tandemgate test window, and go through the shop again; "
        "or promote with --override --reason TEXT",
    ),
    "test_window_over": Reason(
        409,
        "The ten minutes are over",
        "Only the traffic of the newest window counts, and nothing more will fill it.",
        "a window that is open",
        "tandemgate test window opens another one",
    ),
    "test_reason_missing": Reason(
        40003,
        "Why override?",
        "A test is promoted with lines that are not green only for a stated reason, which its "
        "report keeps.",
        "a reason, without personal data",
        "say it with --reason TEXT",
    ),
    "test_not_confirmed": Reason(
        409,
        "Nobody looked at TikTok",
        "The checklist tells what the gateway saw. Whether TikTok shows a warning, its own page "
        "tells alone.",
        "a person's word that Test events shows no warning for this test",
        "look at Test events in TikTok's Events Manager, then promote with --confirmed",
    ),
    "test_left_open": Reason(
        None,
        "A test code was left on",
        "A test session is open and its ten minutes are over. What its visits do still goes to the "
        "test, not to your campaigns.",
        "",
        "tandemgate test status shows how it stands; then test window, test promote or test stop",
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
