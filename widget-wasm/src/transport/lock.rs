//! The lock that keeps two tabs from calling `fetchToken` at the same time.
//!
//! `navigator.locks` is reached by name: it is absent on pages without TLS, and `web_sys` counts it as unstable.

use js_sys::{Function, Object, Promise, Reflect};
use std::{cell::RefCell, rc::Rc};
use web_sys::wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// A lock that is asked for, held or free.
#[derive(Clone, Debug, Default)]
pub(super) struct TabLock {
    /// Ends the promise for whose time the browser keeps the lock.
    release: Rc<RefCell<Option<Function>>>,
}

impl TabLock {
    /// Asks for the lock `name` and calls `granted` with whether another tab had it first. Where there are no locks,
    /// it is granted at once.
    pub fn acquire(&self, name: &str, granted: impl FnOnce(bool) + 'static) {
        let granted = Rc::new(RefCell::new(Some(granted)));
        let grant = move |waited| {
            if let Some(granted) = granted.take() {
                granted(waited);
            }
        };
        let Some(locks) = Locks::find() else { return grant(false) };
        let this = self.clone();
        let again = locks.clone();
        let lock_name = name.to_owned();
        // First without waiting, to learn whether somebody has it.
        locks.request(name, true, move |lock| {
            if lock.is_truthy() {
                return this.hold(|| grant(false));
            }
            let this = this.clone();
            let grant = grant.clone();
            again.request(&lock_name, false, move |_| this.hold(|| grant(true)));
            JsValue::UNDEFINED
        });
    }

    /// Lets go.
    pub fn release(&self) {
        if let Some(release) = self.release.take() {
            // A resolver of a promise cannot fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// A promise that is kept when the lock is let go.
    fn hold(&self, granted: impl FnOnce()) -> JsValue {
        let promise = Promise::new(&mut |resolve, _| {
            self.release.replace(Some(resolve));
        });
        granted();
        promise.into()
    }
}

#[derive(Clone)]
struct Locks {
    manager: JsValue,
    request: Function,
}

impl Locks {
    fn find() -> Option<Self> {
        let manager = Reflect::get(&web_sys::window()?.navigator(), &JsValue::from_str("locks")).ok()?;
        let request = Reflect::get(&manager, &JsValue::from_str("request")).ok()?.dyn_into().ok()?;
        Some(Self { manager, request })
    }

    fn request(&self, name: &str, only_if_available: bool, on_lock: impl FnOnce(JsValue) -> JsValue + 'static) {
        let options = Object::new();
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from_str("ifAvailable"), &JsValue::from_bool(only_if_available));
        let callback = Closure::once_into_js(on_lock);
        if let Ok(promise) = self.request.call3(&self.manager, &JsValue::from_str(name), &options, &callback) {
            // Refused in a document that is going away; the session does without the lock after a while.
            if let Ok(promise) = promise.dyn_into::<Promise>() {
                wasm_bindgen_futures::spawn_local(async move {
                    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
                });
            }
        }
    }
}
