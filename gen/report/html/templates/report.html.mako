<%page args="name, about, verdict, passed, sentence, is_bar, words_of, sections, notes, raw, script, version, schema"/>\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gatesmith ${version}">
<title>${verdict}: ${name}</title>
<style>
:root { color-scheme: light dark; --ink: #1c1c1c; --soft: #4a4a4a; --paper: #fff; --line: #d0d0d0; --box: #f5f5f5;
  --good: #1b6e1b; --bad: #a4161a; --fill: #9dbad6; --over: #e2a3a5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --soft: #b8b8b8; --paper: #16181c; --line: #44484f; --box: #22252b;
  --good: #7fd17f; --bad: #ff9a9a; --fill: #2f5478; --over: #7a3033; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto; max-width: 62rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
p.verdict { font-size: 1.8rem; font-weight: 700; margin: .5rem 0 0; } p.sentence { font-size: 1.1rem; margin: 0 0 .8rem; }
.pass { color: var(--good); } .fail { color: var(--bad); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; color: var(--soft); padding-bottom: .2rem; }
th, td { padding: .2rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, .text { text-align: left; } .text { white-space: normal; } figure { margin: 1rem 0; } figcaption { color: var(--soft); font-size: .9rem; }
.bar { background-repeat: no-repeat; background-image: linear-gradient(var(--fill), var(--fill)); }
.over { background-image: linear-gradient(var(--over), var(--over)); }
svg { max-width: 100%; height: auto; color: var(--ink); } a { color: inherit; }
pre { overflow-x: auto; background: var(--box); padding: .7rem; font-size: .8rem; } pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
nav a { margin-right: 1rem; }
@media (max-width: 30rem) { body { padding: .5rem; } .scroll figure { min-width: 26rem; } th, td { padding: .2rem .4rem; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --line: #999; --box: #fff; --good: #000; --bad: #000;
  --fill: #ccc; --over: #999; } nav, details, #raw { display: none; } body { max-width: none; } figure, table { break-inside: avoid; }
  h2, h2 + p { break-after: avoid; }
  .scroll { overflow: visible; } * { print-color-adjust: exact; } }
</style>
</head>
<body>
<header>
<h1>${name}</h1>
<p>${about}</p>
<p class="verdict ${'pass' if passed else 'fail'}">${verdict}</p>
<p class="sentence">${sentence}</p>
<nav aria-label="Parts">
% for number, section in enumerate(sections):
<a href="#part-${number}">${section.title}</a>
% endfor
</nav>
</header>
<main>
% for number, section in enumerate(sections):
<section aria-labelledby="part-${number}">
<h2 id="part-${number}">${section.title}</h2>
% for line in section.text:
<p>${line}</p>
% endfor
% for caption, rows, words in ((caption, rows, words_of(rows)) for caption, rows in section.tables):
<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table>
<caption>${caption}</caption>
<thead><tr>\
% for column, cell in enumerate(rows[0]):
${header(cell, column in words)}\
% endfor
</tr></thead>
<tbody>
% for row in rows[1:]:
<tr><th scope="row">${row[0]}</th>\
% for column, cell in enumerate(row[1:], 1):
% if is_bar(cell):
<td class="bar${' over' if cell.share > 1 else ''}" style="background-size: ${f'{100 * min(cell.share, 1):.1f}'}% 100%">${cell.text}</td>\
% else:
<td class="${'text' if column in words else 'number'}">${cell}</td>\
% endif
% endfor
</tr>
% endfor
</tbody>
</table>
</div>
% endfor
% if section.code:
<pre class="command" tabindex="0" role="region" aria-label="Command">${section.code}</pre>
% endif
% for figure in section.figures:
<div class="scroll">
<figure>
${figure.svg | n}
<figcaption>${figure.caption}</figcaption>
</figure>
</div>
% endfor
</section>
% endfor
% if notes:
<section aria-labelledby="notes">
<h2 id="notes">Notes</h2>
<ul>
% for note in notes:
<li>${note}</li>
% endfor
</ul>
</section>
% endif
<section aria-labelledby="raw">
<h2 id="raw">Raw facts</h2>
<details>
<summary>JSON, schema ${schema}</summary>
<pre tabindex="0" role="region" aria-label="Raw facts as JSON">${raw}</pre>
</details>
<script type="application/json" id="facts">${script | n}</script>
</section>
</main>
</body>
</html>
<%def name="header(cell, left)">\
% if cell:
<th scope="col" class="${'text' if left else 'number'}">${cell}</th>\
% else:
<td></td>\
% endif
</%def>
