/** How the landing page looks: a phone first, light or dark as the reader's device is, nothing loaded. */

export const STYLE = `
:root{color-scheme:light dark;--paper:#fbf7ef;--card:#fffdf8;--ink:#1c2620;--soft:#55625a;--line:#ddd5c4;--leaf:#0a5c3c;--leaf-ink:#fff;--ochre:#c9831b;--clay:#a8432f;--code:#f1ebdd}
@media (prefers-color-scheme:dark){:root{--paper:#121814;--card:#1a221d;--ink:#e9ece4;--soft:#a5b1a8;--line:#333f37;--leaf:#7fd3a6;--leaf-ink:#0d1a13;--ochre:#e0a548;--clay:#e07f6a;--code:#0e1310}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1.0625rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.band{height:.75rem;background:conic-gradient(from 135deg at 50% 0,var(--ochre) 90deg,transparent 0) 0 0/1.5rem .75rem,conic-gradient(from -45deg at 50% 100%,var(--clay) 90deg,transparent 0) .75rem 0/1.5rem .75rem,var(--leaf)}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;z-index:1;background:var(--card);padding:.5rem 1rem}
header,main,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;justify-content:space-between;padding-top:1.25rem}
.mark{font-weight:750;font-size:1.375rem;letter-spacing:-.02em;color:var(--leaf)}
nav ul{display:flex;flex-wrap:wrap;gap:0 .25rem;list-style:none;margin:0 -.5rem;padding:0}
nav a{display:block;padding:.625rem .5rem;text-decoration:none}
nav a[aria-current]{color:var(--ink);font-weight:650;box-shadow:inset 0 -.1875rem var(--ochre)}
a{color:var(--leaf);text-underline-offset:.2em;text-decoration-thickness:.0625em}
a:hover{text-decoration-thickness:.125em}
:focus-visible{outline:.1875rem solid var(--ochre);outline-offset:.125rem;border-radius:.25rem}
h1{font-size:clamp(2rem,1.3rem + 3.4vw,3.375rem);line-height:1.1;letter-spacing:-.03em;font-weight:750;max-width:17em;margin:2rem 0 1rem;text-wrap:balance}
h2{font-size:1.5rem;line-height:1.25;letter-spacing:-.015em;margin:0 0 .375rem}
h3{font-size:1.1875rem;line-height:1.3;margin:0}
p{margin:0 0 1rem}
.lead{font-size:1.1875rem;max-width:39em}
.sub{color:var(--soft);max-width:39em}
section{margin-top:3.25rem}
h3.first{margin-top:2rem}
h3.first+p{margin:.25rem 0 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:.75rem;overflow:hidden;margin:2rem 0 0}
.facts div{background:var(--card);padding:.875rem 1.125rem}
dt{color:var(--soft);font-size:.9375rem}
dd{margin:0;font-weight:600}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr));gap:1rem;list-style:none;margin:1.25rem 0 0;padding:0}
.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr))}
.cards>li{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.125rem}
.door{position:relative;border-top:.25rem solid var(--leaf)!important}
.door a{font-weight:650;font-size:1.1875rem}
.door a::after{content:"";position:absolute;inset:0}
.door p,.cards p{margin:.25rem 0 0;color:var(--soft)}
.door code{background:none;padding:0}
.paths{display:flex;flex-wrap:wrap;gap:.375rem;list-style:none;margin:.875rem 0;padding:0}
code,pre{font:.9375em/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{background:var(--code);border-radius:.3125rem;padding:.125rem .375rem;overflow-wrap:anywhere}
pre{background:var(--code);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.125rem;margin:1rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
pre code{background:none;padding:0}
.people{list-style:none;margin:.625rem 0 0;padding:0}
.people li{display:grid;gap:0 1rem;justify-items:start;padding:.5rem 0;border-top:1px solid var(--line)}
@media (min-width:32rem){.people li{grid-template-columns:minmax(0,1fr) auto;align-items:center}}
.people li:first-child{border-top:0}
.people span{color:var(--soft)}
.links{list-style:none;margin:1rem 0 0;padding:0;border-top:1px solid var(--line)}
.links li{display:grid;grid-template-columns:minmax(0,1fr);padding:.75rem 0;border-bottom:1px solid var(--line)}
.links span{color:var(--soft)}
@media (min-width:40rem){.links li{grid-template-columns:15rem minmax(0,1fr);align-items:baseline}}
footer{margin-top:3rem;padding-top:1.25rem;padding-bottom:2.5rem;color:var(--soft)}
@media print{.band,nav,.skip{display:none}}
`
