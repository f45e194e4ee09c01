"""What the Open311 door reads of its own tables."""

from __future__ import annotations

from typing import Final

GIVEN_NUMBER_SQL: Final = """
SELECT CASE WHEN r.handoff IN ('acknowledged', 'done_reported') OR NOT r.is_open THEN r.number END
  FROM open311_token t JOIN requests_request r ON r.id = t.request_id
 WHERE t.token = %s
"""
"""The number under a token: the department's to give, so there is none until it has acknowledged the work."""
