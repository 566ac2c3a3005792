"""What a page may load and run, and what htmx and ECharts need to live with it (tests/browser/test_page_policy.py).

Nothing runs on a page but files of our own, and nothing else styles it. So a template holds no script, no `<style>`, no
`style=` and no `on…=`; and of htmx nothing that is script in an attribute: no `hx-on:…`, no filter in a trigger
(`click[ctrlKey]`), no `js:` in a value. All else of htmx 4 works, and swaps an answer of 422 in as any other. A chart
sets `tooltip: {renderMode: "richText"}`: as HTML, its default, a tooltip is full of `style=`.
"""

from __future__ import annotations

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The header of every page."""

HTMX_CONFIG = '{"includeIndicatorCSS": false}'
"""For `<meta name="htmx-config" content=…>`, above the script: htmx brings no style of its own. So ours hides
`.htmx-indicator`, and shows it under `.htmx-request`.
"""
