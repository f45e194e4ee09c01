"""The samples of the handbook verify what is sent, in both languages, and refuse what is not ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from answerable.channels.webhooks import rules
from answerable.kernel.signatures import signature

PAGE = Path(__file__).resolve().parents[2] / "docs/handbook/webhooks.md"
BODY = '{"type": "request.moved", "data": {"by": "préposé"}}'.encode()


def sample(language: str) -> str:
    """The code of the page in that language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    names: dict[str, Callable[..., bool]] = {}
    exec(sample("python"), names)
    return names["is_ours"](secret, headers, body)


def in_node(secret: str, headers: dict[str, str], body: bytes) -> bool:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    ask = f"\nconsole.log(isOurs({json.dumps(secret)}, {json.dumps(headers)}, {json.dumps(body.decode())}))"
    told = subprocess.run(
        [node, "--input-type=module", "-e", sample("js") + ask], capture_output=True, text=True, check=True, timeout=60
    )
    return told.stdout.strip() == "true"


@pytest.mark.parametrize("verify", [in_python, in_node])
def test_a_sample_knows_our_messages_from_others(verify: Callable[[str, dict[str, str], bytes], bool]) -> None:
    new, old, other = (rules.secret_of("house", token=token, number=number) for token, number in
                       (("wh_1", 2), ("wh_1", 1), ("wh_2", 1)))  # fmt: skip
    now = int(time.time())

    def headers(stamp: int) -> dict[str, str]:
        signed = signature([new, old], message_id="msg_1", timestamp=stamp, body=BODY)
        return {"webhook-id": "msg_1", "webhook-timestamp": str(stamp), "webhook-signature": signed}

    assert verify(rules.written(new), headers(now), BODY)
    assert verify(rules.written(old), headers(now), BODY)
    assert not verify(rules.written(other), headers(now), BODY)
    assert not verify(rules.written(new), headers(now), BODY + b" ")
    assert not verify(rules.written(new), headers(now - 3600), BODY)
