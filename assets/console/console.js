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

// Origins, looked at as one types. The server decides; this only says it sooner.
const about = (line) => {
  if (line === '*') return '* lets every website use the app.';
  if (line.includes('*')) return `${line}: patterns do not work, list each origin.`;
  if (!/^https?:\/\//i.test(line)) return `${line}: begin with https:// or http://`;
  let url;
  try { url = new URL(line); } catch { return `${line}: this is no address.`; }
  if (url.pathname !== '/' || url.search || url.hash || url.username) return `${line}: leave out everything after the host and port: ${url.origin}`;
  if (url.protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(url.host)) return `${line}: http works, but anybody on the way can read along.`;
  return '';
};
for (const place of document.querySelectorAll('[data-origins]')) {
  const field = document.getElementById(place.dataset.origins);
  const look = () => {
    const said = field.value.split('\n').map((line) => line.trim()).filter(Boolean).map(about).filter(Boolean);
    const text = said.join('\n');
    if (place.textContent !== text) place.textContent = text;
  };
  let soon;
  field.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(look, 300); });
}

// The widget beside the form shows what is being typed.
const live = document.querySelector('[data-live]');
if (live) {
  const preview = document.getElementById(live.dataset.live);
  const value = (name) => live.elements[name].value.trim();
  const update = () => {
    preview.contentWindow.postMessage({ look: {
      title: value('title') || undefined,
      primaryColor: /^#([\da-f]{3}|[\da-f]{6})$/i.test(value('primaryColor')) ? value('primaryColor') : undefined,
      logo: value('logo') || undefined,
      welcomeMessage: value('welcomeMessage') || undefined,
      suggestions: value('suggestions').split('\n').map((line) => line.trim()).filter(Boolean),
    } }, location.origin);
  };
  let soon;
  live.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(update, 200); });
}
