"""Departments' and administrators' pages: path, view, who may see it, name."""

from __future__ import annotations

from answerable.web.components.pages import Page, staff
from answerable.web.office import (
    audits,
    bulk,
    catalogue,
    drift,
    exports,
    handoffs,
    hooks,
    imports,
    letters,
    lists,
    messagewords,
    onerequest,
    programs,
    promises,
    queue,
    reclassify,
    replypages,
    ruleset,
    satisfaction,
    simulator,
    staffing,
    surges,
    teams,
    tray,
    wholelist,
    workload,
)

READERS = staff("department", "supervisor", "analyst", "administrator")
"""Everybody who sees the office; a department's people see their own department in it."""

MOVERS = staff("department", "supervisor", "administrator")
"""Those who may change requests."""

PUBLISHERS = staff("supervisor", "administrator")
"""Those who may bring changed routing rules into force, and look after what goes to other systems."""

ANALYSTS = staff("supervisor", "analyst", "administrator")
"""Those who read rows as other records had them."""

ADMINISTRATORS = staff("administrator")
"""Those who decide who may sign in."""

ONE = "request/<str:number>/"

PAGES: tuple[Page, ...] = (
    Page("", queue.queue, READERS, "home"),
    Page("queue/", queue.queue, READERS, "queue"),
    Page("workload/", workload.workload, READERS, "workload"),
    Page("queue/bulk/", bulk.bulk, MOVERS, "bulk"),
    Page("queue/bulk/<int:run_id>/", wholelist.run, MOVERS, "run"),
    Page("queue/lists/", lists.save, READERS, "save_list"),
    Page("queue/lists/<int:list_id>/", lists.opened, READERS, "saved_list"),
    Page("queue/lists/<int:list_id>/remove/", lists.remove, READERS, "remove_list"),
    Page(ONE, onerequest.request_page, READERS, "request"),
    Page(ONE + "act/", onerequest.act, MOVERS, "act"),
    Page(ONE + "service/", reclassify.reclassify, MOVERS, "reclassify"),
    Page(ONE + "photo/<int:photo_id>.jpg", onerequest.photo, READERS, "photo"),
    Page("promises/", promises.board, READERS, "promises"),
    Page("promises/new-dates/", surges.surges, PUBLISHERS, "surges"),
    Page("promises/new-dates/preview/", surges.preview, PUBLISHERS, "surge_preview"),
    Page("promises/new-dates/start/", surges.start, PUBLISHERS, "surge_start"),
    Page("promises/new-dates/<int:surge_id>/", surges.record, PUBLISHERS, "surge"),
    Page("handoffs/", handoffs.handoffs, PUBLISHERS, "handoffs"),
    Page("handoffs/<int:delivery_id>/", handoffs.handoff, PUBLISHERS, "handoff"),
    Page("handoffs/<int:delivery_id>/retry/", handoffs.retry, PUBLISHERS, "handoff_retry"),
    Page("handoffs/line/<slug:code>/reset/", handoffs.line_reset, PUBLISHERS, "line_reset"),
    Page("handoffs/line/<slug:code>/resend/", handoffs.line_resend, PUBLISHERS, "line_resend"),
    Page("handoffs/unread/<int:unread_id>/read/", tray.moved, PUBLISHERS, "handoff_read"),
    Page("handoffs/tray/", tray.tray, PUBLISHERS, "tray"),
    Page("handoffs/tray/<int:heard_id>/", tray.act, PUBLISHERS, "tray_act"),
    Page("handoffs/tray/word/<int:meaning_id>/forget/", tray.unlearn, PUBLISHERS, "tray_unlearn"),
    Page("drift/", drift.drift, PUBLISHERS, "drift"),
    Page("drift/compare/", drift.compare, PUBLISHERS, "drift_compare"),
    Page("drift/<int:drift_id>/", drift.settle, PUBLISHERS, "drift_settle"),
    Page("audits/", audits.audits, PUBLISHERS, "audits"),
    Page("audits/<int:audit_id>/", audits.audit, PUBLISHERS, "audit"),
    Page("audits/<int:audit_id>/verdict/", audits.judge, PUBLISHERS, "audit_judge"),
    Page("simulator/", simulator.simulator, READERS, "simulator"),
    Page("rules/", ruleset.rules, READERS, "rules"),
    Page("rules/edit/", ruleset.edit, PUBLISHERS, "rules_edit"),
    Page("rules/return/", ruleset.return_to_pack, PUBLISHERS, "rules_return"),
    Page("open-data/", exports.exports, READERS, "exports"),
    Page("open-data/build/", exports.ask, PUBLISHERS, "exports_ask"),
    Page("messages/", letters.ledger, PUBLISHERS, "messages"),
    Page("messages/returned/", letters.returned, PUBLISHERS, "messages_returned"),
    Page("messages/returned/settle/", letters.settle, PUBLISHERS, "messages_settle"),
    Page("messages/words/", messagewords.kinds, PUBLISHERS, "message_words"),
    Page("messages/words/<str:kind>/", messagewords.words, PUBLISHERS, "message_words_of"),
    Page("messages/<int:message_id>/", letters.message, READERS, "message"),
    Page("messages/<int:message_id>/do/", letters.act, MOVERS, "message_act"),
    Page("satisfaction/", satisfaction.satisfaction, READERS, "satisfaction"),
    Page("catalogue/", catalogue.services, READERS, "catalogue"),
    Page("catalogue/departments/", catalogue.departments, READERS, "departments"),
    Page("catalogue/calendars/", catalogue.calendars, READERS, "calendars"),
    Page("catalogue/service/<str:code>/", catalogue.service, READERS, "service"),
    Page("imports/", imports.imports, ANALYSTS, "imports"),
    Page("imports/<int:run_id>/", imports.one_import, ANALYSTS, "import"),
    Page("replies/", replypages.every, MOVERS, "replies"),
    Page("replies/<str:code>/", replypages.one, MOVERS, "reply"),
    Page("teams/", teams.teams, PUBLISHERS, "teams"),
    Page("teams/<int:team_id>/", teams.team, PUBLISHERS, "team"),
    Page("staff/", staffing.people, ADMINISTRATORS, "staff"),
    Page("staff/add/", staffing.admit, ADMINISTRATORS, "admit"),
    Page("staff/<int:member_id>/", staffing.person, ADMINISTRATORS, "member"),
    Page("clients/", programs.clients, ADMINISTRATORS, "clients"),
    Page("clients/add/", programs.admit_client, ADMINISTRATORS, "admit_client"),
    Page("clients/<int:client_id>/", programs.client, ADMINISTRATORS, "client"),
    Page("clients/<int:client_id>/key/", programs.rotate_client, ADMINISTRATORS, "rotate_client"),
    Page("clients/<int:client_id>/revoke/", programs.revoke_client, ADMINISTRATORS, "revoke_client"),
    Page("webhooks/", hooks.webhooks, ADMINISTRATORS, "webhooks"),
    Page("webhooks/add/", hooks.subscribe, ADMINISTRATORS, "subscribe"),
    Page("webhooks/<str:token>/", hooks.webhook, ADMINISTRATORS, "webhook"),
    Page("webhooks/<str:token>/do/", hooks.act, ADMINISTRATORS, "webhook_act"),
    Page("webhooks/<str:token>/<str:delivery>/", hooks.delivery, ADMINISTRATORS, "delivery"),
)
