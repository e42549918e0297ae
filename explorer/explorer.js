import { clearTable, showTable } from "./table.js";

// The style elements that GraphiQL's dialogs and menus add carry this nonce, or the policy refuses them.
window.__webpack_nonce__ = document.querySelector("meta[property=csp-nonce]").nonce;

const NO_KEY = "Enter the API key of your agency’s client. Without one there is nothing to see.";
const REFUSED = "The server refused this key. Is it complete, and not revoked?";

const WHO = { query: "query Viewer { viewer { agency { name } client { role } purpose } }", operationName: "Viewer" };
const PURPOSES = { query: "query Purposes { viewer { purposes } }", operationName: "Purposes" };

const keyField = document.getElementById("key");
const purposeField = document.getElementById("purpose");
const exampleField = document.getElementById("example");
const status = document.getElementById("status");

// sessionStorage ends with the browser tab: neither the key nor a query that names a person stays on the computer.
const storage = window.sessionStorage;
const KEY = "panoh:key";
const PURPOSE = "panoh:purpose";

function say(state, text) {
  status.dataset.state = state;
  status.textContent = text;
}

async function post({ key, purpose }, operation) {
  const headers = {
    Accept: "application/graphql-response+json, application/json",
    Authorization: `Bearer ${key}`,
    "Content-Type": "application/json",
  };
  if (purpose) headers["Panoh-Purpose"] = purpose;
  const response = await fetch("graphql", { method: "POST", headers, body: JSON.stringify(operation) });
  return { refused: response.status === 401, result: await response.json() };
}

function noAnswer(error) {
  return { result: { errors: [{ message: `No answer from the server: ${error.message}` }] } };
}

function fetcherFor(access) {
  return async (operation) => {
    if (!access.key) {
      keyField.focus();
      return { errors: [{ message: NO_KEY }] };
    }
    const { refused, result } = await post(access, operation);
    if (refused) say("problem", REFUSED);
    return result;
  };
}

/** Offers these purposes; what was chosen stays so if it is among them. */
function offer(purposes) {
  const chosen = purposeField.value;
  purposeField.length = 1;
  purposeField.append(...purposes.map((purpose) => new Option(purpose)));
  purposeField.value = purposes.includes(chosen) ? chosen : "";
}

/** The menu: the first line of each example names its agency and says what it shows. */
function listExamples() {
  const groups = new Map();
  for (const query of examples) {
    const [, agency, title] = query.match(/^# (.+?): (.+)/);
    if (!groups.has(agency)) {
      const group = Object.assign(document.createElement("optgroup"), { label: agency });
      groups.set(agency, exampleField.appendChild(group));
    }
    groups.get(agency).append(new Option(title, query));
  }
}

/** Opens a query in a tab of its own: GraphiQL's new tab has the default query. */
function openTab(defaultQuery) {
  ReactDOM.flushSync(() => render(current, { defaultQuery }));
  document.querySelector(".graphiql-tab-add").click();
  render(current);
}

function render(access, more) {
  const properties = {
    // Another key or purpose is another GraphiQL: no answer stays on the screen that was given to whoever was here before.
    key: access.number,
    defaultTabs: [{ query: examples[0] }],
    onTabChange: ({ tabs, activeTabIndex }) => (access.answer = tabs[activeTabIndex].response),
    // A new fetcher makes GraphiQL read the schema again; a null schema keeps it from asking.
    fetcher: access.fetcher,
    schema: access.connected ? undefined : null,
    storage,
    isHeadersEditorEnabled: false,
    shouldPersistHeaders: false,
    ...more,
  };
  const sdl = React.createElement("a", { href: "schema.graphql" }, "SDL");
  const table = React.createElement("button", { type: "button", onClick: () => showTable(access.answer) }, "Table");
  const logo = React.createElement(GraphiQL.Logo, null, sdl);
  root.render(React.createElement(GraphiQL, properties, logo, React.createElement(GraphiQL.Footer, null, table)));
}

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const examples = (await (await fetch(new URL("examples.graphql", import.meta.url))).text()).split("\f");
const everyPurpose = Array.from(purposeField.options).slice(1).map((option) => option.value);
let offeredTo = ""; // the key whose purposes are offered, or none: then all are
let current = { number: 0 };

async function connect() {
  const access = { key: keyField.value.trim(), purpose: purposeField.value, number: current.number + 1 };
  access.fetcher = fetcherFor(access);
  current = access;
  storage.setItem(KEY, access.key);
  storage.setItem(PURPOSE, access.purpose);
  clearTable();
  render(access);
  if (access.key !== offeredTo) {
    offer(everyPurpose);
    offeredTo = "";
  }
  if (!access.key) return say("problem", NO_KEY);

  say("waiting", "Asking the server …");
  if (!offeredTo) {
    const { refused, result } = await post({ key: access.key }, PURPOSES).catch(noAnswer);
    if (current !== access) return;
    if (refused) return say("problem", REFUSED);
    if (result.data) {
      offer(result.data.viewer.purposes);
      offeredTo = access.key;
      access.purpose = purposeField.value;
      storage.setItem(PURPOSE, access.purpose);
    }
  }
  const { refused, result } = await post(access, WHO).catch(noAnswer);
  if (current !== access) return;
  const viewer = result.data?.viewer;
  if (!viewer) return say("problem", refused ? REFUSED : result.errors[0].message);
  say("ready", `${viewer.agency.name}, ${viewer.client.role}, for ${viewer.purpose}`);
  access.connected = true;
  access.fetcher = fetcherFor(access);
  render(access);
}

document.getElementById("access").addEventListener("submit", (event) => {
  event.preventDefault();
  connect();
});
purposeField.addEventListener("change", connect);
document.getElementById("examples").addEventListener("submit", (event) => {
  event.preventDefault();
  openTab(exampleField.value);
});

// The editors would keep the Tab key to themselves, and the keyboard with it.
document.addEventListener(
  "keydown",
  (event) => {
    const editor = event.target.closest(".CodeMirror");
    if (event.key === "Tab" && editor && !document.querySelector(".CodeMirror-hints")) event.stopPropagation();
  },
  true,
);

listExamples();
keyField.value = storage.getItem(KEY) ?? "";
purposeField.value = storage.getItem(PURPOSE) ?? "";
if (!keyField.value) keyField.focus();
connect();
