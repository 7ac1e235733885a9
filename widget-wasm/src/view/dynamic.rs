//! Values that follow signals, behind one type each.
//!
//! The reactive renderer is compiled anew for every closure it is given: a kilobyte and more for each. Behind a box it
//! is compiled once for all texts, once for all flags and once for all pieces of view, and the widget is that much
//! quicker to load.

use leptos::prelude::*;

/// A value that follows signals.
pub type Dynamic<T> = Box<dyn FnMut() -> T + Send>;

/// A value that follows the signals `value` reads: a text, a flag, or an attribute's value.
pub fn dynamic<T>(value: impl FnMut() -> T + Send + 'static) -> Dynamic<T> {
    Box::new(value)
}

/// A piece of view that follows the signals `view` reads.
pub fn piece<V: IntoView>(mut view: impl FnMut() -> Option<V> + Send + 'static) -> Dynamic<Option<AnyView>> {
    Box::new(move || view().map(IntoAny::into_any))
}

/// Does something now and whenever a signal it reads has changed.
pub fn follow(act: impl FnMut() + 'static) {
    run(Box::new(act));
}

fn run(mut act: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| act());
}
