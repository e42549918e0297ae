// What is around GraphiQL: the toolbar, the menu of examples, the purposes and the table.
import assert from "node:assert/strict";

/** Every control is within the window: at 1,400 pixels in one row, at 1,000 in as many as it takes. */
export async function toolbarFits(page) {
  const boxes = () =>
    page.locator("header").locator("input, select, button").evaluateAll((controls) =>
      controls.map((control) => control.getBoundingClientRect()).map(({ left, right, top }) => ({ left, right, top })));
  for (const width of [1000, 1400]) {
    await page.setViewportSize({ width, height: 900 });
    const controls = await boxes();
    assert.equal(controls.length, 5);
    assert(controls.every(({ left, right }) => left >= 0 && right <= width), `controls outside of ${width} pixels`);
  }
  assert.equal(new Set((await boxes()).map(({ top }) => top)).size, 1, "the toolbar takes more than a row");
  const tabs = await page.locator(".graphiql-tabs").evaluate((row) => row.scrollWidth <= row.clientWidth);
  assert(tabs, "the tabs do not fit");
}

/** The menu has a group for each agency, and opens an example in a tab of its own. */
export async function examplesOpen(page) {
  const menu = page.getByLabel("Example");
  const groups = await menu.locator("optgroup").evaluateAll((found) =>
    found.map((group) => ({ agency: group.label, examples: group.children.length })));
  const agencies = ["Everybody", "UNHCR", "UNDP", "US embassy", "Canadian embassy"];
  assert.deepEqual(groups.map(({ agency }) => agency), agencies);
  assert(groups.every(({ examples }) => examples >= 2), "an agency has fewer than two examples");

  await openExample(page, "Older people at risk");
  await page.getByRole("tab", { name: "OlderPeopleAtRisk", selected: true }).waitFor();
  assert.equal(await page.getByRole("tab").count(), 2);
  const query = await page.evaluate(() => document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror.getValue());
  assert.match(query, /^# UNHCR: Older people at risk\n/);
}

async function openExample(page, title) {
  await page.getByLabel("Example").selectOption({ label: title });
  await page.getByRole("button", { name: "Open", exact: true }).click();
}

/** Another client's purposes are not offered, and one that was chosen for another client is not kept. */
export async function purposesAreTheClients(page, useKey, undpKey, status) {
  const purpose = page.getByLabel("Purpose");
  const offered = async () => (await purpose.locator("option").allTextContents()).slice(1).sort();
  assert.deepEqual(await offered(), ["CASE_MANAGEMENT"]);
  await purpose.selectOption("CASE_MANAGEMENT");
  await status("ready", "for CASE_MANAGEMENT");

  let asked = 0;
  page.on("request", (request) => (asked += /viewer \{ purposes \}/.test(request.postData() ?? "") ? 1 : 0));
  await useKey(undpKey);
  await status("ready", "Development");
  assert.deepEqual(await offered(), ["PROGRAMME_DELIVERY", "STATISTICS"]);
  assert.equal(await purpose.inputValue(), "");
  await purpose.selectOption("STATISTICS");
  await status("ready", "for STATISTICS");
  assert.deepEqual(await offered(), ["PROGRAMME_DELIVERY", "STATISTICS"]);
  assert.equal(asked, 1, "purposes are asked for once a key");

  await useKey("");
  await status("problem", "Enter the API key");
  assert.equal((await offered()).length, 6, "without a key something is known of the last client");
  await useKey(undpKey);
  await status("ready", "for STATISTICS");
  assert.deepEqual(await offered(), ["PROGRAMME_DELIVERY", "STATISTICS"]);
}

/** What the cells hold: text, never markup. The server has no such answer, so that one is made up. */
export async function tableIsText(page, execute) {
  const nodes = [
    { name: "<b>no markup</b>", region: null, needs: ["ER", "DS"], members: [] },
    { name: "B", region: { name: "Sughd", code: 0 }, needs: null, members: [{ age: 3, needs: ["A", null] }, { age: null, needs: [] }] },
  ];
  await page.route("**/graphql", (route) => route.fulfill({ json: { data: { found: true, list: { nodes } } } }));
  await execute(/no markup/);
  await page.unroute("**/graphql");
  await page.getByRole("button", { name: "Table" }).click();
  const table = page.getByRole("table", { name: "list.nodes, 2 rows" });
  const rows = await table.locator("tr").evaluateAll((found) =>
    found.map((row) => Array.from(row.cells, (cell) => cell.textContent)));
  assert.deepEqual(rows, [
    ["name", "region.name", "region.code", "needs", "members"],
    ["<b>no markup</b>", "—", "—", "ER, DS", ""],
    ["B", "Sughd", "0", "—", "3 (A, —), — ()"],
  ]);
  await page.keyboard.press("Escape");
}

/** The circuit ride as a table: whom one would interview. It goes when another purpose is chosen. */
export async function tableShowsTheAnswer(page, execute, status) {
  await openExample(page, "Whom to interview on a circuit ride");
  await execute(/"stage": "(SUBMITTED|INTERVIEWED)"/);
  const button = page.getByRole("button", { name: "Table" });
  await button.press("Enter");
  const table = page.getByRole("dialog").getByRole("table", { name: /^individuals\.nodes, [1-9][0-9]* rows$/ });
  await table.waitFor();
  const columns = ["givenName", "familyName", "ageBand", "sex", "region.name", "specificNeeds", "case.number", "case.members"];
  assert.deepEqual(await table.getByRole("columnheader").allTextContents(), [...columns, "solutions"]);
  const rows = await table.locator("tbody tr").evaluateAll((found) =>
    found.map((row) => Array.from(row.cells, (cell) => cell.textContent)));
  assert(rows.some(([given, family, age]) => given !== "—" && family !== "—" && age.startsWith("AGE_")), "no names");
  assert(rows.every((row) => /SUBMITTED|INTERVIEWED/.test(row.at(-1))), "somebody whom one would not interview");
  assert(rows.some((row) => /^\S+ .+ (FE)?MALE, \S+ /.test(row[7])), "no case with several members");

  await page.keyboard.press("Escape");
  await page.locator("#table tr").first().waitFor({ state: "detached" }).catch(() => assert.fail("the table is kept"));
  assert.equal(await page.locator("#table[open]").count(), 0, "the table does not close");
  assert(await button.evaluate((element) => element === document.activeElement), "the focus is lost");

  await button.click();
  await page.getByLabel("Purpose").selectOption("PROTECTION_ADVOCACY", { force: true });
  await status("ready", "for PROTECTION_ADVOCACY");
  assert.equal(await page.locator("#table[open], #table tr").count(), 0, "the table outlives the purpose");
  await button.click();
  await page.getByRole("table", { name: "There is no list of objects in this answer." }).waitFor();
  await page.getByRole("button", { name: "Close", exact: true }).click();
}
