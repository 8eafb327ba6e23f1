// One topic over the released periods: a line that breaks where it was not published, and a band
// for what chance and noise may have done to each figure.

const MANY_DOTS = 45;

function trend(topic) {
  const sizes = trendOf(topic.id);
  if (data.periods.length < 2 || !sizes.length) return null;
  const known = sizes
    .map((size, index) => (size === null ? null : { size, index, ...spreadOf(topic, size, data.periods[index]) }))
    .filter(Boolean);
  const [width, height, edge] = [320, 72, 6];
  const top = Math.max(1, ...known.map(({ high }) => high));
  const x = (index) => edge + (index / (data.periods.length - 1)) * (width - 2 * edge);
  const y = (size) => height - edge - (size / top) * (height - 2 * edge);
  const named = (dot) => `${data.periods[dot.index].name}: ${number(dot.size)} (${range(dot, figure)})`;
  return el("figure", { class: `trend ${colourClass(topic)}` },
    el("figcaption", {},
      el("span", {}, "Over the released periods"),
      el("span", {}, `highest ${number(Math.max(...known.map(({ size }) => size)))}`)),
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": known.map(named).join("; ") },
      svg("line", { class: "axis", x1: 0, x2: width, y1: height - 1, y2: height - 1 }),
      runs(known).map((run) => svg("path", { class: "band", d: band(run, x, y) })),
      svg("path", { d: runs(known).map((run) => line(run.map((dot) => [x(dot.index), y(dot.size)]))).join("") }),
      known.length <= MANY_DOTS ? known.map((dot) =>
        svg("circle", { cx: x(dot.index), cy: y(dot.size), r: 2.6 }, svg("title", {}, named(dot)))) : null),
    el("div", { class: "ends" },
      el("span", {}, data.periods[0].name), el("span", {}, data.periods.at(-1).name)),
    el("p", { class: "since" }, "Band: 95 %, of chance, noise and rounding."));
}

const figure = (value) => number(Math.round(value));

function spreadOf(topic, size, period) {
  if (size <= 0) return { low: 0, high: 0 };
  const variance = shareVariance(size, Math.max(size, period.conversations), perAccount(topic), 1);
  const factor = Math.exp(1.959964 * Math.sqrt(variance));
  return { low: size / factor, high: size * factor };
}

// Unbroken stretches of published periods.
function runs(known) {
  const stretches = [];
  for (const dot of known) {
    if (stretches.at(-1)?.at(-1).index === dot.index - 1) stretches.at(-1).push(dot);
    else stretches.push([dot]);
  }
  return stretches;
}

const line = (points) => points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

function band(run, x, y) {
  const up = run.map((dot) => [x(dot.index), y(dot.high)]);
  const down = run.map((dot) => [x(dot.index), y(dot.low)]).reverse();
  return `${line([...up, ...down])}Z`;
}
