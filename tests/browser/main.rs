//! The widget in a real Chromium, on a page of another origin, under a strict policy; and the Console.

mod answers;
mod attacks;
mod barriers;
mod console;
mod mcp_servers;
mod page;
mod scene;
mod scripted_api;
mod surroundings;
mod tokens;
mod tools;
mod trouble;
mod what_happened;
