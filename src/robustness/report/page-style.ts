/** The page's style: one column of figures and tables, light and dark, narrow and printed. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1d21; --soft: #50555f; --paper: #fdfdfc; --line: #d5d8de; --rule: #6b707a;
  --heat: #6fb1d4; --link: #0b5a87; --warn: #7a3b00; --warn-paper: #fff1dc; --code: #f1f2f4;
  --entry-0: #0072b2; --entry-1: #c44f00; --entry-2: #007a5a; --entry-3: #9a4a86; --entry-4: #806000; --entry-5: #4a4e57 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e5e7eb; --soft: #a9afba; --paper: #14161a; --line: #343943; --rule: #7e8591;
    --heat: #1f6288; --link: #7cc4ee; --warn: #ffcf8a; --warn-paper: #3a2908; --code: #20242b;
    --entry-0: #5ab4e8; --entry-1: #f5894b; --entry-2: #35c9a0; --entry-3: #dd98c6; --entry-4: #e3c53d; --entry-5: #c3c8d1 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; font: 16px/1.55 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); overflow-wrap: anywhere }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem } header p { margin: 0; color: var(--soft) }
h2 { font-size: 1.4rem; margin: 3rem 0 .8rem; padding-top: .6rem; border-top: 2px solid var(--ink) }
h3 { font-size: 1.1rem; margin: 2rem 0 .6rem } h4 { font-size: 1rem; margin: 1.2rem 0 .4rem } h4 small { font-weight: 400; color: var(--soft) }
p, main > section > ul, .summary ul { max-width: 46rem } li { margin: .25rem 0 }
a { color: var(--link) } :focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
nav ul, .legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .8rem 0 }
.legend { margin: 0 0 .4rem; font-size: .9rem } .legend svg { vertical-align: -1px }
figure { margin: 1.4rem 0 2rem } figcaption { max-width: 46rem; font-size: .9rem; color: var(--soft) } figcaption b { color: var(--ink) }
figure.table { margin: 1.4rem 0 } figure.table figcaption { margin-bottom: .4rem }
svg.chart, svg.square { display: block; width: 100%; height: auto } svg.chart { max-width: 46rem } svg.square { max-width: 22rem }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft) } .panels svg text { font-size: 13.5px } svg .axis { fill: var(--ink) }
.grid { stroke: var(--line) } .reference { stroke: var(--rule); stroke-dasharray: 3 4 }
.curve { fill: none; stroke-width: 2.4; stroke-linejoin: round } .fine { stroke-width: 1.4 }
.member { fill: none; stroke-width: 1; opacity: .75 } .band { opacity: .17 }
.marker { stroke: var(--paper); stroke-width: 1 } .hollow { fill: var(--paper); stroke-width: 1.6 }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); gap: .5rem 1.5rem }
.panels.wide, .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: .5rem 2rem }
.pair > * { min-width: 0 } .panel { margin: .3rem 0; font-size: .9rem; font-weight: 600 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; border-top: 2px solid var(--rule); border-bottom: 2px solid var(--rule); font-size: .9rem;
  font-variant-numeric: tabular-nums; overflow-wrap: normal }
th, td { padding: .3rem .7rem; text-align: right; vertical-align: top } thead th { vertical-align: bottom; border-bottom: 1px solid var(--rule) }
tbody tr + tr > * { border-top: 1px solid var(--line) } td { white-space: nowrap }
th { font-weight: 600; max-width: 14rem } tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 10rem }
th:first-child { text-align: left; padding-left: .2rem } .pair th, .pair td { padding: .3rem .45rem } .pair tbody th { min-width: 6.5rem } table small { display: block; font-weight: 400; color: var(--soft); font-size: .8rem }
.words tbody th { min-width: 15rem; max-width: 32rem } .wraps td { white-space: normal; overflow-wrap: anywhere; max-width: 16rem }
table:not(.words) th:first-child { position: sticky; left: 0; background: var(--paper) }
.shaded { background: color-mix(in srgb, var(--heat) calc(100% * var(--share)), var(--paper)); print-color-adjust: exact }
details { margin: .5rem 0 } summary { cursor: pointer; color: var(--link); font-size: .9rem }
.views { display: flex; gap: .9rem; list-style: none; margin: 0; padding: 0 0 .5rem } .views > li { flex: 0 0 9.5rem; font-size: .8rem; line-height: 1.35 }
.views img { display: block; width: 9.5rem; height: auto; image-rendering: pixelated; border: 1px solid var(--line) }
.views ul { list-style: none; margin: 0; padding: 0 } .views .entry { display: block; border-left: 4px solid; padding-left: .35rem; color: var(--soft) }
.right b { color: var(--entry-2) } .wrong b { color: var(--entry-1) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem } dt { color: var(--soft) } dd { margin: 0; min-width: 0 }
pre { background: var(--code); padding: .8rem 1rem; white-space: pre-wrap; font-size: .85rem; border-radius: 4px }
.warning { background: var(--warn-paper); color: var(--warn); border-left: 5px solid currentColor; padding: .7rem 1rem }
footer { margin-top: 3rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem }
@media (max-width: 40rem) {
  body { padding: 1.2rem 1rem 3rem } h1 { font-size: 1.5rem } svg text, .panels svg text { font-size: 18px } .panels svg.square text { font-size: 15px }
  tbody th { min-width: 7rem } dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --line: #ccc; --rule: #555; --heat: #6fb1d4; --link: #000; --warn: #5a2b00;
    --warn-paper: #fff; --code: #f4f4f4; --entry-0: #0072b2; --entry-1: #c44f00; --entry-2: #007a5a; --entry-3: #9a4a86; --entry-4: #806000; --entry-5: #4a4e57 }
  @page { margin: 16mm 14mm }
  :root { font-size: 10pt } body { max-width: none; padding: 0; font-size: 1rem } nav, summary { display: none } details::details-content { content-visibility: visible; display: block; height: auto } .scroll { overflow: visible }
  h2, h3, h4, h2 + p, h3 + p { break-after: avoid } figure, .example, tr, li, p { break-inside: avoid } section[aria-labelledby^="noise-"] { break-before: page } figure:not(.table) > figcaption { break-before: avoid }
  figure.table figcaption { break-after: avoid } figure:has(details), details figure { break-inside: auto } .views { flex-wrap: wrap } .views > li, .views img { flex-basis: 26mm; width: 26mm }
  th, td, .pair th, .pair td { padding: .15rem .4rem } table:not(.words) th:first-child { position: static } table { font-size: 8pt } tbody th, .pair tbody th { min-width: 4rem } .words tbody th { min-width: 50mm } .words td { white-space: normal } p + pre { break-before: avoid }  svg.chart { max-width: 125mm }
  .panels { grid-template-columns: repeat(3, 1fr) } .panels.wide, .pair { grid-template-columns: 1fr 1fr } }`
