// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// What browsers call the permission: Chromium 145 and Firefox, then older ones.
const NAMES = ['loopback-network', 'local-network-access'];

// What to tell the citizen, per state. Chromium calls it "Apps on device", and
// "Local network" before version 145; Firefox "Device apps and services".
const texts = {
  prompt: {
    nl: 'Uw browser vraagt zo dadelijk of deze website toegang krijgt tot programma’s op uw '
      + 'computer. Kies Toestaan: zo bereikt de website uw kaartlezer.',
    fr: 'Votre navigateur va demander si ce site peut accéder aux programmes de votre ordinateur. '
      + 'Choisissez Autoriser : le site pourra joindre votre lecteur de carte.',
    de: 'Ihr Browser fragt gleich, ob diese Website auf Programme Ihres Computers zugreifen darf. '
      + 'Wählen Sie Zulassen: So erreicht die Website Ihren Kartenleser.',
    en: 'Your browser will ask whether this website may access programs on your computer. '
      + 'Choose Allow, so that the website can reach your card reader.',
  },
  denied: {
    nl: 'Uw browser houdt deze website weg van uw kaartlezer. Klik op het pictogram links van '
      + 'het adres, zet de toegang tot apps op dit apparaat (of tot het lokale netwerk) op '
      + 'Toestaan, en laad de pagina opnieuw.',
    fr: 'Votre navigateur empêche ce site de joindre votre lecteur de carte. Cliquez sur l’icône '
      + 'à gauche de l’adresse, autorisez l’accès aux applications de cet appareil (ou au réseau '
      + 'local), puis rechargez la page.',
    de: 'Ihr Browser hält diese Website von Ihrem Kartenleser fern. Klicken Sie auf das Symbol '
      + 'links neben der Adresse, erlauben Sie den Zugriff auf Apps auf diesem Gerät (oder auf '
      + 'das lokale Netzwerk) und laden Sie die Seite neu.',
    en: 'Your browser keeps this website away from your card reader. Click the icon to the left '
      + 'of the address, allow access to apps on this device (or to the local network), and '
      + 'reload the page.',
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
export async function permission() {
  const { state } = await permissionStatus();
  return { state, text: texts[state] ?? null };
}
