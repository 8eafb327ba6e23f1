// Labels that never lie over each other: the most important first, each in the first free place
// around its disc, dropped where there is none. A dropped name still shows when pointed at.

const LINE = 14;
const RIM = 4;
const CELL = 48;
const pen = document.createElement("canvas").getContext("2d");
const measured = new Map();

function wrapped(text, font, width) {
  const key = `${font}|${width}|${text}`;
  if (!measured.has(key)) measured.set(key, wrap(text, font, width));
  return measured.get(key);
}

// At blanks, and where a word is wider than the room (as in Chinese) between its characters.
function wrap(text, font, width) {
  pen.font = font;
  const size = (part) => pen.measureText(part).width;
  const lines = [];
  for (const word of text.split(/\s+/).flatMap((one) => pieces(one, width, size))) {
    const longer = lines.length ? `${lines.at(-1)}${word.joined ? "" : " "}${word.text}` : word.text;
    if (lines.length && size(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word.text);
  }
  const kept = lines.slice(0, 3);
  if (lines.length > 3) kept[2] += "…";
  return { lines: kept, width: Math.max(0, ...kept.map(size)), height: kept.length * LINE };
}

function pieces(word, width, size) {
  if (size(word) <= width) return [{ text: word, joined: false }];
  const parts = [""];
  for (const character of word) {
    if (size(parts.at(-1) + character) > width) parts.push("");
    parts[parts.length - 1] += character;
  }
  return parts.map((text, at) => ({ text, joined: at > 0 }));
}

function* placements({ x, y, r, rx = r, centred }, { width, height }) {
  const middle = x - width / 2;
  if (centred) {
    for (const up of [0, -0.8, 0.8, -1.6, 1.6]) yield [middle, y - height / 2 + up * height];
    return;
  }
  yield [middle, y + r + 2];
  yield [middle, y - r - 3 - height];
  yield [x + rx + 4, y - height / 2];
  yield [x - rx - 4 - width, y - height / 2];
}

function overlaps(area, other) {
  if (other.round) {
    const { x, y, r } = other.round;
    const dx = x - Math.min(area.right, Math.max(area.left, x));
    const dy = y - Math.min(area.bottom, Math.max(area.top, y));
    return dx * dx + dy * dy < r * r;
  }
  return area.left < other.right && other.left < area.right &&
    area.top < other.bottom && other.top < area.bottom;
}

// What is taken, in a grid, so that a question costs the same among ten and among thousands.
class Taken {
  constructor() {
    this.cells = new Map();
  }
  *under(area) {
    for (let column = Math.floor(area.left / CELL); column <= Math.floor(area.right / CELL); column += 1) {
      for (let row = Math.floor(area.top / CELL); row <= Math.floor(area.bottom / CELL); row += 1) {
        yield column * 4096 + row;
      }
    }
  }
  add(area) {
    for (const at of this.under(area)) {
      if (!this.cells.has(at)) this.cells.set(at, []);
      this.cells.get(at).push(area);
    }
  }
  free(area) {
    for (const at of this.under(area)) {
      for (const other of this.cells.get(at) ?? []) {
        if (overlaps(area, other)) return false;
      }
    }
    return true;
  }
}

// Candidates {x, y, r, text, font, room, centred}, in order of importance -> labels
// {candidate, lines, area}. `discs` are what a label should not hide, `never` what it may not.
function placeLabels(candidates, discs, never, { width, height }, most) {
  const texts = new Taken();
  for (const area of never) texts.add(area);
  const pictures = new Taken();
  for (const disc of discs) pictures.add(disc);
  const labels = [];
  for (const candidate of candidates) {
    if (labels.length >= most) break;
    const label = firstFree(candidate, texts, pictures, width, height);
    if (!label) continue;
    texts.add(label.area);
    labels.push(label);
  }
  return labels;
}

function firstFree(candidate, texts, pictures, width, height) {
  let within = null;
  for (const room of [candidate.room, 0.6 * candidate.room]) {
    const box = wrapped(candidate.text, candidate.font, room);
    for (const [left, top] of placements(candidate, box)) {
      const area = { left: left - 3, right: left + box.width + 3, top: top - 1, bottom: top + box.height + 1 };
      if (area.left < RIM || area.right > width - RIM || area.top < 0 || area.bottom > height) continue;
      if (!texts.free(area)) continue;
      within ??= { candidate, lines: box.lines, area };
      if (candidate.centred || pictures.free(area)) return { candidate, lines: box.lines, area };
    }
  }
  // What is pointed at or chosen is named even over a disc.
  return candidate.sure ? within : null;
}
