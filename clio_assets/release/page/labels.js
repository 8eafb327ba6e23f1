// Labels that never lie over each other: largest first, each in the first free place around its
// disc, dropped where there is none. A dropped name still shows on hover, focus and selection.

const LINE = 13;
const pen = document.createElement("canvas").getContext("2d");

function wrapped(text, font, width) {
  pen.font = font;
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const kept = lines.slice(0, 3);
  if (lines.length > 3) kept[2] += "…";
  const measured = Math.max(...kept.map((line) => pen.measureText(line).width));
  return { lines: kept, width: measured, height: kept.length * LINE };
}

function placements({ x, y, r, rx = r, ry = r }, { width, height }) {
  const [right, left] = [x + rx + 5, x - rx - 5 - width];
  const [under, over] = [y + ry + 3, y - ry - 4 - height];
  const corner = 0.3;
  const [inRight, inLeft] = [right - rx * corner, left + rx * corner];
  const [inUnder, inOver] = [under - ry * corner, over + ry * corner];
  const middle = { left: x - width / 2, anchor: "middle" };
  return [
    { ...middle, top: under },
    { ...middle, top: over },
    { left: right, top: y - height / 2, anchor: "start" },
    { left, top: y - height / 2, anchor: "end" },
    { left: inRight, top: inUnder, anchor: "start" },
    { left: inLeft, top: inUnder, anchor: "end" },
    { left: inRight, top: inOver, anchor: "start" },
    { left: inLeft, top: inOver, anchor: "end" },
  ];
}

function overlaps(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function touches({ x, y, r }, area) {
  const dx = x - Math.min(area.right, Math.max(area.left, x));
  const dy = y - Math.min(area.bottom, Math.max(area.top, y));
  return dx * dx + dy * dy < r * r;
}

// Nodes {x, y, r or rx and ry, text, font, room}, in order of importance, round the discs ->
// labels {node, lines, anchor, x, y}. Each is tried at its full width, then wrapped narrower.
function placeLabels(nodes, discs, width, height) {
  const taken = [];
  const free = (area) =>
    area.left >= 0 && area.right <= width && area.top >= 0 && area.bottom <= height &&
    !taken.some((other) => overlaps(area, other)) && !discs.some((disc) => touches(disc, area));
  return nodes.flatMap((node) => {
    for (const room of [node.room, 0.6 * node.room]) {
      const box = wrapped(node.text, node.font, room);
      for (const { left, top, anchor } of placements(node, box)) {
        const area = {
          left: left - 2, right: left + box.width + 2, top: top - 1, bottom: top + box.height + 1,
        };
        if (!free(area)) continue;
        taken.push(area);
        const x = { start: left, middle: left + box.width / 2, end: left + box.width }[anchor];
        return { node, lines: box.lines, anchor, x, y: top };
      }
    }
    return [];
  });
}
