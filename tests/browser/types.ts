// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

/** A portal in TypeScript that uses all of the SDK; compiled, never run. */
import * as sdk from "beid-agent";
import {
  Action, type ActionOptions, ErrorCode, type LibraryAuthenticateResponse,
  type LibraryGetSigningCertificateResponse, type LibrarySignResponse,
  type LibraryStatusResponse, authenticate, config, getSigningCertificate, sign, status,
} from "beid-agent";
import { codes, explain } from "beid-agent/helpdesk";

// With web-eid.js's own names.
async function asBefore(options: ActionOptions) {
  const checked: LibraryStatusResponse = await status();
  const login: LibraryAuthenticateResponse = await authenticate("nonce", options);
  const signer: LibraryGetSigningCertificateResponse = await getSigningCertificate(options);
  const done: LibrarySignResponse = await sign(signer.certificate, "hash", "SHA-384", options);
  return [checked.nativeApp, login.algorithm, done.signature, Action.SIGN_SUCCESS, config.VERSION];
}

const signal = new AbortController().signal;
const { library, extension, nativeApp, readers } = await status({ signal });
const versions: string[] = [library, extension, nativeApp, sdk.version];
const pinpad: boolean | undefined = readers[0]?.pinpad;

// As a portal of web-eid.js calls them.
const token = await authenticate("nonce", { lang: "et", userInteractionTimeout: 120_000 });
const algorithm: "RS256" | "ES384" = token.algorithm;
const { certificate, supportedSignatureAlgorithms } = await getSigningCertificate({ lang: "nl" });
const { signature, signatureAlgorithm } = await sign(
  certificate, "hash", supportedSignatureAlgorithms[0]?.hashFunction ?? "SHA-256", { signal });

const answer = await sdk.stepUp("a.b.c", { chain: true, minimumVersion: "0.1.0" });
const text: string = "statement" in answer ? answer.statement : answer.token.signature;
for await (const event of sdk.events({ signal })) {
  const done: boolean = event === "done";
  console.log(done);
}
const { state, text: advice } = await sdk.permission({ signal });
console.log(state === "denied" ? advice?.nl : "", sdk.decodeReference("E13-7K3QX")?.reason);
try {
  await sdk.authenticateWithEvidence("nonce", { certificateSha256: "ab", waitForCard: false });
} catch (error) {
  if (error instanceof sdk.BeidAgentError && error.code === ErrorCode.ERR_WEBEID_USER_CANCELLED) {
    console.log(error.reason, error.reference, error.retryAfterMs, error.requiresUpdate?.nativeApp);
  }
}
const said: string | undefined = explain("E13-7K3QX", "nl")?.explanations[0]?.nl.say;
const all: string[] = codes.map(({ kind, number, code }) => `${kind} ${number} ${code}`);
console.log(said, all, explain("pin_forgotten")?.explanations[0]?.de.title);
export { algorithm, asBefore, pinpad, signature, signatureAlgorithm, text, versions };
