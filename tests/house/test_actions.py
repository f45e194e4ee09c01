"""What an action changes about a subject, the journal knows."""

from __future__ import annotations

import ast
import re

from answerable.wiring import clockwork
from tests.house.calls import appending_functions, appending_sql
from tests.house.tree import facts, listed, module_name, parsed, product_files

SILENT: dict[str, str] = {
    "answerable.journal.actions.ensure_partitions": "prepares tables; no subject changes",
    "answerable.journal.actions.rebase_after_restore": "rewrites the order after a restore; no subject changes",
    "answerable.journal.actions.step_over": "moves a follower's cursor; the journal is what it reads",
    "answerable.connectors.actions.queue_order": "copies a fact into the ledger of what is to be sent",
    "answerable.connectors.actions.note_parcel": "what was in it are the facts; this only says that it was taken",
    "answerable.connectors.actions.queue_news": "copies a fact into the ledger of what is to be sent",
    "answerable.connectors.actions.tell_of_order": "fills the ledger of what is to be sent; the settling is the fact",
    "answerable.connectors.actions.withdraw_orders": "takes out of the ledger what a fact has overtaken",
    "answerable.connectors.actions.beat": "a sign of life of a worker; no subject changes",
    "answerable.connectors.actions.begin_poll": "sets when news is asked for; no subject changes",
    "answerable.connectors.actions.end_poll": "writes down a round; what was heard are the facts",
    "answerable.connectors.actions.keep_problems": "what of a mapping does not fit; no subject changes",
    "answerable.connectors.actions.forget_old_attempts": "what became of each delivery stays",
    "answerable.promises.actions.keep_curves": "what is measured of the past; no subject changes",
    "answerable.requests.actions.keep_dates": "copies dates inside actions that append their own facts",
    "answerable.guard.actions.measure": "counts; no subject changes",
    "answerable.catalogue.actions.load_pack": "not in force, it changes nothing; publishing it is the fact",
    "answerable.channels.imports.actions.check_file": "reads a file and reports; writes nothing",
    "answerable.intake.actions.place_at": "reads",
    "answerable.requests.actions.opened_by_postal": "counts wrong tries; the request is only read",
    "answerable.intake.actions.receipt_of": "reads the statement's answer; writes nothing",
    "answerable.intake.actions.told_together": "writes the parameter of a statement",
    "answerable.intake.actions.told_once_together": "writes the parameter of a statement",
    "answerable.intake.actions.prepare": "checks and computes; writes nothing",
    "answerable.intake.actions.digest_of": "computes; writes nothing",
    "answerable.intake.actions.draft": "reads",
    "answerable.intake.actions.draft_photos": "reads",
    "answerable.intake.actions.open_draft": "a draft is not yet a telling: nothing is said until it is sent",
    "answerable.intake.actions.fill_draft": "a draft is not yet a telling",
    "answerable.intake.actions.add_draft_photo": "a draft is not yet a telling",
    "answerable.intake.actions.drop_draft_photo": "a draft is not yet a telling",
    "answerable.intake.actions.forget_expired_drafts": "a draft never sent leaves no trace, as its page promises",
    "answerable.requests.actions.refresh_dates": "copies dates after the clockwork's own facts",
    "answerable.requests.actions.copy_promises": "copies dates inside actions that append their own facts",
    "answerable.staff.actions.checked_password": "decides, writes nothing",
    "answerable.staff.actions.add_api_client": "made by whoever administers; what it writes are the facts",
    "answerable.notices.actions.queue": "writes the ledger from facts; appending would follow itself",
    "answerable.notices.actions.claim": "leases a row of the ledger; what becomes of it is recorded",
    "answerable.notices.actions.put_off": "the ledger's own row says when it is tried again",
    "answerable.notices.actions.confirm": "the ledger's own row says that it arrived",
    "answerable.notices.actions.clear_failing": "a person says that an address works; the ledger goes on",
    "answerable.notices.actions.release_corrected": "lets go in the ledger what a corrected address had held",
    "answerable.notices.actions.keep_incoming": "keeps an answer; what follows from it are the facts",
    "answerable.notices.actions.mark_read": "a person has read an answer; what they do about it are the facts",
    "answerable.notices.actions.save_drafts": "a draft changes nothing; publishing it is the fact",
    "answerable.notices.actions.drop_drafts": "a draft changes nothing",
    "answerable.notices.actions.forget_old": "messages past their time; the facts they told remain",
    "answerable.channels.webhooks.actions.ping": "a message that says nothing; the ledger of deliveries shows it",
    "answerable.channels.webhooks.actions.gather": "writes the ledger from facts; appending would follow itself",
    "answerable.channels.webhooks.actions.claim": "leases a row of the ledger; what becomes of it is recorded",
    "answerable.channels.webhooks.actions.forget_old": "deliveries past their time; the facts they told remain",
    "answerable.staff.actions.save_list": "somebody's own shortcut to a list; no subject changes",
    "answerable.staff.actions.remove_list": "somebody's own shortcut to a list; no subject changes",
    "answerable.staff.actions.fresh_api_key": "makes a key; writes nothing",
    "answerable.channels.open311.actions.claim_pictures": "leases rows of a ledger; the kept picture is the fact",
    "answerable.channels.open311.actions.note_try": "says in the ledger why a picture did not come",
    "answerable.channels.open311.actions.note_kept": "ends a row of the ledger; the kept picture was the fact",
    "answerable.channels.open311.actions.want_pictures": "an address is no picture yet; the kept one is the fact",
    "answerable.channels.open311.actions.forget_old_trials": "tellings to the test endpoint never reach the city",
    "answerable.staff.actions.forget_old_calls": "counts of calls are a meter, not a subject",
}
"""Public functions in actions.py that append nothing, and why that is right."""


def public_actions() -> list[str]:
    """The dotted names of all public functions in the rooms' actions.py."""
    return [
        f"{module_name(path)}.{node.name}"
        for path in product_files("actions.py")
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]


def test_every_action_appends_a_fact() -> None:
    silent = [name for name in public_actions() if name not in appending_functions() and name not in SILENT]

    assert not silent, listed(
        silent,
        remedy="Append a fact in the transaction that changes the row; a function that changes no subject is listed"
        " with its reason in tests/house/test_actions.py.",
    )


def test_the_list_of_silent_actions_is_not_stale() -> None:
    present = set(public_actions())
    stale = [name for name in SILENT if name not in present or name in appending_functions()]

    assert not stale, listed(stale, remedy="These are gone, or append a fact after all; take them off the list:")


def test_sql_speaks_only_of_facts_and_timers_there_are() -> None:
    known = {fact.KIND for fact in facts()} | set(clockwork().handlers)

    unknown = sorted(_names_in_sql() - known)
    assert not unknown, listed(unknown, remedy="Declare the fact in its room's events.py, or the timer in wiring.py:")
    assert "requests_log" in appending_sql()


def _names_in_sql() -> set[str]:
    """Every quoted `<word>.<word>` in the product's SQL, settings of the database aside."""
    text = "".join(path.read_text(encoding="utf-8") for path in product_files("*.sql"))
    return {name for name in re.findall(r"'([a-z]+\.[a-z_]+)'", text) if not name.startswith("answerable.")}
