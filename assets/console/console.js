// What makes the Console more comfortable. Nothing depends on it.
'use strict';

// Colours: as the system says, or as chosen. The server reads the cookie, so that no page flashes.
for (const button of document.querySelectorAll('[data-theme-switch]')) {
  const root = document.documentElement;
  const isDark = () => getComputedStyle(root).colorScheme === 'dark'
    || (root.dataset.theme !== 'light' && root.dataset.theme !== 'dark' && matchMedia('(prefers-color-scheme: dark)').matches);
  const label = () => { button.textContent = isDark() ? 'Light' : 'Dark'; };
  button.hidden = false;
  label();
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    document.cookie = `sigmic-theme=${root.dataset.theme}; Path=/console; Max-Age=31536000; SameSite=Strict`;
    label();
  });
}

// Copy buttons name the element whose text they take.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// A page that answers a form and shows a secret: loading it again must not send the form again.
const lasting = document.querySelector('[data-lasting-url]');
if (lasting) history.replaceState(null, '', lasting.dataset.lastingUrl);
