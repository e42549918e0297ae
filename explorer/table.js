// The first list of objects in an answer as an HTML table, made of text nodes alone: nothing in an answer becomes markup.

const dialog = document.getElementById("table");
const table = dialog.querySelector("table");

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The shallowest list of objects, the first of several, with its path. */
function firstList(data) {
  const queue = [{ path: [], value: data }];
  for (const { path, value } of queue) {
    if (Array.isArray(value) && value.some(isObject)) return { path, rows: value };
    if (!isObject(value)) continue;
    for (const [name, inner] of Object.entries(value)) queue.push({ path: [...path, name], value: inner });
  }
  return null;
}

/** The paths of the columns: one for each field, those of objects within objects too. */
function columnsOf(objects) {
  const names = new Set(objects.flatMap(Object.keys));
  return [...names].flatMap((name) => {
    const nested = objects.map((object) => object[name]).filter(isObject);
    return nested.length ? columnsOf(nested).map((path) => [name, ...path]) : [[name]];
  });
}

/** A value as text. In a list each object is its values in a row, with lists among them in brackets. */
function text(value) {
  if (value === null || value === undefined) return "—";
  if (Array.isArray(value)) return value.map(text).join(", ");
  if (!isObject(value)) return String(value);
  return Object.values(value).map((inner) => (Array.isArray(inner) ? `(${text(inner)})` : text(inner))).join(" ");
}

function add(parent, tag, content, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(content);
  parent.append(element);
}

/** Shows the answer, which is JSON, or says that there is no list in it. */
export function showTable(answer) {
  clearTable();
  const list = firstList(answer ? JSON.parse(answer).data : null);
  const title = list ? `${list.path.join(".")}, ${list.rows.length} rows` : "There is no list of objects in this answer.";
  add(table, "caption", title);
  if (list) {
    const columns = columnsOf(list.rows.filter(isObject));
    const head = table.createTHead().insertRow();
    for (const path of columns) add(head, "th", path.join("."), { scope: "col" });
    const body = table.createTBody();
    for (const row of list.rows) {
      const cells = body.insertRow();
      for (const path of columns) add(cells, "td", text(path.reduce((value, name) => value?.[name], row)));
    }
  }
  dialog.showModal();
}

/** Closes the table and forgets it. */
export function clearTable() {
  dialog.close();
  table.replaceChildren();
}

dialog.addEventListener("close", () => table.replaceChildren());
dialog.querySelector("button").addEventListener("click", clearTable);
