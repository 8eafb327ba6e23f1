// The view as a picture that can stand in a report by itself: what it is of, what colour means,
// and the promise that the figures come with.

const MARGIN = 24;
const ROWS = 40;

const promise = () => [...document.querySelectorAll(".trust div")].map((part) =>
  `${part.querySelector("dt").textContent}: ${part.querySelector("dd").textContent}`).join("  ·  ");

function pictureOf(view) {
  readColours();
  return view === "map" ? mapPicture() : sheetPicture(SHEETS[view]());
}

function mapPicture() {
  const dense = 2;
  const legend = legendLines(camera.width);
  const told = lines(promise(), 11, camera.width);
  const head = 2 * MARGIN + 8;
  const height = head + camera.height + 18 * legend.length + 15 * told.length + 2 * MARGIN;
  const [sheet, context] = paper(camera.width + 2 * MARGIN, height, dense);
  const inner = document.createElement("canvas");
  Object.assign(inner, { width: camera.width * dense, height: camera.height * dense });
  paint(inner.getContext("2d"), dense);
  title(context, `Topics, ${data.period.name}`);
  context.drawImage(inner, MARGIN, head, camera.width, camera.height);
  let y = head + camera.height + MARGIN;
  for (const row of legend) {
    for (const { step, x, text } of row) {
      if (step) swatchAt(context, step, MARGIN + x, y);
      say(context, text, MARGIN + x + (step ? 16 : 0), y, `${step ? 400 : 600} 12px`, colours.ink);
    }
    y += 18;
  }
  told.forEach((text, at) => say(context, text, MARGIN, y + 15 * at + 4, "400 11px", colours.soft));
  return sheet;
}

function sheetPicture({ title: name, columns, rows }) {
  const shown = rows.slice(0, ROWS);
  const texts = [columns.map((one) => one.replaceAll("_", " ")), ...shown.map((row) => row.map(cellText))];
  const kept = columns.map((one, at) => at).filter((at) => columns[at] !== "topic_id");
  pen.font = `400 12px ${colours.family}`;
  const widths = new Map(kept.map((at) =>
    [at, Math.min(420, Math.max(...texts.map((row) => pen.measureText(row[at]).width))) + 18]));
  const width = Math.max(560, [...widths.values()].reduce((sum, one) => sum + one, 0));
  const told = lines(promise(), 11, width);
  const head = 2 * MARGIN + 8;
  const height = head + 20 * (texts.length + (rows.length > ROWS ? 1 : 0)) + 15 * told.length + 2 * MARGIN;
  const [sheet, context] = paper(width + 2 * MARGIN, height, 2);
  title(context, `${name}, ${data.period.name}`);
  texts.forEach((row, line) => {
    let x = MARGIN;
    for (const at of kept) {
      const font = line ? "400 12px" : "600 12px";
      say(context, clipped(row[at], widths.get(at) - 12, font), x, head + 20 * line + 10, font, colours.ink);
      x += widths.get(at);
    }
  });
  let y = head + 20 * texts.length + 10;
  if (rows.length > ROWS) say(context, `and ${plural(rows.length - ROWS, "more row")}`, MARGIN, y, "400 12px", colours.soft);
  if (rows.length > ROWS) y += 20;
  told.forEach((text, at) => say(context, text, MARGIN, y + 15 * at + 10, "400 11px", colours.soft));
  return sheet;
}

function paper(width, height, dense) {
  const sheet = document.createElement("canvas");
  Object.assign(sheet, { width: Math.ceil(width * dense), height: Math.ceil(height * dense) });
  const context = sheet.getContext("2d");
  context.scale(dense, dense);
  context.fillStyle = colours.pane;
  context.fillRect(0, 0, width, height);
  return [sheet, context];
}

const title = (context, text) => say(context, text, MARGIN, MARGIN + 8, "600 17px", colours.ink);

function say(context, text, x, y, font, colour) {
  context.font = `${font} ${colours.family}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function swatchAt(context, { colour, ring }, x, y) {
  context.beginPath();
  context.arc(x + 6, y, 5, 0, 7);
  context.fillStyle = ring ? colours.pane : colours[colour];
  context.fill();
  context.strokeStyle = colours[colour];
  context.lineWidth = 1.5;
  context.stroke();
}

function legendLines(width) {
  const rows = [[]];
  let x = 0;
  for (const [step, text] of [[null, `${scale.title}:`], ...scale.steps.slice(0, 12).map((one) => [one, one.text])]) {
    pen.font = `600 12px ${colours.family}`;
    const wide = pen.measureText(text).width + 34;
    if (x + wide > width && rows.at(-1).length) {
      rows.push([]);
      x = 0;
    }
    rows.at(-1).push({ step, x, text });
    x += wide;
  }
  return rows;
}

function lines(text, size, width) {
  pen.font = `400 ${size}px ${colours.family}`;
  const parts = [""];
  for (const word of text.split(" ")) {
    const longer = `${parts.at(-1)} ${word}`.trim();
    if (pen.measureText(longer).width > width && parts.at(-1)) parts.push(word);
    else parts[parts.length - 1] = longer;
  }
  return parts;
}

function clipped(text, width, font) {
  pen.font = `${font} ${colours.family}`;
  if (pen.measureText(text).width <= width) return text;
  let kept = text;
  while (kept && pen.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}

const cellText = (value) =>
  value === null || value === undefined ? "" : typeof value === "number"
    ? (Number.isFinite(value) ? String(Math.round(100 * value) / 100) : "") : value;
