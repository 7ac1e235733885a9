// The preview is a customer's page like every other, except that its backend is the Console.
'use strict';
const { token, renew } = document.body.dataset;
if (token) {
  window.SigmicChat = {
    token,
    open: true,
    fetchToken: async () => (await (await fetch(renew, { method: 'POST' })).json()).token,
  };
}
