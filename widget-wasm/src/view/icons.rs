//! The icons, as paths on a grid of 24 by 24.

use super::dynamic::{Dynamic, dynamic};
use leptos::prelude::*;

pub const CLOSE: &str = "m6 6 12 12M18 6 6 18";
pub const MAXIMIZE: &str = "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7";
pub const RESTORE: &str = "M20 10h-6V4M14 10l7-7M4 14h6v6M10 14l-7 7";
pub const NEW_CHAT: &str =
    "M12 5H7a3 3 0 0 0-3 3v9a3 3 0 0 0 3 3h9a3 3 0 0 0 3-3v-5M18.4 3.6a2 2 0 0 1 2.8 2.8L12.6 15 9 16l1-3.6Z";
pub const SEND: &str = "M12 19V5M5.5 11.5 12 5l6.5 6.5";
pub const STOP: &str = "M9 7h6a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2Z";
pub const DOWN: &str = "M12 5v14M5.5 12.5 12 19l6.5-6.5";
pub const DONE: &str = "m5 12.5 4.5 4.5L19 7.5";
pub const FAILED: &str = "M12 8v5M12 16.5v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z";
pub const REFUSED: &str = "m5.7 5.7 12.6 12.6M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z";
pub const APPROVAL: &str = "m9 12 2.2 2.2L15.2 10M12 3l7.5 2.8v5.4c0 4.6-3 8.2-7.5 9.8-4.5-1.6-7.5-5.2-7.5-9.8V5.8Z";
pub const UNPLUGGED: &str = "M9 3v4M15 3v4M6 7h12v4a6 6 0 0 1-6 6 6 6 0 0 1-6-6V7ZM12 17v4";
pub const MORE: &str = "m9 6 6 6-6 6";

/// An icon that says nothing to a screen reader: whatever holds it has a name.
pub fn icon(path: Dynamic<&'static str>) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
}

/// A circle that turns while something is awaited.
///
/// Markup without anything dynamic in it would be set as `innerHTML`, which pages with Trusted Types forbid.
pub fn spinner(hidden: Dynamic<bool>) -> impl IntoView {
    view! { <i class="spin" hidden=hidden></i> }
}

/// An icon that stays as it is.
pub fn still(path: &'static str) -> impl IntoView {
    icon(dynamic(move || path))
}
