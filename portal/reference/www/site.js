// SPDX-FileCopyrightText: The beid-agent authors
// SPDX-License-Identifier: Apache-2.0

// The profile as a panel over whatever page one is on. Without this script
// its links open the same pages in the ordinary way.
const panel = document.getElementById('panel');
const body = document.getElementById('panel-body');
const opener = document.getElementById('open-profile');

// Two copies of a page may be in the document: the panel's get other ids.
function rename(part) {
  for (const item of part.querySelectorAll('[id]')) {
    item.id = `panel-${item.id}`;
  }
  for (const item of part.querySelectorAll('label[for]')) {
    item.htmlFor = `panel-${item.htmlFor}`;
  }
  for (const item of part.querySelectorAll('[aria-labelledby]')) {
    item.setAttribute('aria-labelledby', `panel-${item.getAttribute('aria-labelledby')}`);
  }
}

async function pageAt(path) {
  const response = await fetch(path);
  const text = await response.text();
  // A level that is too low, or a session that ended: the page itself says so.
  return response.ok && !response.redirected
    ? new DOMParser().parseFromString(text, 'text/html').getElementById('main') : null;
}

// Changes the panel to another page; the heading takes the focus, so that a
// screen reader says where one is.
async function show(path) {
  const main = await pageAt(path).catch(() => null);
  // What asks for the card has a script of its own, on a page of its own.
  if (main === null || main.querySelector('[data-ceremony]')) {
    window.location.assign(path);
    return;
  }
  rename(main);
  const title = main.querySelector('h1');
  title.tabIndex = -1;
  panel.setAttribute('aria-label', title.textContent);
  body.replaceChildren(...main.childNodes);
  if (!panel.open) {
    panel.showModal();
  }
  body.scrollTop = 0;
  title.focus();
}

function own(link) {
  return link && link.origin === window.location.origin && !link.hash
    && (!link.search || ['prev', 'next'].includes(link.rel)) && !link.hasAttribute('download');
}

opener.setAttribute('aria-haspopup', 'dialog');
opener.addEventListener('click', (event) => {
  if (window.location.pathname !== '/profile') {
    event.preventDefault();
    show('/profile');
  }
});
body.addEventListener('click', (event) => {
  const link = event.target.closest('a');
  if (own(link)) {
    event.preventDefault();
    show(link.pathname + link.search);
  }
});
document.getElementById('panel-close').addEventListener('click', () => panel.close());
// Beside the panel lies the page one came from.
panel.addEventListener('click', (event) => {
  if (event.target === panel) {
    panel.close();
  }
});
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-print]')) {
    window.print();
  }
});
