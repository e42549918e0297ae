// The style elements that GraphiQL's dialogs and menus add carry this nonce, or the policy refuses them.
window.__webpack_nonce__ = document.querySelector("meta[property=csp-nonce]").nonce;

const NO_KEY = "Enter the API key of your agency’s client. Without one there is nothing to see.";
const REFUSED = "The server refused this key. Is it complete, and not revoked?";

const WHO = { query: "query Viewer { viewer { agency { name } client { role } purpose } }", operationName: "Viewer" };

const keyField = document.getElementById("key");
const purposeField = document.getElementById("purpose");
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

function render(access, connected) {
  const properties = {
    // Another key or purpose is another GraphiQL: no answer stays on the screen that was given to whoever was here before.
    key: access.number,
    defaultTabs: tabs,
    // A new fetcher makes GraphiQL read the schema again; a null schema keeps it from asking.
    fetcher: fetcherFor(access),
    schema: connected ? undefined : null,
    storage,
    isHeadersEditorEnabled: false,
    shouldPersistHeaders: false,
  };
  const sdl = React.createElement("a", { href: "schema.graphql" }, "SDL");
  root.render(React.createElement(GraphiQL, properties, React.createElement(GraphiQL.Logo, null, sdl)));
}

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const examples = await (await fetch(new URL("examples.graphql", import.meta.url))).text();
const tabs = examples.split("\f").map((query) => ({ query }));
let current = { number: 0 };

async function connect() {
  const access = { key: keyField.value.trim(), purpose: purposeField.value, number: current.number + 1 };
  current = access;
  storage.setItem(KEY, access.key);
  storage.setItem(PURPOSE, access.purpose);
  render(access, false);
  if (!access.key) return say("problem", NO_KEY);

  say("waiting", "Asking the server …");
  const { refused, result } = await post(access, WHO).catch(noAnswer);
  if (current !== access) return;
  const viewer = result.data?.viewer;
  if (!viewer) return say("problem", refused ? REFUSED : result.errors[0].message);
  say("ready", `${viewer.agency.name}, ${viewer.client.role}, for ${viewer.purpose}`);
  render(access, true);
}

document.getElementById("access").addEventListener("submit", (event) => {
  event.preventDefault();
  connect();
});
purposeField.addEventListener("change", connect);

// The editors would keep the Tab key to themselves, and the keyboard with it.
document.addEventListener(
  "keydown",
  (event) => {
    const editor = event.target.closest(".CodeMirror");
    if (event.key === "Tab" && editor && !document.querySelector(".CodeMirror-hints")) event.stopPropagation();
  },
  true,
);

keyField.value = storage.getItem(KEY) ?? "";
purposeField.value = storage.getItem(PURPOSE) ?? "";
if (!keyField.value) keyField.focus();
connect();
