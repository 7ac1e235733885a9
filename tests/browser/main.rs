//! The widget in a real Chromium, on a page of another origin, under a strict policy.

mod answers;
mod approvals;
mod attacks;
mod barriers;
mod page;
mod scene;
mod scripted_api;
mod surroundings;
mod tokens;
mod tools;
mod trouble;
