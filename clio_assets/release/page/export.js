// What is on the screen, as a file: the rows of the view as CSV, the view as a picture.

const SHEETS = { map: tableSheet, table: tableSheet, compare: compareSheet, languages: languagesSheet };

// As tables.py does it: a text that a sheet would take for a formula gets an apostrophe in front.
const FORMULA = /(^|[;\t\r\n])([\s\p{C}]*[=+\-@＝＋－＠]|[\t\r\n])/gu;
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = value.replace(FORMULA, "$1'$2");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvOf({ columns, rows }) {
  return [columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n");
}

// The mark in front tells a sheet that what follows is UTF-8.
const saveCsv = () =>
  save(new Blob(["\ufeff", csvOf(SHEETS[state.view]()), "\r\n"], { type: "text/csv;charset=utf-8" }), "csv");

// Not `toBlob`: Chromium leaves that to moments when the page idles, which may be seconds away.
function savePng() {
  const [, base64] = pictureOf(state.view).toDataURL("image/png").split(",");
  save(new Blob([bytesOf(base64)], { type: "image/png" }), "png");
}

function save(blob, kind) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: `${data.period.key.replace(/[^\w-]/g, "")}-${state.view}.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function listenToExport() {
  byId("csv").addEventListener("click", saveCsv);
  byId("png").addEventListener("click", savePng);
}
