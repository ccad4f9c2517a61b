"""The one stylesheet."""

from typing import Final

STYLE: Final = """\
:root {
  color-scheme: light dark;
  --text: #1c1e21; --soft: #5c636b; --line: #dfe3e8; --paper: #ffffff; --card: #f6f7f9;
  --link: #0b57b7; --grave: #a3122b; --warning: #7a4b00; --notice: #46505a;
  font: 16px/1.55 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e8eb; --soft: #a2abb5; --line: #343a42; --paper: #14171a; --card: #1d2126;
    --link: #8ab8ff; --grave: #ff9aa8; --warning: #f2c46d; --notice: #b4bec9;
  }
}
* { box-sizing: border-box }
body {
  max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 3rem;
  background: var(--paper); color: var(--text); overflow-wrap: break-word;
}
a { color: var(--link) } a:focus-visible { outline: 2px solid; outline-offset: 2px }
nav { padding-bottom: .75rem; border-bottom: 1px solid var(--line); font-size: .9rem }
nav a { margin-right: .9rem }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1.5rem 0 .25rem }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.25rem 0 .5rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem }
code { font-size: .92em; background: var(--card); border-radius: 4px; padding: .1em .3em }
.about { color: var(--soft); margin: .25rem 0 1rem }
.urgent, .error, .warning, .notice { font-weight: 600 }
.urgent, .error { color: var(--grave) } .warning { color: var(--warning) }
.notice { color: var(--notice) }
dl { margin: 0 }
dt { font-weight: 600; font-size: .9rem; color: var(--soft); margin-top: 1rem }
dd { margin: .1rem 0 0 }
.fix { border-left: 4px solid var(--link); background: var(--card); padding: .6rem .9rem;
  margin-top: 1.1rem; border-radius: 0 6px 6px 0 }
.fix dt { margin-top: 0 }
.list { list-style: none; padding: 0; margin: .5rem 0 }
.list li { padding: .5rem 0; border-top: 1px solid var(--line) }
.list p { margin: .1rem 0 0; color: var(--soft); font-size: .95rem }
.asked { border-top: 1px solid var(--line); padding: .55rem 0 }
.asked summary { cursor: pointer } .asked summary span { display: block; color: var(--soft) }
.asked summary b { font-size: .78rem; color: var(--link) }
.asked[open] { padding-bottom: 1.25rem }
h4 { font-size: .9rem; margin: 1.25rem 0 0 }
.asked dt, section dt { color: inherit; margin-top: .6rem }
.asked dd, section dd { color: var(--soft); font-size: .93rem }
pre {
  background: var(--card); border-radius: 6px; padding: .75rem; overflow-x: auto;
  font-size: .82rem; line-height: 1.5; margin: .4rem 0 0; white-space: pre-wrap;
}
footer {
  margin-top: 3rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem;
}
"""
