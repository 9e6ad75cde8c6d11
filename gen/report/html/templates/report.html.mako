<%page args="name, about, verdict, passed, sections, notes, raw, script, version"/>\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gatesmith ${version}">
<title>${verdict}: ${name}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; margin: 0 auto; max-width: 62rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #d0d0d0; }
p.verdict { font-size: 1.8rem; font-weight: 700; margin: .5rem 0; } .pass { color: #1b6e1b; } .fail { color: #a4161a; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; }
caption { text-align: left; color: #4a4a4a; padding-bottom: .2rem; } th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #e3e3e3; }
th:first-child, td:first-child { text-align: left; } figure { margin: 1rem 0; } figcaption { color: #4a4a4a; font-size: .9rem; }
svg { max-width: 100%; height: auto; } pre { overflow-x: auto; background: #f5f5f5; padding: .7rem; font-size: .8rem; }
nav a { margin-right: 1rem; }
</style>
</head>
<body>
<header>
<h1>${name}</h1>
<p>${about}</p>
<p class="verdict ${'pass' if passed else 'fail'}">${verdict}</p>
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
% for caption, rows in section.tables:
<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table>
<caption>${caption}</caption>
<thead><tr>\
% for cell in rows[0]:
${header(cell)}\
% endfor
</tr></thead>
<tbody>
% for row in rows[1:]:
<tr><th scope="row">${row[0]}</th>\
% for cell in row[1:]:
<td>${cell}</td>\
% endfor
</tr>
% endfor
</tbody>
</table>
</div>
% endfor
% for figure in section.figures:
<figure>
${figure.svg | n}
<figcaption>${figure.caption}</figcaption>
</figure>
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
<summary>JSON, schema gatesmith/validate-many/1</summary>
<pre tabindex="0" role="region" aria-label="Raw facts as JSON">${raw}</pre>
</details>
<script type="application/json" id="facts">${script | n}</script>
</section>
</main>
</body>
</html>
<%def name="header(cell)">\
% if cell:
<th scope="col">${cell}</th>\
% else:
<td></td>\
% endif
</%def>
