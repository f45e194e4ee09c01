"""What the Open311 door reads of its own tables."""

from __future__ import annotations

from typing import Final

GIVEN_NUMBER_SQL: Final = """
SELECT CASE WHEN r.handoff IN ('acknowledged', 'done_reported') OR NOT r.is_open THEN r.number END
  FROM open311_token t JOIN requests_request r ON r.id = t.request_id
 WHERE t.token = %s
"""
"""The number under a token: the department's to give, so there is none until it has acknowledged the work."""

TRIAL_SQL: Final = "SELECT number, client_id, told, at FROM open311_trial WHERE number = %s"
TRIALS_SQL: Final = """
SELECT number, client_id, told, at FROM open311_trial WHERE client_id = %s ORDER BY at DESC, id DESC LIMIT %s OFFSET %s
"""
"""What one program sent to the test endpoint, newest first."""

GIVEN_TEST_NUMBER_SQL: Final = "SELECT number FROM open311_trial WHERE number = %s"
"""At the test endpoint the token is the number."""
