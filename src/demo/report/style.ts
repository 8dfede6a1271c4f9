/** The page's only style sheet. Colours are variables, so that dark is a second set of values and no second page. */
export const STYLE = `
:root{--bg:#f5f6f4;--card:#fff;--ink:#1b2420;--soft:#5c6862;--line:#dfe4e0;--good:#15754a;--goodbg:#e2f3e9;--bad:#b3261e;--badbg:#fbe7e5;
--warn:#8a5a00;--warnbg:#fdf0d5;--fund:#16796f;--acct:#3566b8;--cash:#b26a00;--dedc:#7c4fa3;--bar:#7f9f8f;--copay:#5f7a6d;--onbar:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#121614;--card:#1b211e;--ink:#e6ece8;--soft:#9eaaa4;--line:#313a35;--good:#6fd3a0;--goodbg:#17352a;
--bad:#ff9d94;--badbg:#41201d;--warn:#f0c36a;--warnbg:#3a2d10;--fund:#35a294;--acct:#6b97e6;--cash:#d3913b;--dedc:#ab83d1;--bar:#5a7869;--copay:#86a596;--onbar:#0f1713}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Zen Hei",sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 72px}
header{display:flex;flex-wrap:wrap;gap:8px 28px;align-items:flex-end;margin-bottom:28px}
h1{font-size:34px;line-height:1.15;margin:0;letter-spacing:-.01em}
h1 span{font-weight:400;color:var(--soft);font-size:24px;margin-left:8px;white-space:nowrap}
header p{margin:6px 0 0;color:var(--soft);max-width:62ch}
.pill{display:inline-block;border-radius:99px;padding:2px 11px;font-size:13px;font-weight:600;white-space:nowrap}
.good{background:var(--goodbg);color:var(--good)}.bad{background:var(--badbg);color:var(--bad)}.warn{background:var(--warnbg);color:var(--warn)}
.big{font-size:15px;padding:6px 16px;margin-left:auto}
[lang=zh]{display:inline-block}
section,.facts{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:24px 26px;margin-top:18px}
h2{font-size:19px;margin:0}h2 span{font-weight:400;color:var(--soft)}
h3{font-size:15px;margin:22px 0 8px}
.lead{margin:4px 0 18px;color:var(--soft);max-width:80ch}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:18px}
.facts b{display:block;font-size:25px;line-height:1.2;font-variant-numeric:tabular-nums}.facts span{color:var(--soft);font-size:13px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{font-weight:600;color:var(--soft);font-size:13px;text-align:left}
th,td{padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
tfoot td{font-weight:700;border-top:2px solid var(--line)}
.num{text-align:right;white-space:nowrap}.mono{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;overflow-wrap:anywhere}
.soft{color:var(--soft)}.scroll{overflow-x:auto}
.steps td{padding-top:5px;padding-bottom:5px}.steps td:nth-child(3){width:22%}
.track{height:10px;border-radius:5px;background:var(--line);overflow:hidden;margin-top:6px}.track i{display:block;height:100%;border-radius:5px;background:var(--bar);min-width:2px}
.failed .track i{background:var(--bad)}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(225px,1fr));gap:12px}
.tile{border:1px solid var(--line);border-left:4px solid var(--good);border-radius:8px;padding:12px 14px}
.tile.no{border-left-color:var(--bad)}.tile.wait{border-left-color:var(--cash)}
.tile h4{margin:0 0 6px;font-size:14px}.tile p{margin:6px 0 0;font-size:13px;color:var(--soft)}
.split{display:flex;height:40px;border-radius:8px;overflow:hidden;margin:4px 0 2px;gap:2px}
.split i{display:flex;align-items:center;justify-content:center;color:var(--onbar);font-style:normal;font-size:13px;font-weight:600;min-width:0;overflow:hidden;white-space:nowrap}
.rowname{font-size:13px;color:var(--soft);margin-top:10px}
.legend{display:flex;flex-wrap:wrap;gap:6px 20px;margin:12px 0 0;font-size:13.5px}.legend span{display:inline-flex;align-items:center;gap:7px}
.legend i{width:11px;height:11px;border-radius:3px}
.c-fund{background:var(--fund)}.c-acct{background:var(--acct)}.c-cash{background:var(--cash)}.c-dedc{background:var(--dedc)}.c-copay{background:var(--copay)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(400px,1fr));gap:8px 34px}
svg{display:block;width:100%;height:auto}
svg text{font:13px system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Zen Hei",sans-serif;fill:var(--ink)}svg .t{fill:var(--soft)}
svg .grid-line{stroke:var(--line)}
.chain{display:flex;flex-wrap:wrap;gap:10px;align-items:stretch}
.chain div{flex:1 1 130px;border:1px solid var(--line);border-radius:8px;padding:12px 14px}.chain b{display:block;font-size:22px;font-variant-numeric:tabular-nums}
.chain .bad b{color:var(--bad)}.chain span{font-size:13px;color:var(--soft)}
.chain .bad{background:var(--badbg);border-color:transparent}.chain .good{background:var(--goodbg);border-color:transparent}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--badbg);color:var(--bad);border-radius:8px;padding:14px;margin:14px 0 0}
footer{margin-top:26px;color:var(--soft);font-size:13px}
@media (max-width:560px){main{padding:22px 14px 48px}section,.facts{padding:18px 16px}.two{grid-template-columns:1fr}h1{font-size:27px}}
@media print{body{background:#fff}section,.facts{break-inside:avoid}}
`
