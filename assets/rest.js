// The second file of the chat, around what wasm-bindgen generates. It finds on its own tag what the first file put
// there, and leaves nothing global behind. The build puts in WIDGET_CSS (text) and the generated script.
(() => {
  "use strict";
  const { wasm, resolve, reject } = document.currentScript.sigmic;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(WIDGET_CSS);
  /* GENERATED */
  wasm_bindgen({ module_or_path: wasm }).then(() => resolve({ mount: wasm_bindgen.mount, sheet }), reject);
})();
