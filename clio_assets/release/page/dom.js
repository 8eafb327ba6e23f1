// The only two ways the page makes elements: every text enters as textContent or as an attribute,
// never as markup.

function fill(node, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "width%") node.style.width = `${value}%`;
    else if (name === "left%") node.style.left = `${value}%`;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...content.flat().filter((part) => part !== null && part !== undefined));
  return node;
}
const el = (tag, attributes = {}, ...content) =>
  fill(document.createElement(tag), attributes, content);
const svg = (tag, attributes = {}, ...content) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, content);
const byId = (id) => document.getElementById(id);

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, text]) =>
    Array.isArray(text)
      ? el("optgroup", { label: value }, text.map(([inner, name]) => option(inner, name, chosen)))
      : option(value, text, chosen)));
}
const option = (value, text, chosen) => el("option", { value, selected: value === chosen }, text);
