"""Operators' pages: path, view, who may see it, name."""

from __future__ import annotations

from answerable.web.components.pages import Page

PAGES: tuple[Page, ...] = ()
