"""Names that would do harm if they were more than text."""

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://example.invalid")',
    "\u202egnp.exe\u202c Trading",
    "长" * 300,
    "\u0301\u0302lone marks",
    "{braces} %s {0}",
    "a\x00b\x1bc",
    "</script><script>alert(2)</script>",
    "javascript:alert(3)",
    "${7*7} params.value",
    "W" * 300,
]
