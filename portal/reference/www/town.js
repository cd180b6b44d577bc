// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// The citizen's profile over this page, in a frame of the portal's that no
// script here can look into. Without this script the link opens the portal itself.
const panel = document.getElementById('panel');
const frame = document.getElementById('panel-frame');
const opener = document.getElementById('open-panel');

opener.setAttribute('aria-haspopup', 'dialog');
function open() {
  // Asked for when somebody wants to see it, and not with every page.
  if (!frame.src) {
    frame.src = frame.dataset.src;
  }
  panel.showModal();
}
opener.addEventListener('click', (event) => {
  event.preventDefault();
  open();
});
// Back from the portal, where the panel was opened again; once.
if (window.location.hash === '#open-panel') {
  window.history.replaceState(null, '', window.location.pathname);
  open();
}
document.getElementById('panel-close').addEventListener('click', () => panel.close());
// Beside the panel lies the page one came from.
panel.addEventListener('click', (event) => {
  if (event.target === panel) {
    panel.close();
  }
});
