//! What visitors see. Components read signals and say what the visitor wants with [`Action`]s; they know neither the
//! network nor the page.

mod answer;
mod approval_card;
mod block;
mod color;
mod composer;
mod conversation;
mod duration;
mod dynamic;
mod error_card;
mod focus;
mod frame;
mod header;
mod icons;
mod jump_button;
mod launcher;
mod live_region;
mod look;
mod message;
mod message_list;
mod panel;
mod passage;
mod scroll;
mod status_line;
mod tool_call;
mod ui;
mod welcome;

pub use conversation::Conversation;
pub use dynamic::follow;
pub use frame::adopt_frame;
pub use launcher::adopt_launcher;
pub use look::Look;
pub use panel::Panel;
pub use ui::{Action, Ui};
