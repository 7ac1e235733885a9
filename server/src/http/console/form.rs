//! What a form sends, and the fields it is made of.

use super::super::error::HttpError;
use askama::Template;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header::CONTENT_TYPE,
};
use secrecy::SecretString;
use sigmic_shared::{ApiError, ErrorCode};
use zeroize::Zeroizing;

/// A form that was sent.
pub struct Posted(Vec<(String, Zeroizing<String>)>);

impl Posted {
    /// A field's text; empty when it was not sent. Line breaks are single.
    pub fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// The texts of all fields of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// A field that nobody else may see.
    pub fn secret(&self, name: &str) -> SecretString {
        self.text(name).into()
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &S) -> Result<Self, HttpError> {
        let is_form = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        });
        if !is_form {
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, "Send a form.").into());
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::new(ErrorCode::PayloadTooLarge, "The form is larger than 1 MiB."))?;
        let fields = url::form_urlencoded::parse(&body);
        Ok(Self(fields.map(|(name, value)| (name.into_owned(), Zeroizing::new(value.replace("\r\n", "\n")))).collect()))
    }
}

/// One field of a form, with what is said about it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "console/part/field.html")]
pub struct Field {
    name: &'static str,
    label: &'static str,
    hint: String,
    value: String,
    error: String,
    kind: Kind,
    autocomplete: &'static str,
    placeholder: &'static str,
    options: Vec<(String, String)>,
    is_required: bool,
    is_locked: bool,
    is_first_wrong: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Line,
    Email,
    Number,
    Url,
    Password,
    Tick,
    Choice,
    Area {
        rows: u8,
        is_code: bool,
    },
}

impl Field {
    /// One line.
    pub fn line(name: &'static str, label: &'static str) -> Self {
        Self { name, label, ..Self::default() }
    }

    /// An email address.
    pub fn email(name: &'static str, label: &'static str) -> Self {
        Self { kind: Kind::Email, autocomplete: "username", ..Self::line(name, label) }
    }

    /// A whole number.
    pub fn number(name: &'static str, label: &'static str) -> Self {
        Self { kind: Kind::Number, ..Self::line(name, label) }
    }

    /// A URL.
    pub fn url(name: &'static str, label: &'static str) -> Self {
        Self { kind: Kind::Url, ..Self::line(name, label) }
    }

    /// Something secret, which is never shown again. `autocomplete` tells the browser what it is.
    pub fn password(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self { kind: Kind::Password, autocomplete, ..Self::line(name, label) }
    }

    /// Several lines.
    pub fn area(name: &'static str, label: &'static str, rows: u8) -> Self {
        Self { kind: Kind::Area { rows, is_code: false }, ..Self::line(name, label) }
    }

    /// Several lines of code.
    pub fn code(name: &'static str, label: &'static str, rows: u8) -> Self {
        Self { kind: Kind::Area { rows, is_code: true }, ..Self::line(name, label) }
    }

    /// A box to tick.
    pub fn tick(name: &'static str, label: &'static str, is_ticked: bool) -> Self {
        Self { kind: Kind::Tick, ..Self::line(name, label) }.value(if is_ticked { "on" } else { "" })
    }

    /// One of several; each has its value and how it is called.
    pub fn choice<V: Into<String>, L: Into<String>>(
        name: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (V, L)>,
    ) -> Self {
        let options = options.into_iter().map(|(value, label)| (value.into(), label.into())).collect();
        Self { kind: Kind::Choice, options, ..Self::line(name, label) }
    }

    /// What it holds.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// What was typed into it, unless it is secret.
    pub fn typed(self, posted: &Posted) -> Self {
        let value = if self.kind == Kind::Password { "" } else { posted.text(self.name) }.to_owned();
        self.value(value)
    }

    /// A sentence below the label.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// What an empty one shows.
    pub fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// It has to be filled in.
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Whether it may only be looked at.
    pub fn locked(mut self, is_locked: bool) -> Self {
        self.is_locked = is_locked;
        self
    }

    /// Whether it holds a tick.
    pub fn is_ticked(&self) -> bool {
        self.kind == Kind::Tick && !self.value.is_empty()
    }

    /// What is wrong with it; empty: nothing.
    pub fn set_error(&mut self, error: impl Into<String>) {
        self.error = error.into();
    }

    fn is_wrong(&self) -> bool {
        !self.error.is_empty()
    }

    fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Email => "email",
            Kind::Password => "password",
            // `url` and `number` would refuse in the browser's words what the server explains better.
            _ => "text",
        }
    }

    fn input_mode(&self) -> &'static str {
        match self.kind {
            Kind::Number => "numeric",
            Kind::Url => "url",
            Kind::Email => "email",
            _ => "",
        }
    }

    fn is_area(&self) -> bool {
        matches!(self.kind, Kind::Area { .. })
    }

    fn is_code(&self) -> bool {
        matches!(self.kind, Kind::Area { is_code: true, .. } | Kind::Url)
    }

    fn rows(&self) -> u8 {
        if let Kind::Area { rows, .. } = self.kind { rows } else { 0 }
    }

    /// The ids of what describes it.
    fn described_by(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let error = self.is_wrong().then(|| format!("{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// Puts `error` beside the field called `name`. Whether there is one.
pub fn blame(fields: &mut [&mut Field], name: &str, error: &str) -> bool {
    let is_first = !fields.iter().any(|field| field.is_wrong());
    let Some(field) = fields.iter_mut().find(|field| field.name == name) else { return false };
    field.set_error(error);
    field.is_first_wrong = is_first;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_inert_and_a_secret_is_not_kept() {
        let hostile = "\"><script>alert(1)</script>";
        let posted = Posted(vec![("a".into(), hostile.to_owned().into()), ("p".into(), "secret".to_owned().into())]);
        for field in [Field::line("a", "A"), Field::area("a", "A", 3), Field::choice("a", "A", [(hostile, hostile)])] {
            let html = field.typed(&posted).to_string();
            assert!(!html.contains("<script>") && html.contains("&#60;script&#62;"), "{html}");
        }
        assert!(!Field::password("p", "P", "off").typed(&posted).to_string().contains("secret"));
    }

    #[test]
    fn an_error_stands_beside_its_field() {
        let (mut one, mut two) = (Field::line("one", "One").hint("A hint."), Field::line("two", "Two"));
        assert!(blame(&mut [&mut one, &mut two], "one", "Too <long>."));
        assert!(!blame(&mut [&mut one, &mut two], "three", "Nothing."));
        let html = one.to_string();
        for part in
            ["aria-invalid=\"true\"", "aria-describedby=\"one-hint one-error\"", "Too &#60;long&#62;.", "autofocus"]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!two.to_string().contains("aria-invalid"));
    }
}
