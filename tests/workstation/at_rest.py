"""Wait until a page has come to rest: answers are here, what they change is drawn, and nothing moves any more.

What a test reads right after it has acted may be what was there before. These functions wait for the thing itself; a
test asserts what came in the end, and fails by that when its patience is over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic
from typing import Any

PATIENCE_S = 60.0
"""A machine of two cores that draws by software, with other tests beside."""

# What is not at rest: places and sizes of the pictures over some frames (a picture is drawn as large as its place, a
# frame or two after it), what lies over a picture, what is being read or drawn; nothing where all is at rest.
_UNREST = """() => new Promise((resolve) => {
    const places = [];
    const busy = ".server-view[aria-busy=true], .measurement-panel[aria-busy=true], .picture-notice:not(.covering)";
    const look = () => {
        const found = [...document.querySelectorAll(".canvas, .server-view, .measurement-panel, canvas")].map((one) => {
            const { x, y, width, height } = one.getBoundingClientRect();
            return [x, y, width, height, one.width, one.height].map((part) => Math.round(8 * (part ?? 0)));
        });
        places.push(JSON.stringify(found));
        if (places.length < 6) return requestAnimationFrame(look);
        const reasons = [...document.querySelectorAll(`${busy}, .first-light`)].map((one) => one.className);
        for (const one of document.querySelectorAll(".server-view img"))
            if (!one.complete) reasons.push(`not loaded: ${one.src}`);
        const moved = [...new Set(places)];
        if (moved.length > 1) reasons.push(`moved: ${moved.join(" to ")}`);
        resolve(reasons);
    };
    look();
})"""


def until(page: Any, read: Callable[[], Any], is_right: Callable[[Any], Any], pause_ms: float = 50) -> Any:
    """Return what is read once it is right; or what was read last, when patience is over: the test judges it."""
    end = monotonic() + PATIENCE_S
    found = read()
    while not is_right(found) and monotonic() < end:
        page.wait_for_timeout(pause_ms)
        found = read()
    return found


def steady(page: Any, read: Callable[[], Any], n_times: int = 3, pause_ms: float = 100) -> Any:
    """Return what is read once it is the same so many times in a row, or what was read last."""
    end = monotonic() + PATIENCE_S
    found, n_same = read(), 1
    while n_same < n_times and monotonic() < end:
        page.wait_for_timeout(pause_ms)
        again = read()
        n_same = n_same + 1 if again == found else 1
        found = again
    return found


def settle(page: Any) -> None:
    """Wait until pictures and panels keep their places, none covers another, and nothing is being read or drawn."""
    reasons = until(page, lambda: page.evaluate(_UNREST), lambda found: not found)
    assert reasons == [], f"the page does not come to rest: {reasons}"


def text_of(page: Any, locator: Any, pattern: str) -> str:
    """Return the text of an element once it has what is looked for, or as it is when patience is over."""
    return str(until(page, locator.inner_text, lambda text: re.search(pattern, text)))
