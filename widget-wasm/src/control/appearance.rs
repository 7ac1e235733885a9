//! How the chat looks and which language it speaks: the page's word, else the app's, else its own.

use super::Control;
use crate::{
    host::{PageConfig, config::Theme, page},
    strings::Strings,
    view::{Look, follow},
};
use leptos::{prelude::*, task::spawn_local};
use serde::Serialize;
use sigmic_shared::widget::Branding;

/// What page and app decided together.
pub(super) fn look(page: &PageConfig, app: &Branding) -> Look {
    Look {
        title: page.title.clone().or_else(|| app.title.clone()),
        logo: page.logo.clone().or_else(|| app.logo.clone()),
        welcome: page.welcome_message.clone().or_else(|| app.welcome_message.clone()),
        suggestions: page.suggestions.clone().unwrap_or_else(|| app.suggestions.clone()),
        placeholder: page.placeholder.clone(),
        primary_color: page.primary_color.clone().or_else(|| app.primary_color.clone()),
        left: page.left,
        launcher: page.launcher,
        inline: page.inline,
        z_index: page.z_index,
        offset: page.offset,
    }
}

/// The texts: in the language the page asks for, else in its own, else in the visitor's.
pub(super) fn strings(page: &PageConfig) -> Strings {
    let locale = page.locale.clone().or_else(|| page::languages().into_iter().next()).unwrap_or_default();
    Strings::new(&locale, page.strings.clone())
}

/// What the boot script paints before it knows anything else.
#[derive(Serialize)]
struct Paint {
    color: Option<String>,
    title: Option<String>,
}

impl Control {
    /// Keeps the stylesheet's values up to date.
    pub(super) fn keep_appearance(&self) {
        let ui = self.ui;
        let me = self.me.clone();
        self.keep(page::on_media(page::DARK, move |_| {
            if let Some(control) = me.upgrade() {
                control.choose_theme();
            }
        }));
        self.choose_theme();
        let visible_part = RwSignal::new(page::visible_part());
        self.keep(page::on_visible_part(move || visible_part.set(page::visible_part())));
        let boot = self.boot.clone();
        follow(move || {
            let mut properties = ui.look.with(Look::properties);
            if ui.phone.get()
                && let Some((top, height)) = visible_part.get()
            {
                properties += &format!("--sc-top:{top}px;--sc-height:{height}px;");
            }
            boot.set_properties(&properties);
        });
    }

    /// Reads page and app anew.
    pub(super) fn refresh_appearance(&self) {
        let (config, branding) = (self.config.borrow(), self.branding.borrow());
        self.ui.look.set(look(&config, &branding));
        self.ui.strings.set(strings(&config));
        drop((config, branding));
        self.choose_theme();
    }

    /// Begins with what the app looked like at the last visit, so that nothing changes before the visitor's eyes.
    pub(super) fn apply_remembered_branding(&self) {
        let branding = self.remembered.app("branding").and_then(|json| sigmic_shared::json::from_str(&json).ok());
        *self.branding.borrow_mut() = branding.unwrap_or_default();
        self.refresh_appearance();
    }

    /// Asks the server what the app looks like. A failure is no news: the first message will meet it too.
    pub(super) fn refresh_branding(&self) {
        let (api, me) = (self.api.clone(), self.me.clone());
        spawn_local(async move {
            let Ok(config) = api.widget_config().await else { return };
            let Some(control) = me.upgrade() else { return };
            if let Ok(json) = serde_json::to_string(&config.branding) {
                control.remembered.set_app("branding", &json);
            }
            *control.branding.borrow_mut() = config.branding;
            control.refresh_appearance();
            let (color, title) = control.ui.look.with_untracked(|look| (look.primary(), look.title.clone()));
            if let Ok(json) = serde_json::to_string(&Paint { color, title }) {
                control.remembered.set_app("paint", &json);
            }
        });
    }

    fn choose_theme(&self) {
        self.ui.dark.set(match self.config.borrow().theme {
            Theme::Auto => page::matches(page::DARK),
            Theme::Light => false,
            Theme::Dark => true,
        });
    }
}
