//! Checks what the build needs beyond Rust, and with the `explorer` feature gathers the files that the explorer serves
//! in `OUT_DIR/explorer`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The scripts and styles that GraphiQL and React ship ready to serve.
const PACKAGED: [&str; 4] = [
    "react/umd/react.production.min.js",
    "react-dom/umd/react-dom.production.min.js",
    "graphiql/graphiql.min.js",
    "graphiql/graphiql.min.css",
];
const OURS: [&str; 5] = ["index.html", "explorer.js", "table.js", "explorer.css", "icon.svg"];
const NPM_FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // They are embedded by a macro, which does not notice a new one.
    println!("cargo::rerun-if-changed=migrations");
    let explorer = env::var_os("CARGO_FEATURE_EXPLORER").is_some();
    if let Err(message) = check_tools(explorer) {
        println!("cargo::error={message}");
    } else if explorer && let Err(message) = gather_explorer() {
        println!("cargo::error=the explorer could not be built: {message}");
    }
}

fn check_tools(explorer: bool) -> Result<(), String> {
    let cc = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut missing = Vec::new();
    for tool in [cc.as_str(), "make", "perl"] {
        if version(tool).is_none() {
            missing.push(format!("{tool} (for the built-in OpenSSL, libpq and SQLite)"));
        }
    }
    if explorer {
        let major = |v: String| v.trim().strip_prefix('v')?.split('.').next()?.parse::<u32>().ok();
        if version("node").and_then(major).is_none_or(|major| major < 20) {
            missing.push("node 20 or later (for the explorer)".into());
        }
        if version("npm").is_none() {
            missing.push("npm (for the explorer)".into());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let without =
        if explorer { "; with --no-default-features there is no explorer, and no need of node and npm" } else { "" };
    Err(format!("the build needs, and does not find: {}{without}", missing.join(", ")))
}

fn version(tool: &str) -> Option<String> {
    let mut words = tool.split_whitespace();
    let output = Command::new(words.next()?).args(words).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn gather_explorer() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=explorer/examples");
    for file in OURS.iter().chain(&NPM_FILES) {
        println!("cargo::rerun-if-changed=explorer/{file}");
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let (npm, assets) = (out.join("npm"), out.join("explorer"));
    fs::create_dir_all(&npm)?;
    fs::create_dir_all(&assets)?;
    for file in OURS {
        copy(format!("explorer/{file}"), assets.join(file))?;
    }
    fs::write(assets.join("examples.graphql"), examples()?)?;
    install(&npm, &assets)
}

/// Installs the packages of the lock, unless an earlier build did, and keeps the files to serve: 2 MB of 120.
fn install(npm: &Path, assets: &Path) -> Result<(), Box<dyn Error>> {
    let lock = fs::read("explorer/package-lock.json")?;
    let installed = npm.join("installed.json");
    if fs::read(&installed).is_ok_and(|earlier| earlier == lock) {
        return Ok(());
    }
    for file in NPM_FILES {
        copy(format!("explorer/{file}"), npm.join(file))?;
    }
    let output = Command::new("npm").args(["ci", "--ignore-scripts"]).current_dir(npm).output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " | ");
        return Err(format!("npm ci: {errors}").into());
    }
    let modules = npm.join("node_modules");
    for path in PACKAGED.map(Path::new) {
        copy(modules.join(path), assets.join(path.file_name().expect("a file")))?;
    }
    fs::remove_dir_all(modules)?;
    fs::write(installed, lock)?;
    Ok(())
}

fn copy(from: impl AsRef<Path>, to: PathBuf) -> Result<(), String> {
    let from = from.as_ref();
    fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

/// The example queries in the order of their names, with a form feed (no GraphQL document has one) between them.
fn examples() -> io::Result<String> {
    let mut paths: Vec<_> =
        fs::read_dir("explorer/examples")?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let texts: Vec<_> = paths.iter().map(fs::read_to_string).collect::<io::Result<_>>()?;
    Ok(texts.join("\x0c"))
}
