/** How the page of documents looks; part of the page, and of the policy that allows it by hash. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2024, #e6e8eb);
  --quiet: light-dark(#5b6570, #9aa4af);
  --back: light-dark(#ffffff, #14171a);
  --panel: light-dark(#f4f6f8, #1d2125);
  --line: light-dark(#d9dee3, #343a40);
  --link: light-dark(#0b5cad, #79b8ff);
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body {
  margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr);
  background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
}
nav {
  position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem;
  background: var(--panel); border-right: 1px solid var(--line); font-size: .8rem;
}
nav h2 { margin: 1rem 0 .25rem; font-size: .8rem; color: var(--quiet) }
nav ul { margin: 0; padding: 0; list-style: none }
nav li { overflow-wrap: anywhere }
main { max-width: 60rem; padding: 1rem 2rem 6rem }
a { color: var(--link); text-decoration: none }
a:hover, a:focus-visible { text-decoration: underline }
h3 { margin: 0 0 .5rem; font-size: 1rem; overflow-wrap: anywhere }
h3 b { font-size: .8rem }
article { margin: 2rem 0; padding-top: 1rem; border-top: 1px solid var(--line) }
.summary { font-weight: 600 }
code, pre { font: .85em/1.5 ui-monospace, monospace }
pre { padding: .75rem 1rem; overflow: auto; background: var(--panel); border-radius: .4rem }
.wide { overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-size: .85rem }
th, td { padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top }
th { color: var(--quiet); font-weight: 600 }
tr { border-bottom: 1px solid var(--line) }
tr:target, article:target h3 { background: light-dark(#fff4c2, #4a3f0f) }
summary { cursor: pointer; color: var(--quiet) }
@media (max-width: 50rem) {
  body { display: block }
  nav { position: static; height: auto; border: 0 }
  main { padding: 1rem }
}
`;
