//! Values that follow signals, behind one type each.
//!
//! The reactive renderer is compiled anew for every closure it is given: a kilobyte and more for each. Behind a box it
//! is compiled once for all texts, once for all flags and once for all pieces of view, and the widget is that much
//! quicker to load.

use leptos::prelude::*;
use std::sync::Arc;

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

/// Views that follow a list: what stays in it keeps its view.
pub fn list(
    items: impl Fn() -> Vec<u32> + Send + Sync + 'static,
    view: impl Fn(u32) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    keyed(Arc::new(items), Arc::new(view))
}

type Items = Arc<dyn Fn() -> Vec<u32> + Send + Sync>;
type ItemView = Arc<dyn Fn(u32) -> AnyView + Send + Sync>;

fn keyed(items: Items, view: ItemView) -> impl IntoView {
    view! { <For each=move || items() key=|item| *item children=move |item| view(item) /> }
}

/// Does something now and whenever a signal it reads has changed.
pub fn follow(act: impl FnMut() + 'static) {
    run(Box::new(act));
}

fn run(mut act: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| act());
}
