//! German.

use super::Text;

pub(super) fn text(text: Text) -> &'static str {
    match text {
        Text::Title => "KI-Chat",
        Text::Welcome => "Wie kann ich Ihnen helfen?",
        Text::Placeholder => "Nachricht schreiben …",
        Text::Composer => "Nachricht",
        Text::Send => "Senden",
        Text::Stop => "Stoppen",
        Text::Close => "Schließen",
        Text::Maximize => "Maximieren",
        Text::Restore => "Verkleinern",
        Text::NewChat => "Neuer Chat",
        Text::Retry => "Erneut versuchen",
        Text::Copy => "Kopieren",
        Text::Copied => "Kopiert",
        Text::JumpToNewest => "Zur neuesten Nachricht",
        Text::Messages => "Nachrichten",
        Text::Suggestions => "Vorschläge",
        Text::You => "Sie",
        Text::Assistant => "Assistent",
        Text::Thinking => "Denkt nach …",
        Text::Retrying => "Der Assistent ist ausgelastet, neuer Versuch …",
        Text::Reconnecting => "Verbindung unterbrochen, wird wiederhergestellt …",
        Text::Loading => "Unterhaltung wird geladen …",
        Text::Stopped => "Gestoppt",
        Text::ToolRunning => "Läuft",
        Text::ToolDone => "Fertig",
        Text::ToolFailed => "Fehlgeschlagen",
        Text::ToolRefused => "Nicht erlaubt",
        Text::ToolArguments => "Argumente",
        Text::ToolResult => "Ergebnis",
        Text::ShowAll => "Alles anzeigen",
        Text::Approval => "„{tool}“ erlauben?",
        Text::AllowOnce => "Einmal erlauben",
        Text::AlwaysAllow => "Immer erlauben",
        Text::DontAllow => "Nicht erlauben",
        Text::ApprovalFailed => "Ihre Auswahl ist nicht angekommen. Versuchen Sie es erneut.",
        Text::ToolsUnavailable => "Einige Werkzeuge sind gerade nicht verfügbar.",
        Text::ServerUnavailable => "{server} ist gerade nicht verfügbar.",
        Text::ErrorNetwork => {
            "Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut."
        }
        Text::ErrorOrigin => "Der Chat ist auf dieser Website nicht verfügbar.",
        Text::ErrorToken => "Ihre Sitzung ist abgelaufen. Laden Sie die Seite neu, um fortzufahren.",
        Text::ErrorRateLimited => "Das war viel auf einmal. Warten Sie einen Moment und versuchen Sie es erneut.",
        Text::ErrorTooLong => "Das ist zu lang für den Assistenten. Kürzen Sie es oder beginnen Sie einen neuen Chat.",
        Text::ErrorModel => "Der Assistent kann gerade nicht antworten. Versuchen Sie es gleich noch einmal.",
        Text::ErrorInterrupted => "Die Antwort wurde unterbrochen.",
        Text::ErrorStepLimit => "Das brauchte mehr Schritte als erlaubt. Versuchen Sie eine einfachere Frage.",
        Text::ErrorNotFound => "Diese Unterhaltung gibt es nicht mehr.",
        Text::ErrorBusy => "Der Assistent antwortet noch. Versuchen Sie es danach erneut.",
        Text::ErrorSession => "Ihre Sitzung konnte nicht erneuert werden. Versuchen Sie es erneut.",
        Text::ErrorGeneric => "Etwas ist schiefgegangen. Versuchen Sie es erneut.",
    }
}
