// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// The profile as a panel over whatever page one is on. Without this script
// its links open the same pages in the ordinary way.
const panel = document.getElementById('panel');
const body = document.getElementById('panel-body');

// Two copies of a page may be in the document: the panel's get other ids.
function rename(part) {
  for (const item of part.querySelectorAll('[id]')) {
    item.id = `panel-${item.id}`;
  }
  for (const item of part.querySelectorAll('[aria-labelledby]')) {
    item.setAttribute('aria-labelledby', `panel-${item.getAttribute('aria-labelledby')}`);
  }
}

async function show(path) {
  const response = await fetch(path);
  // A level that is too low, or a session that ended: the page itself says so.
  if (!response.ok || response.redirected) {
    window.location.assign(path);
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const main = page.getElementById('main');
  rename(main);
  body.replaceChildren(...main.childNodes);
  if (!panel.open) {
    panel.showModal();
  }
  body.scrollTop = 0;
  body.focus();
}

function own(link) {
  return link && link.origin === window.location.origin && !link.search;
}

document.getElementById('open-profile').addEventListener('click', (event) => {
  if (window.location.pathname !== '/profile') {
    event.preventDefault();
    show('/profile');
  }
});
body.addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (own(link)) {
    event.preventDefault();
    show(link.pathname);
  }
});
document.getElementById('panel-close').addEventListener('click', () => panel.close());
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-print]')) {
    window.print();
  }
});
