// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/** The SDK as npm publishes it: what is in it, how large it is, its types. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const here = fileURLToPath(new URL(".", import.meta.url));
const sdk = join(here, "node_modules", "beid-agent");

async function minified(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here },
    bundle: true, minify: true, charset: "utf8", format: "esm", target: "es2022", write: false,
  });
  return outputFiles[0].contents.length;
}

test("the package holds the modules, the types, the readme, and nothing else", () => {
  const { exports } = JSON.parse(readFileSync(join(sdk, "package.json"), "utf8"));
  assert.deepEqual(exports["."],
    { types: "./beid-agent.d.ts", default: "./beid-agent.js" });
  assert.deepEqual(exports["./helpdesk"],
    { types: "./helpdesk.d.ts", default: "./helpdesk.js" });
  assert.deepEqual(readdirSync(sdk).sort(), [
    "README.md", "agent.js", "beid-agent.d.ts", "beid-agent.js", "errors.js",
    "events.js", "helpdesk-texts.js", "helpdesk.d.ts", "helpdesk.js", "package.json",
    "permission.js", "reference.js",
  ]);
});

test("it is of the version that it tells", async () => {
  const { version } = JSON.parse(readFileSync(join(sdk, "package.json"), "utf8"));
  assert.equal((await import("beid-agent")).version, version);
});

test("all of it is below 12 kB minified; who logs in only takes less", async () => {
  const all = await minified('export * from "beid-agent";');
  console.log(`minified: ${all} bytes`);
  assert.ok(all < 12_000, `${all} bytes`);
  const login = await minified('export { authenticate } from "beid-agent";');
  console.log(`authenticate alone: ${login} bytes`);
  assert.ok(login < all);
});

test("the helpdesk's module stands alone, and answers as published", async () => {
  const { explain } = await import("beid-agent/helpdesk");
  assert.equal(explain("E13-7K3QX", "nl").explanations[0].code, "no_card");
  const main = await minified('export * from "beid-agent";');
  const helpdesk = await minified('export * from "beid-agent/helpdesk";');
  console.log(`helpdesk: ${helpdesk} bytes`);
  assert.ok(helpdesk > main, "the main module must not hold the texts");
});

// The lines of types.ts, with these lines at its end, that tsc refuses.
function refusedLines(text) {
  const name = join(here, "types.ts");
  const options = {
    strict: true, noEmit: true, skipDefaultLibCheck: true, types: [],
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  };
  const host = ts.createCompilerHost(options);
  const read = host.readFile;
  host.readFile = (file) => (file === name ? text : read(file));
  const program = ts.createProgram([name], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    assert.equal(file?.fileName, name, ts.flattenDiagnosticMessageText(messageText, "\n"));
    return text.slice(0, start).split("\n").length;
  });
}

test("tsc accepts a portal that uses everything, and no wrong use", () => {
  const wrong = ["sdk.authenticate(42);", "sdk.stepUp();", "sdk.sign('a', 'b');",
    "sdk.status({ signal: 'now' });", "(await sdk.permission()).state === 'maybe';",
    "sdk.permission({ minimumVersion: '1.0.0' });", "sdk.authenticate('n', { timeout: 3 });", "explain('E13-7K3QX', 'it');",
    "explain('E13-7K3QX', 'nl')?.explanations[0]?.fr;"];
  const text = readFileSync(join(here, "types.ts"), "utf8").trimEnd();
  const first = text.split("\n").length + 1;
  assert.deepEqual(refusedLines([text, ...wrong].join("\n")),
    wrong.map((line, i) => first + i));
});
