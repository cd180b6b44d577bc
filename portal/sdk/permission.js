// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

import { throwIfAborted } from './errors.js';

// What browsers call the permission: Chromium 145 and Firefox, then older ones.
const NAMES = ['loopback-network', 'local-network-access'];

// What to tell the citizen, per state. Chromium calls it "Apps on device", and
// "Local network" before version 145; Firefox "Device apps and services".
const texts = {
  prompt: {
    nl: 'Uw browser vraagt of deze website programma’s op uw computer mag bereiken. Kies Toestaan.',
    fr: 'Votre navigateur demande si ce site peut joindre les programmes de votre ordinateur. '
      + 'Choisissez Autoriser.',
    de: 'Ihr Browser fragt, ob diese Website Programme Ihres Computers erreichen darf. Wählen Sie '
      + 'Zulassen.',
    en: 'Your browser asks whether this website may reach programs on your computer. Choose Allow.',
  },
  denied: {
    nl: 'Uw browser houdt deze website weg van uw kaartlezer. Klik op het pictogram links van '
      + 'het adres, sta toegang tot apps op dit apparaat (of het lokale netwerk) toe, en laad de '
      + 'pagina opnieuw.',
    fr: 'Votre navigateur tient ce site loin de votre lecteur de carte. Cliquez sur l’icône à '
      + 'gauche de l’adresse, autorisez l’accès aux applications de cet appareil (ou au réseau '
      + 'local), puis rechargez la page.',
    de: 'Ihr Browser hält diese Website von Ihrem Kartenleser fern. Klicken Sie auf das Symbol '
      + 'links der Adresse, erlauben Sie Apps auf diesem Gerät (oder das lokale Netzwerk) und '
      + 'laden Sie die Seite neu.',
    en: 'Your browser keeps this website from your card reader. Click the icon left of the '
      + 'address, allow apps on this device (or the local network), and reload the page.',
  },
};

/** The browser's PermissionStatus, or a stand-in with the state unsupported. */
export async function permissionStatus() {
  for (const name of NAMES) {
    try {
      return await globalThis.navigator.permissions.query({ name });
    } catch {
      // The name is not known here; the older one may be.
    }
  }
  return { state: 'unsupported' };
}

/**
 * May this page call the agent? { state, text }: prompt, granted, denied, or
 * unsupported where the browser has no such question; text tells the citizen
 * in nl, fr, de and en what to do, null when there is nothing to do. Asks the
 * citizen nothing and calls nobody.
 */
export async function permission(options) {
  const signal = options?.signal;
  throwIfAborted(signal);
  const { state } = await permissionStatus();
  throwIfAborted(signal);
  return { state, text: texts[state] ?? null };
}
