// The preview is a customer's page like every other, except that its backend is the Console.
'use strict';
const { token, renew } = document.body.dataset;
if (token) {
  window.SigmicChat = {
    token,
    open: true,
    fetchToken: async () => (await (await fetch(renew, { method: 'POST' })).json()).token,
  };
  // The form beside it says how it should look. By a message: the widget takes objects of its own page only.
  addEventListener('message', ({ origin, source, data }) => {
    if (origin === location.origin && source === parent && data?.look) window.SigmicChat.update(data.look);
  });
}
