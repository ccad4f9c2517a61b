"""The one stored event that a caller means by an event_id, or why it is not one."""

from dataclasses import dataclass

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.model.admission import Story
from tandemgate.ports import Archive
from tandemgate.web.answers import Answer, Refusal, as_json, problem_json
from tandemgate.web.keys import KeyGrant


@dataclass(frozen=True, slots=True)
class Meant:
    """An event_id, and what else tells it from others with the same one."""

    event_id: str
    pixel_id: str | None = None
    event: str | None = None
    channel: str | None = None

    async def story(self, archive: Archive, key: KeyGrant) -> Story | Answer | Refusal:
        """Find the event among those that *key* opens; several are listed instead."""
        found = await archive.stories(self.event_id, self.pixel_id, self.event)
        visible = [
            story
            for story in found
            if key.opens(story.entry.pixel_id) and self.channel in {None, story.entry.channel}
        ]
        match visible:
            case []:
                return Refusal(404, problem("not_found", "event_id", printable(self.event_id)))
            case [story]:
                return story
            case _:
                return _ambiguous(visible)


def _ambiguous(stories: list[Story]) -> Answer:
    told = problem("ambiguous", "event_id", f"{len(stories)} events")
    candidates = [
        {
            "pixel_id": story.entry.pixel_id,
            "event": story.entry.event,
            "channel": story.entry.channel,
            "state": story.entry.state,
        }
        for story in stories
    ]
    content = {"error": "ambiguous", "problems": [problem_json(told)], "candidates": candidates}
    return as_json(409, content)
