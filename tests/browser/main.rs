//! The widget in a real Chromium, on a page of another origin, under a strict policy.

mod answers;
mod attacks;
mod page;
mod scene;
mod tokens;
