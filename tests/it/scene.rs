//! What most tests begin with: a server, a model behind it, and one widget app.

use serde_json::{Value, json};
use sigmic::store::Store;
use sigmic_shared::{StreamEvent, TaskId, routes};
use sigmic_tests::{
    client::{Client, Reply},
    eventually,
    installation::{AppCredentials, Installation},
    model::{Gate, ModelServer, Script},
    postgres::Database,
    server::Server,
    stream::{EventStream, Received},
};
use std::process::ExitStatus;

/// The project of the app.
pub const PROJECT: &str = "shop";

/// A running server with a project, a model and an app that any origin may use.
///
/// A request without a script of its own is answered `echo: ` and its last message.
pub struct Scene {
    pub server: Server,
    pub model: ModelServer,
    pub app: AppCredentials,
    pub installation: Installation,
    api_key: String,
    database: Option<Database>,
}

impl Scene {
    /// On SQLite.
    pub async fn start() -> Self {
        Self::on(Installation::new()).await
    }

    /// On Postgres.
    pub async fn start_on_postgres() -> Self {
        Self::on_postgres(Installation::new()).await
    }

    /// On Postgres, with other settings.
    pub async fn on_postgres(installation: Installation) -> Self {
        let database = Database::create().await;
        let mut scene = Self::on(installation.set("DATABASE_URL", database.url())).await;
        scene.database = Some(database);
        scene
    }

    /// With other settings.
    pub async fn on(installation: Installation) -> Self {
        let model = echoing_model().await;
        installation.use_model(PROJECT, &model).await;
        let app = installation.create_app(PROJECT, &[]).await;
        let api_key = installation.create_api_key(PROJECT).await;
        let server = installation.start().await;
        Self { server, model, app, installation, api_key, database: None }
    }

    /// With further fields of the project.
    pub async fn with_project(installation: Installation, fields: Value) -> Self {
        let mut project = json!({ "name": PROJECT, "provider": "demo", "model": "demo" });
        project.as_object_mut().expect("just made").extend(fields.as_object().expect("fields are an object").clone());
        installation.apply(json!({ "projects": [project] })).await;
        Self::on(installation).await
    }

    /// Somebody without credentials.
    pub fn anonymous(&self) -> Client {
        Client::anonymous(&self.server)
    }

    /// An end user of the app.
    pub async fn user(&self, name: &str) -> Client {
        Client::end_user(&self.server, &self.app, name).await
    }

    /// An end user of the app whose token carries values.
    pub async fn visitor(&self, name: &str, env: Value, secrets: Value) -> Client {
        let anonymous = self.anonymous();
        let token = anonymous.token_with(&self.app, name, json!({ "env": env, "secrets": secrets })).await;
        anonymous.with_bearer(&token)
    }

    /// A program of the project.
    pub fn program(&self) -> Client {
        Client::with_api_key(&self.server, &self.api_key)
    }

    /// The Postgres behind it.
    pub fn database(&self) -> &Database {
        self.database.as_ref().expect("the scene was started on Postgres")
    }

    /// Another app of the project, once the server knows it.
    pub async fn create_app(&self, origins: &[&str]) -> AppCredentials {
        let app = self.installation.create_app(PROJECT, origins).await;
        eventually("the server knows the app", async || {
            (self.anonymous().exchange(token_request(&app, json!({}))).await.status == 200).then_some(())
        })
        .await;
        app
    }

    /// Another API key, once the server knows it.
    pub async fn create_api_key(&self, project: &str) -> String {
        let key = self.installation.create_api_key(project).await;
        let client = Client::with_api_key(&self.server, &key);
        eventually("the server knows the key", async || (client.get(routes::TASKS).await.status == 200).then_some(()))
            .await;
        key
    }

    /// The server's database, past the server.
    pub async fn store(&self) -> Store {
        let url = self.database.as_ref().map(Database::url);
        Store::open(url, &self.installation.data_dir()).await.expect("the database can be opened")
    }

    /// Stops the server with SIGTERM, if that has not been done, and starts it again on the same data. Gives the first
    /// one's exit status and its log.
    pub async fn restart(self) -> (Self, ExitStatus, String) {
        let Self { server, model, app, installation, api_key, database } = self;
        let (status, log) = server.stop().await;
        let server = installation.start().await;
        (Self { server, model, app, installation, api_key, database }, status, log)
    }

    /// Kills the server as a crash would and starts it again on the same data.
    pub async fn crash_and_restart(self) -> Self {
        let Self { server, model, app, installation, api_key, database } = self;
        server.kill().await;
        let server = installation.start().await;
        Self { server, model, app, installation, api_key, database }
    }
}

/// A model that repeats what it is told, unless a script says otherwise.
pub async fn echoing_model() -> ModelServer {
    let model = ModelServer::start().await;
    model.otherwise(|request| Script::answer(&format!("echo: {}", request.last_text())));
    model
}

/// A task whose run has said `text` and waits for the gate; then it says ` end.` and completes.
pub async fn held_task(scene: &Scene, user: &Client, text: &str) -> (TaskId, EventStream, Gate) {
    let gate = Gate::new();
    scene.model.script(Script::new().text(text).gate(&gate).text(" end.").finish("stop"));
    let mut stream = user.create_task_streaming("hold on").await;
    let opening = stream.until_text(text).await;
    (task_id(&opening), stream, gate)
}

/// The id in the `task` event that a stream of a `POST` begins with.
pub fn task_id(events: &[Received]) -> TaskId {
    match events.first().map(|received| &received.event) {
        Some(StreamEvent::Task(task)) => task.id.clone(),
        other => panic!("the stream begins with {other:?}"),
    }
}

/// Sends a message and waits for the end of its run.
pub async fn ask(user: &Client, message: &str) -> TaskId {
    let task = user.create_task(message).await;
    user.finished(&task).await;
    task
}

/// Asks for a task.
pub async fn get_task(user: &Client, task: &TaskId) -> Reply {
    user.get(&routes::task(task.as_str())).await
}

/// Role and text of each message of a task.
pub async fn messages(user: &Client, task: &TaskId) -> Vec<(String, String)> {
    let reply = user.get(&routes::history(task.as_str())).await;
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {}", reply.text)).to_owned();
    let messages = reply.data()["messages"].as_array().expect("messages are a list").iter();
    messages.map(|message| (text(&message["role"]), text(&message["content"]))).collect()
}

/// A body of the token exchange with everything it needs, before `fields` change it. Null removes a field.
pub fn token_request(app: &AppCredentials, fields: Value) -> Value {
    let mut body = json!({ "appId": app.app_id, "appSecret": app.app_secret, "endUserId": "u1" });
    let all = body.as_object_mut().expect("just made");
    for (name, value) in fields.as_object().expect("fields are an object").clone() {
        all.insert(name, value);
    }
    body
}
