//! Building the widget: Trunk compiles it to WebAssembly, then it is shrunk, named by content and compressed.
//!
//! What lies in `dist/` is what pages load: `sigmic-chat.js`, which paints the launcher, and the two files it loads
//! when they are wanted, `sigmic-chat-<hash>.js` and `sigmic-chat-<hash>_bg.wasm`; each also as `.br` and `.gz`.

use crate::{
    process::{read_from, run},
    tools::Tools,
    workspace,
};
use anyhow::{Context, Result};
use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    path::Path,
};

/// What rustc's wasm32 target uses. Named one by one: wasm-opt would otherwise refuse what the compiler emits, or emit
/// what older browsers refuse.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The language version that the served scripts keep to.
const SCRIPT_TARGET: &str = "--target=es2021";

/// Builds the widget into `dist/`.
pub fn build(tools: &Tools) -> Result<()> {
    let root = workspace::root();
    let (trunk, assets) = (root.join("target/trunk"), root.join("assets"));
    run(tools.command("trunk").arg("build"))?;
    let shrunk = trunk.join("shrunk.wasm");
    let mut wasm_opt = tools.command("wasm-opt");
    wasm_opt.args(WASM_FEATURES).args(["-Oz", "--strip-debug", "--strip-producers"]);
    run(wasm_opt.arg(trunk.join("sigmic-widget_bg.wasm")).arg("-o").arg(&shrunk))?;
    let wasm = fs::read(&shrunk)?;
    let wasm_file = format!("sigmic-chat-{}_bg.wasm", hash(&wasm));

    let read_text = |file: &Path| fs::read_to_string(file).with_context(|| format!("{} is missing", file.display()));
    let style = |name: &str| {
        read_from(tools.command("esbuild").args(["--minify", "--loader=css"]), &read_text(&assets.join(name))?)
    };
    let script = |text: &str, definitions: &[(&str, &str)]| {
        let mut esbuild = tools.command("esbuild");
        esbuild.args(["--minify", "--charset=utf8", SCRIPT_TARGET]);
        for (name, value) in definitions {
            esbuild.arg(format!("--define:{name}={}", serde_json::to_string(value)?));
        }
        read_from(&mut esbuild, text)
    };
    let generated = read_text(&trunk.join("sigmic-widget.js"))?;
    let rest = read_text(&assets.join("rest.js"))?.replace("/* GENERATED */", &generated);
    let rest = script(&rest, &[("WIDGET_CSS", style("widget.css")?.trim())])?;
    let rest_file = format!("sigmic-chat-{}.js", hash(rest.as_bytes()));
    let boot = script(
        &read_text(&assets.join("boot.js"))?,
        &[("LAUNCHER_CSS", style("launcher.css")?.trim()), ("GLUE_FILE", &rest_file), ("WASM_FILE", &wasm_file)],
    )?;

    let dist = root.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::create_dir_all(&dist)?;
    for (name, content) in
        [("sigmic-chat.js", boot.as_bytes()), (&rest_file, rest.as_bytes()), (&wasm_file, wasm.as_slice())]
    {
        write_compressed(&dist.join(name), content)?;
    }
    Ok(())
}

/// Names a file by its content, so that it can be cached for ever.
fn hash(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Writes a file as it is, as `.br` and as `.gz`, each as small as it gets: it is served far more often than built.
fn write_compressed(file: &Path, content: &[u8]) -> Result<()> {
    let mut brotli = Vec::new();
    brotli::CompressorWriter::new(&mut brotli, 4096, 11, 22).write_all(content)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(content)?;
    let gzip = gzip.finish()?;
    let name = file.file_name().unwrap_or_default().display();
    eprintln!("{name}: {} bytes, {} as brotli, {} as gzip.", content.len(), brotli.len(), gzip.len());
    for (suffix, bytes) in [("", content), (".br", &brotli), (".gz", &gzip)] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        fs::write(&path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
