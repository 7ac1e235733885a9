//! What all pages share: the frame around them, and how they are sent.

use super::{super::error::HttpError, failure::ConsoleResult, files};
use crate::auth::{Role, Session};
use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use sigmic_shared::{ApiError, ErrorCode};

/// A part of the Console that the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Where one begins.
    Overview,
    /// Models, prompts, tools.
    Projects,
    /// What websites embed.
    Apps,
    /// What programs authenticate with.
    Keys,
    /// What was said.
    Conversations,
    /// Who changed what.
    Audit,
    /// How the server is.
    Health,
    /// One's own.
    Account,
    /// None of them.
    None,
}

/// The navigation, in its order. To add a page that it leads to, add it here.
const NAVIGATION: [Section; 7] = [
    Section::Overview,
    Section::Projects,
    Section::Apps,
    Section::Keys,
    Section::Conversations,
    Section::Audit,
    Section::Health,
];

impl Section {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Projects => "Projects",
            Self::Apps => "Widget Apps",
            Self::Keys => "API keys",
            Self::Conversations => "Conversations",
            Self::Audit => "Audit log",
            Self::Health => "Health",
            Self::Account => "Your account",
            Self::None => "",
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Projects => "/console/projects",
            Self::Apps => "/console/apps",
            Self::Keys => "/console/keys",
            Self::Conversations => "/console/conversations",
            Self::Audit => "/console/audit",
            Self::Health => "/console/health",
            Self::Account => "/console/account",
            Self::Overview | Self::None => "/console",
        }
    }

    /// The outline of a 24 by 24 picture.
    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::Overview => "M4 13h7V4H4zM13 20h7v-9h-7zM4 20h7v-4H4zM13 4v4h7V4z",
            Self::Projects => "M12 3l9 5-9 5-9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5",
            Self::Apps => "M4 5h16v11h-7l-5 4v-4H4z",
            Self::Conversations => "M3 4h12v8H8l-3 3v-3H3zM18 9h3v9h-2v3l-3-3h-6",
            Self::Audit => "M6 3h9l4 4v14H6zM9 10h7M9 14h7M9 18h4",
            Self::Health => "M3 12h4l2-6 4 13 3-9 1.5 2H21",
            Self::Keys => "M14 10a4.5 4.5 0 1 1-3-4.2M13 8h8v3M18 8v3",
            Self::Account => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-4.5 4-6.5 8-6.5s7 2 8 6.5",
            Self::None => "",
        }
    }
}

/// The frame around a page.
pub struct Frame {
    pub(super) title: String,
    pub(super) section: Section,
    pub(super) who: Option<Who>,
    pub(super) notice: Option<String>,
    pub(super) theme: &'static str,
}

pub(super) struct Who {
    pub(super) email: String,
    pub(super) role: Role,
}

impl Frame {
    pub(super) fn for_anybody(title: &str, theme: &'static str) -> Self {
        Self { title: title.to_owned(), section: Section::None, who: None, notice: None, theme }
    }

    pub(super) fn for_member(title: String, section: Section, session: &Session, theme: &'static str) -> Self {
        let who = Who { email: session.email.clone(), role: session.role };
        Self { title, section, who: Some(who), notice: session.notice.clone(), theme }
    }

    /// With a sentence of success at its top.
    pub fn with_notice(mut self, notice: impl Into<String>) -> Self {
        self.notice = Some(notice.into());
        self
    }

    /// The parts of the Console that whoever looks at it may open.
    pub(super) fn navigation(&self) -> impl Iterator<Item = &'static Section> {
        let is_editor = self.who.as_ref().is_some_and(|who| who.role >= Role::Editor);
        NAVIGATION.iter().filter(move |section| is_editor || **section != Section::Audit)
    }

    pub(super) fn is_at_account(&self) -> bool {
        self.section == Section::Account
    }

    pub(super) fn style(&self) -> &'static str {
        files::style_path()
    }

    pub(super) fn script(&self) -> &'static str {
        files::script_path()
    }
}

/// A page as it is sent.
pub fn show(page: &impl Template) -> ConsoleResult {
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a page of the Console could not be made");
        HttpError::internal()
    })?;
    Ok(Html(html).into_response())
}

/// A page whose form has something wrong in it.
pub fn show_refused(page: &impl Template) -> ConsoleResult {
    // The status of every other request with something wrong in it; the page says what.
    let mut response = HttpError::from(ApiError::new(ErrorCode::ValidationError, "")).into_response();
    let shown = show(page)?;
    *response.body_mut() = shown.into_body();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(response)
}

/// Goes on with a page of the Console.
pub fn see_other(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}
