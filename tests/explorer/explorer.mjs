// Uses the explorer as a person would, in Chromium: node explorer.mjs URL UNHCR_KEY UNDP_KEY US_KEY [SCREENSHOT]
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { examplesOpen, purposesAreTheClients, tableIsText, tableShowsTheAnswer, toolbarFits } from "./page.mjs";

const [url, key, otherKey, usKey, screenshot] = process.argv.slice(2);
if (!url || !key || !otherKey || !usKey) {
  console.error("usage: node explorer.mjs URL UNHCR_KEY UNDP_KEY US_KEY [SCREENSHOT]");
  process.exit(2);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--disable-gpu", "--disable-quic", "--no-first-run"],
});
try {
  await explore(await browser.newPage({ viewport: { width: 1400, height: 900 } }));
  console.log("The explorer works, from its own host alone.");
} catch (error) {
  console.error(`The explorer does not work: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}

async function explore(page) {
  const problems = watch(page);
  page.setDefaultTimeout(15_000);
  const status = (state, text = "") =>
    page.locator(`#status[data-state=${state}]`, { hasText: text }).waitFor().catch(async () => {
      throw new Error(`the status is "${await page.locator("#status").textContent()}"`);
    });
  const result = () => page.evaluate(() => document.querySelector(".result-window .CodeMirror").CodeMirror.getValue());
  const useKey = async (text) => {
    await page.getByLabel("API key").fill(text);
    await page.getByRole("button", { name: "Use key" }).click();
  };

  await page.goto(url);
  await status("problem", "Enter the API key");
  await useKey("no such key");
  await status("problem", "refused");
  await useKey(key);
  await status("ready");

  const execute = async (expected) => {
    // GraphiQL reads the operation's name some time after a tab has come up, and sends the last tab's until then.
    await page.waitForFunction(() => {
      const editor = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror;
      return editor.getValue().includes(`query ${editor.operationName} {`);
    });
    await page.getByRole("button", { name: /^Execute query/ }).click();
    for (let tries = 0; !expected.test(await result()); tries++) {
      assert(tries < 100, `not the result that was expected: ${await result()}`);
      await page.waitForTimeout(100);
    }
  };

  assert.deepEqual(await page.getByRole("tab").allTextContents(), ["Caseload"]);
  const people = /"totalCount": [1-9][^]*"registrationNumber": "/;
  await execute(people);
  if (screenshot) await page.screenshot({ path: screenshot });

  // The dialogs and menus add style elements, which need the nonce.
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").getByText("Query", { exact: true }).waitFor();

  await page.locator(".graphiql-query-editor .CodeMirror").click();
  await page.keyboard.press("Tab");
  const trapped = await page.evaluate(() => document.activeElement.closest(".graphiql-query-editor .CodeMirror") !== null);
  assert(!trapped, "the Tab key does not leave the query editor");

  // What one key was shown is gone when another is used, or another purpose, and does not come back.
  await useKey(otherKey);
  await status("ready", "Development");
  assert(!people.test(await result()), "another key's people are still on the screen");
  await useKey(key);
  await status("ready", "Refugees");
  assert(!people.test(await result()), "the people come back without being asked for");

  await toolbarFits(page);
  await examplesOpen(page);
  await purposesAreTheClients(page, useKey, otherKey, status);
  await tableIsText(page, execute);
  await useKey(usKey);
  await status("ready", "United States");
  await tableShowsTheAnswer(page, execute, status);

  await useKey(key);
  await status("ready", "Refugees");
  await page.reload();
  await status("ready");
  assert.equal(await page.evaluate(() => localStorage.length), 0, "something is kept beyond the browser tab");
  assert(!page.url().includes(key), "the key is in the address");
  assert.deepEqual(problems, []);
}

/** Gathers requests to other hosts, violations of the policy and errors, except the 401 that this test provokes. */
function watch(page) {
  const problems = [];
  const { origin } = new URL(url);
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (address.protocol !== "data:" && address.origin !== origin) problems.push(`request to ${address.origin}`);
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    const expected = message.text().includes("the server responded with a status of 401");
    if (message.type() === "error" && !expected) problems.push(message.text());
  });
  return problems;
}
