// The first file of the chat: paints the launcher, owns `window.SigmicChat`, and loads the rest when it is
// wanted. From then on Rust has the very button painted here, with any click that came early.
//
// The build puts in LAUNCHER_CSS (text), GLUE_FILE and WASM_FILE (names beside this script).
(() => {
  "use strict";
  const MARK = Symbol.for("sigmic-chat");
  if (window[MARK]) return; // Loaded twice: the first one stays.
  window[MARK] = true;

  const script = document.currentScript || document.querySelector('script[src*="/sigmic-chat.js"]');
  const source = new URL((script && script.src) || location.href);
  const METHODS = "show hide toggle maximize restore send stop newTask openTask setToken update shutdown".split(" ");
  const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

  // Pages that require Trusted Types let scripts be loaded by those policies only that they name.
  const policy = (() => {
    try {
      return window.trustedTypes && trustedTypes.createPolicy("sigmic-chat", {
        createScriptURL: (url) => (new URL(url).origin === source.origin ? url : ""),
      });
    } catch {
      return undefined; // Its name is not on the page's list.
    }
  })();

  let rest; // A promise of the chat itself, one for all instances on the page.
  const loadRest = () =>
    (rest ||= new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      const { href } = new URL(GLUE_FILE, source);
      tag.src = policy ? policy.createScriptURL(href) : href;
      if (script && script.nonce) tag.nonce = script.nonce;
      // Both files travel at once; the script finds this object on its own tag, so nothing is global.
      const wasm = fetch(new URL(WASM_FILE, source), { credentials: "omit" });
      wasm.catch(reject);
      tag.sigmic = { wasm, resolve, reject };
      tag.onerror = () => reject(new Error("the script could not be loaded"));
      document.head.append(tag);
      tag.onload = () => tag.remove();
    }).catch((cause) => {
      rest = undefined; // The next click tries again.
      console.error(`[Sigmic] WIDGET_UNAVAILABLE: the chat could not be loaded from ${source.origin}: ${cause.message}. ` +
        "Check that the host is reachable and that the page's CSP has it in script-src (with 'wasm-unsafe-eval') and connect-src.");
      throw cause;
    }));

  // What the last visit's configuration looked like, so that the launcher does not change colour when it loads.
  const remembered = (token) => {
    try {
      const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
      return JSON.parse(localStorage.getItem(`sigmic-chat/paint/${claims.appId}`)) || {};
    } catch {
      return {};
    }
  };

  // White on dark colours, black on light ones: the WCAG ratios of both are equal at a luminance of 0.18.
  const inkOn = (hex) => {
    const full = hex.length < 5 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(full.slice(at, at + 2), 16) / 255;
      return part > 0.04045 ? ((part + 0.055) / 1.055) ** 2.4 : part / 12.92;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.183 ? "#000" : "#fff";
  };

  const icon = (kind, path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", kind);
    shape.setAttribute("d", path);
    svg.append(shape);
    return svg;
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LAUNCHER_CSS);

  const start = (given) => {
    // A frozen object cannot carry methods, so it is copied.
    const config = Object.isExtensible(given) ? given : { ...given };
    const text = (name) => (typeof config[name] === "string" ? config[name].trim() : "");
    const known = remembered(text("token"));
    const listeners = {};
    let widget;
    let dead = false;
    let settleReady;
    const ready = new Promise((resolve) => (settleReady = resolve));

    const element = document.createElement("sigmic-chat");
    if (config.target) element.dataset.inline = "";
    const root = element.attachShadow({ mode: "open" });
    const vars = new CSSStyleSheet();
    root.adoptedStyleSheets = [sheet, vars];
    const frame = document.createElement("section");
    const launcher = document.createElement("button");
    const title = text("title") || known.title || "Chat with AI";
    const side = text("position") || "bottom-right";
    frame.className = `frame ${side === "bottom-left" ? "left" : "right"}`;
    frame.setAttribute("aria-label", title);
    launcher.className = "launcher";
    launcher.type = "button";
    launcher.setAttribute("aria-label", title);
    launcher.setAttribute("aria-haspopup", "dialog");
    launcher.setAttribute("aria-expanded", "false");
    launcher.hidden = config.launcher === false || !!config.target;
    launcher.append(
      icon("chat", "M12 3C6.8 3 2.75 6.6 2.75 11.1c0 2.3 1.1 4.4 2.85 5.9l-.75 3.2c-.12.5.4.92.86.69l3.5-1.75c.9.22 1.84.33 2.79.33 5.2 0 9.25-3.6 9.25-8.37S17.2 3 12 3Z"),
      icon("less", "m6 9 6 6 6-6"),
    );
    frame.append(launcher);
    root.append(frame);

    const color = HEX.test(text("primaryColor")) ? text("primaryColor") : HEX.test(known.color) ? known.color : "";
    const { x, y } = config.offset || {};
    vars.replaceSync(`:host{${color && `--sc-primary:${color};--sc-ink:${inkOn(color)};`}${
      Number.isInteger(config.zIndex) ? `--sc-z:${config.zIndex};` : ""}${
      Number.isFinite(x) ? `--sc-x:${x}px;` : ""}${Number.isFinite(y) ? `--sc-y:${y}px;` : ""}}`);

    const boot = {
      config, root, frame, launcher, vars, element,
      host: (text("host") || source.origin).replace(/\/+$/, ""),
      wanted: false, // The launcher was clicked before the chat was there.
      emit(data) {
        for (const listen of listeners[data.type] || []) {
          try { listen(data); } catch (cause) { console.error(cause); }
        }
      },
    };

    const attach = () => {
      const into = typeof config.target === "string" ? document.querySelector(config.target) : config.target;
      if (dead || element.isConnected) return;
      (into instanceof Element ? into : document.body || document.documentElement).append(element);
    };
    // Frameworks replace the whole body on navigation; the chat moves along.
    const watcher = new MutationObserver(() => document.body && attach());
    watcher.observe(document.documentElement, { childList: true });
    if (config.target && document.readyState === "loading") document.addEventListener("DOMContentLoaded", attach);
    else if (document.body) attach();

    const early = new AbortController(); // Ends with Rust taking over.
    const load = () =>
      loadRest().then((chat) => {
        if (dead || widget) return;
        early.abort();
        launcher.removeAttribute("aria-busy");
        root.adoptedStyleSheets = [sheet, chat.sheet, vars];
        widget = chat.mount(boot);
        settleReady(config);
      }, () => launcher.removeAttribute("aria-busy"));
    const listen = (target, event, act) => target.addEventListener(event, act, { signal: early.signal, passive: true });
    listen(launcher, "pointerenter", load);
    listen(launcher, "focus", load);
    listen(launcher, "click", () => {
      boot.wanted = !boot.wanted;
      launcher.setAttribute("aria-busy", "true");
      load();
    });
    const idle = () => {
      if (early.signal.aborted || (navigator.connection && navigator.connection.saveData)) return;
      window.requestIdleCallback ? requestIdleCallback(load, { timeout: 3000 }) : setTimeout(load, 300);
    };
    if (config.open === true || config.target) load();
    else if (document.readyState === "complete") idle();
    else listen(window, "load", idle);

    const add = (name, descriptor) => Object.defineProperty(config, name, { configurable: true, ...descriptor });
    const call = (name, args) => {
      if (dead) return Promise.resolve();
      attach();
      load();
      return ready.then(() => widget.call(name, args));
    };
    for (const name of METHODS) add(name, { writable: true, value: (...args) => call(name, args) });
    add("on", { writable: true, value: (name, fn) => {
      const set = (listeners[`sigmic-chat-${String(name).replace(/^sigmic-chat-/, "")}`] ||= new Set());
      set.add(fn);
      return () => set.delete(fn);
    } });
    add("isOpen", { get: () => !dead && !!widget && widget.isOpen() });
    add("ready", { writable: true, value: ready });
    const destroy = () => {
      if (dead) return;
      dead = true;
      early.abort();
      watcher.disconnect();
      // Not at once: the page may call this out of an event that Rust is just sending.
      if (widget) queueMicrotask(() => widget.destroy());
      element.remove();
    };
    add("destroy", { writable: true, value: async () => destroy() });

    const run = ([name, ...args]) =>
      [...METHODS, "on", "destroy"].includes(name) ? config[name](...args)
        : console.warn(`[Sigmic] There is no method ${JSON.stringify(name)}.`);
    const waiting = Array.isArray(config.q) ? config.q : [];
    config.q = { push: (...calls) => calls.forEach(run) };
    waiting.forEach(run);
    return { given, config, destroy };
  };

  let current;
  const assign = (value) => {
    if (current && (value === current.given || value === current.config)) return;
    if (current) current.destroy();
    current = value && typeof value === "object" ? start(value) : undefined;
  };
  const first = window.SigmicChat;
  Object.defineProperty(window, "SigmicChat", {
    configurable: true,
    enumerable: true,
    get: () => current && current.config,
    set: assign,
  });
  assign(first);
})();
