// How figures, languages and facets are written.

const whole = new Intl.NumberFormat("en");
const number = (value) => whole.format(value);
// One decimal; of thousands of topics most would be 0.0 % with that, so the small keep a digit.
const percent = (value) => `${value > 0 && value < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`;
const points = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} pt`;
const relative = (ratio) => `${signed(Math.round(100 * (ratio - 1)))} %`;
const interval = (ratio, shown) => `95 %: ${range(ratio, shown)}`;
const range = (ratio, shown) => `${shown(ratio.low)} to ${shown(ratio.high)}`;
const times = (value) => `${value >= 10 ? Math.round(value) : value.toFixed(1)}×`;
const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

function signed(value) {
  if (value === null || value === undefined) return "";
  return value === 0 ? "0" : `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
}

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
function languageName(code) {
  if (code === "und") return "Not determined";
  try {
    return languages.of(code);
  } catch {
    return code;
  }
}
const valueName = (facet, value) =>
  facet === "language" ? languageName(value) : value.replaceAll("_", " ");
const FACET_NAMES = { turns: "User turns", length: "Words written", concern: "Concern, 1 to 5" };
const facetName = (facet) =>
  FACET_NAMES[facet] ?? facet.charAt(0).toUpperCase() + facet.slice(1).replaceAll("_", " ");

const FACET_ORDER = ["task", "language", "turns", "length", "concern"];
const rank = (facet) => (FACET_ORDER.includes(facet) ? FACET_ORDER.indexOf(facet) : FACET_ORDER.length);
const byFacet = (a, b) => rank(a) - rank(b) || compare(a, b);

// Ranges and grades keep their own order; everything else comes largest first, "other" last.
const GRADES = ["short", "medium", "long"];
function inOrder(facet, cells) {
  const grades = cells.map((cell) => grade(cell.value));
  const graded = facet !== "language" && grades.every(Number.isFinite);
  const order = (cell) => (graded ? grade(cell.value) : Number(cell.value === "other"));
  return [...cells].sort((a, b) => order(a) - order(b));
}

function grade(value) {
  if (GRADES.includes(value)) return GRADES.indexOf(value);
  const bounds = /^(up to |over )?(\d+)/.exec(value);
  if (!bounds) return NaN;
  return Number(bounds[2]) + ({ "up to ": -0.5, "over ": 0.5 }[bounds[1]] ?? 0);
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
