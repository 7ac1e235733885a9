//! Where one begins: the way to a first message.

use super::{
    super::state::AppState,
    access::Member,
    apps,
    failure::ConsoleResult,
    overview,
    page::{Frame, Section, show},
    query::Asked,
};
use crate::{auth::Role, store::ProjectRecord};
use askama::Template;
use axum::extract::State;
use sigmic_shared::AppId;

#[derive(Template)]
#[template(path = "console/home.html")]
struct HomePage {
    frame: Frame,
    way: Way,
    may_edit: bool,
    has_runs: bool,
    demo_url: Option<String>,
}

/// How far somebody has come.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    /// A project to give a model to, if none has one.
    project: Option<String>,
    has_model: bool,
    /// The app to embed.
    app: Option<AppId>,
    has_message: bool,
}

impl Way {
    fn of(projects: &[ProjectRecord], apps: &[AppId], spoken: Option<AppId>) -> Self {
        Self {
            project: projects.first().map(|project| project.id.clone()),
            // The demo's model is a model for whoever has chosen it for an app.
            has_model: !apps.is_empty() || projects.iter().any(|project| project.provider != "demo"),
            has_message: spoken.is_some(),
            app: spoken.or_else(|| apps.last().cloned()),
        }
    }

    /// The step to take now, from 1; 5: all are taken.
    fn step(&self) -> u8 {
        match (self.has_model, &self.app, self.has_message) {
            (false, ..) => 1,
            (true, None, _) => 2,
            (true, Some(_), false) => 3,
            (true, Some(_), true) => 5,
        }
    }

    fn state(&self, step: u8) -> &'static str {
        match self.step().cmp(&step) {
            std::cmp::Ordering::Greater => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Less => "later",
        }
    }
}

/// `GET /console`
pub async fn show_home(state: State<AppState>, member: Member, asked: Asked) -> ConsoleResult {
    let apps = apps::list_apps(&state, None).await?.into_iter().map(|app| app.app_id);
    let apps: Vec<_> = apps.filter(|app| Some(app) != state.demo_app.as_ref()).collect();
    let (mut tasks, mut spoken) = (0, None);
    for app in &apps {
        let its = state.store.count_tasks_of_app(app, 2).await?;
        spoken = spoken.or_else(|| (its > 0).then(|| app.clone()));
        tasks += its;
    }
    let has_runs = state.store.has_runs().await?;
    // The demo's visitors are nobody's own; without it, whatever ran is.
    if tasks > 1 || has_runs && spoken.is_none() && state.demo_app.is_none() {
        return overview::show_overview(state, member, asked).await;
    }
    show(&HomePage {
        frame: member.frame("Overview", Section::Overview),
        way: Way::of(&state.store.list_projects().await?, &apps, spoken),
        may_edit: member.is_at_least(Role::Editor),
        has_runs,
        demo_url: state.demo_url.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_after_the_other() {
        let project = |provider| ProjectRecord::new("p", provider, "m", "p1".into(), 0);
        let app = AppId::from("wapp_1");
        for (projects, apps, spoken, step) in [
            (vec![], vec![], None, 1),
            (vec![project("demo")], vec![], None, 1),
            (vec![project("openai")], vec![], None, 2),
            (vec![project("demo")], vec![app.clone()], None, 3),
            (vec![project("openai")], vec![app.clone()], None, 3),
            (vec![project("openai")], vec![app.clone()], Some(app.clone()), 5),
        ] {
            let way = Way::of(&projects, &apps, spoken);
            assert_eq!(way.step(), step, "{way:?}");
        }
    }
}
