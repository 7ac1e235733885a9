//! Where one begins.

use super::{
    access::Member,
    failure::ConsoleResult,
    page::{Frame, Section, show},
};
use askama::Template;

#[derive(Template)]
#[template(path = "console/home.html")]
struct HomePage {
    frame: Frame,
}

/// `GET /console`
pub async fn show_home(member: Member) -> ConsoleResult {
    show(&HomePage { frame: member.frame("Overview", Section::Overview) })
}
