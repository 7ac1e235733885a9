//! Carries out what visitors and the page want: the one room that knows the view, the server and the page.

mod appearance;
mod approvals;
mod methods;
mod runs;
mod tokens;
mod window;

use crate::{
    host::{Boot, PageConfig, console, events, storage::Remembered},
    transport::{Api, FetchToken, StreamHandle, Tabs, Tokens},
    view::{Action, Panel, Ui, adopt_frame, adopt_launcher},
};
use leptos::prelude::*;
use sigmic_shared::{host_events::HostEvent, widget::Branding};
use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

/// One chat on the page. Dropping it removes everything but what the boot script made.
pub struct Control {
    boot: Boot,
    ui: Ui,
    tabs: Tabs,
    tokens: Tokens,
    api: Api,
    remembered: Remembered,
    config: RefCell<PageConfig>,
    branding: RefCell<Branding>,
    runs: runs::Runs,
    /// Whether the conversation of the last visit was looked for.
    has_started: Cell<bool>,
    token_trouble: tokens::Trouble,
    listeners: RefCell<Vec<Box<dyn Any>>>,
    me: Weak<Self>,
}

impl Control {
    /// Mounts the chat next to the launcher that the boot script painted. The second value keeps the view mounted.
    pub fn mount(boot: Boot) -> (Rc<Self>, Box<dyn Any>) {
        let slot = Rc::new(RefCell::new(None));
        let made = slot.clone();
        let mounted = leptos::mount::mount_to(boot.frame(), move || {
            let control = Self::new(boot);
            let ui = control.ui;
            adopt_frame(ui, control.boot.frame());
            adopt_launcher(ui, control.boot.launcher());
            *made.borrow_mut() = Some(control);
            view! { <Panel ui /> }
        });
        let control = slot.borrow_mut().take().expect("the view was mounted above");
        control.begin();
        (control, Box::new(mounted))
    }

    /// Whether the panel is open.
    pub fn is_open(&self) -> bool {
        self.ui.open.get_untracked()
    }

    fn new(boot: Boot) -> Rc<Self> {
        Rc::new_cyclic(|me: &Weak<Self>| {
            let config = PageConfig::read(&boot.config());
            let host = boot.host();
            let tabs = Tabs::new(&host);
            let notified = me.clone();
            let tokens = Tokens::new(
                config.token.clone().unwrap_or_default(),
                fetch_token(&config, &boot),
                tabs.clone(),
                move |notice| {
                    if let Some(control) = notified.upgrade() {
                        control.on_token_notice(notice);
                    }
                },
            );
            let acting = me.clone();
            let act = move |action| {
                if let Some(control) = acting.upgrade() {
                    control.act(action);
                }
            };
            let branding = Branding::default();
            Self {
                ui: Ui::new(appearance::look(&config, &branding), appearance::strings(&config), act),
                api: Api::new(&host, tokens.clone()),
                boot,
                tabs,
                tokens,
                remembered: Remembered::default(),
                config: RefCell::new(config),
                branding: RefCell::new(branding),
                runs: runs::Runs::default(),
                has_started: Cell::new(false),
                token_trouble: tokens::Trouble::default(),
                listeners: RefCell::new(Vec::new()),
                me: me.clone(),
            }
        })
    }

    /// What has to be there before anything else happens, in this order.
    fn begin(&self) {
        self.remember_owner();
        self.apply_remembered_branding();
        self.keep_appearance();
        self.keep_window();
        self.hear_other_tabs();
        let config = self.config.borrow();
        if config.token.is_none() && config.fetch_token.is_none() {
            self.report("MISSING_TOKEN", "There is no token.");
        }
        drop(config);
        self.emit(&HostEvent::Ready);
        self.restore_window();
        self.refresh_branding();
    }

    fn act(&self, action: Action) {
        match action {
            Action::Toggle => {
                if self.is_open() {
                    self.close();
                } else {
                    self.open();
                }
            }
            Action::Close => self.close(),
            Action::Maximize => self.resize(true),
            Action::Restore => self.resize(false),
            Action::Send(text) => self.send(text),
            Action::Stop => self.stop(),
            Action::Retry => self.retry(),
            Action::Decide { call_id, outcome } => self.decide(call_id, outcome),
            Action::NewChat => {
                self.new_chat();
                self.ui.focus.update(|wishes| *wishes += 1);
            }
        }
    }

    fn emit(&self, event: &HostEvent) {
        events::emit(&self.boot, event);
    }

    /// Tells the page and its developers what failed.
    fn report(&self, code: &str, message: &str) {
        console::error(code, message, self.api.host());
        self.emit(&HostEvent::Error { code: code.to_owned(), message: message.to_owned() });
    }

    fn keep<T: 'static>(&self, listener: T) {
        self.listeners.borrow_mut().push(Box::new(listener));
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.tokens.close();
        self.tabs.close();
    }
}

/// The page's `fetchToken` as a method of its configuration.
fn fetch_token(config: &PageConfig, boot: &Boot) -> Option<FetchToken> {
    Some(FetchToken { function: config.fetch_token.clone()?, this: boot.config().into() })
}

/// The stream being followed; replacing it ends the one before.
type Following = RefCell<Option<StreamHandle>>;
