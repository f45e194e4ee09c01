"""What the rehearsal room refuses."""

from answerable.kernel.errors import AnswerableError


class BrokenScenes(AnswerableError):
    """The demo's scenes have a mistake: correct the named entry of `demo/scenes.toml`."""

    code = "rehearsal.broken_scenes"
