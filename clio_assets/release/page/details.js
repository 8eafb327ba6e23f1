// Cells, past sizes and decisions: packed beside the data block, unpacked after the first picture.

const WHOLE = "*";
let details = null;
const unpacks = "DecompressionStream" in globalThis;

const bytesOf = (base64) => Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));

async function unpackDetails() {
  const unpacked = new Blob([bytesOf(byId("details").textContent.trim())]).stream().pipeThrough(new DecompressionStream("gzip"));
  details = await new Response(unpacked).json();
}

function cellOf([index, conversations, share, base = null, lift = null, low, high, status]) {
  const [facet, value] = details.values[index];
  const ratio = lift === null ? null : { times: lift, low, high, status };
  return { facet, value, conversations, share, base, lift: ratio };
}
const cellsOf = (id) => (details && Object.hasOwn(details.cells, id) ? details.cells[id] : []).map(cellOf);

function cell(id, facet, value) {
  return cellsOf(id).find((one) => one.facet === facet && one.value === value) ?? null;
}

function facetsOf(id) {
  const facets = new Map();
  for (const one of cellsOf(id)) {
    if (!facets.has(one.facet)) facets.set(one.facet, []);
    facets.get(one.facet).push(one);
  }
  return facets;
}

// Of one facet value: topic -> its cell, found once however many topics ask.
let columnOf = { key: null, cells: new Map() };
function column(facet, value) {
  const key = JSON.stringify([facet, value]);
  if (columnOf.key !== key && details) {
    const index = details.values.findIndex(([one, other]) => one === facet && other === value);
    const cells = new Map();
    for (const [id, rows] of Object.entries(details.cells)) {
      const row = rows.find(([at]) => at === index);
      if (row) cells.set(id, cellOf(row));
    }
    columnOf = { key, cells };
  }
  return columnOf.cells;
}

// Share at level 2 and above, the line that docs/facets.md draws. What is too rare is not published,
// so the true share is at least this; null where nothing of it is.
const concerns = new Map();
function concernOf(topic) {
  if (!details) return null;
  if (!concerns.has(topic.id)) {
    const grave = cellsOf(topic.id).filter(({ facet, value }) => facet === "concern" && Number(value) >= 2);
    concerns.set(topic.id, grave.length ? grave.reduce((sum, { share }) => sum + share, 0) : null);
  }
  return concerns.get(topic.id);
}

const trendOf = (id) => details?.trends[id] ?? [];
const verdictOf = (id) => details?.verdicts[details.verdictOf[id]] ?? [];
