"""Markup that means harm, and what finds that it did some."""

from __future__ import annotations

#: ways past other cleaners of HTML: where one works it calls `harm()`, asks another host, or takes a name of the page's
HARM = [
    "<p onclick=harm() style='color: red' is=qd-file>words</p><qd-file data-label=x></qd-file>",
    "<b style='position: fixed; inset: 0; z-index: 99999; background: red'>over all of the page</b>",
    "<img src=/nowhere onerror=harm()>",
    "<svg><style><img src=/nowhere onerror=harm()></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=/nowhere onerror=harm()&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=/nowhere onerror=harm()>",
    "<svg></p><style><a id='</style><img src=/nowhere onerror=harm()>'>",
    "<math><annotation-xml encoding='text/html'><img src=/nowhere onerror=harm()></annotation-xml></math>",
    "<noscript><p title='</noscript><img src=/nowhere onerror=harm()>'>",
    "<div><template shadowrootmode=open><img src=/nowhere onerror=harm()></template></div>",
    "<svg><animate onbegin=harm() attributeName=x dur=1s></animate></svg>",
    "<svg><a><animate attributeName=href values=javascript:harm()></animate><text y=20>svg link</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>harm()</script></svg>#x'>",
    "<iframe srcdoc='<script>parent.harm()</script>'></iframe><script>harm()</script>",
    "<a href='https://example.com' src='javascript:harm()'>two</a><a href='java\tscript:harm()'>tab</a>",
    "<a href='http://[' src='javascript:harm()'>broken</a><a href='data:text/html,<script>harm()</script>'>data</a>",
    "<svg><a xlink:href='javascript:harm()'><text>xlink</text></a></svg><math href='javascript:harm()'>m</math>",
    "<img name=body><img id=config><form id=qd><input name=attributes></form><a id=defaultView>x</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.test/'><base href=https://evil.test/>",
    "<link rel=stylesheet href=https://evil.test/x.css><style>@import 'https://evil.test/y.css'</style>",
    "<details open ontoggle=harm()><summary>s</summary></details><button popovertarget=x>b</button>",
    "<video src=javascript:harm() onloadstart=harm() poster=https://evil.test/p.png></video>",
    "<math><mi href='https://evil.test/'>m</mi></math><i id=config>i</i><p href='https://evil.test/'>p</p>",
]
FOUND = """(box) => {
    const own = [...box.querySelectorAll("*")];
    const names = /^(script|style|iframe|form|input|template|link|meta|base|animate|use|qd-.*)$/i;
    const bad = own.filter((node) => names.test(node.localName));
    for (const node of own) {
        for (const { name, value } of node.attributes) {
            const taken = /^on|^(is|name|srcset|poster)$/i.test(name) || (name === "id" && !value.startsWith("h-"));
            if (taken || /javascript:|data:text/i.test(value.replace(/\\s/g, ""))) bad.push(node);
        }
    }
    return bad.map((node) => node.outerHTML);
}"""
COUNT_HARM = "window.harmed = 0; window.harm = () => { window.harmed += 1; };"
