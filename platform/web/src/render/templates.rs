//! Themes: templates, catalogues and files, embedded in the program or read from a directory during development.
//!
//! A template reaches nothing but the view model that it is given: no loader beyond its own theme, no functions of ours,
//! and fuel that ends a runaway loop.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Output, State, Value};
use rust_embed::RustEmbed;
use serde::Serialize;

use super::assets::{Asset, Assets};

#[derive(RustEmbed)]
#[folder = "../../themes"]
#[exclude = "*/samples/*"]
#[allow_missing = true]
struct Embedded;

/// Fixed words of a theme in one language.
pub type Texts = BTreeMap<String, String>;

/// Why a page was not made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No such theme.
    #[error("there is no theme {0}")]
    NoTheme(String),
    /// The template failed.
    #[error("template {template}: {source:#}")]
    Template {
        /// Which one.
        template: String,
        /// Why.
        source: minijinja::Error,
    },
}

/// Every theme of the program.
pub struct Templates {
    environments: HashMap<String, Environment<'static>>,
    texts: HashMap<(String, String), Texts>,
    assets: Assets,
}

/// Steps that one rendering may take; the largest page of the base theme takes about a tenth.
const FUEL: u64 = 5_000_000;

impl Templates {
    /// Loads the embedded themes, or those of a directory.
    ///
    /// # Errors
    /// The first file that cannot be read or parsed, in words.
    pub fn load(directory: Option<&Path>) -> Result<Self, String> {
        let files: BTreeMap<String, Cow<'static, [u8]>> = match directory {
            Some(directory) => read_directory(directory, directory)?,
            None => Embedded::iter()
                .filter_map(|name| Embedded::get(&name).map(|file| (name.into_owned(), file.data)))
                .collect(),
        };
        let mut environments: HashMap<String, Environment<'static>> = HashMap::new();
        let mut texts: HashMap<(String, String), Texts> = HashMap::new();
        for (path, bytes) in &files {
            let Some((theme, rest)) = path.split_once('/') else { continue };
            let text = || String::from_utf8(bytes.to_vec()).map_err(|error| format!("{path}: {error}"));
            if let Some(template) = rest.strip_prefix("templates/") {
                let environment = environments.entry(theme.to_owned()).or_insert_with(empty);
                environment
                    .add_template_owned(template.to_owned(), text()?)
                    .map_err(|error| format!("{path}: {error:#}"))?;
            } else if let Some(locale) = catalogue(rest) {
                let parsed: Texts = toml::from_str(&text()?).map_err(|error| format!("{path}: {error}"))?;
                let words: &mut Texts = texts.entry((theme.to_owned(), locale.to_owned())).or_default();
                for (key, word) in parsed {
                    if words.insert(key.clone(), word).is_some() {
                        return Err(format!("{path}: {key} stands in another catalogue already"));
                    }
                }
            }
        }
        let assets = Assets::gather(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_ref())));
        Ok(Self { environments, texts, assets })
    }

    /// Renders a template of a theme from its view model.
    ///
    /// # Errors
    /// See [`RenderError`].
    pub fn render(&self, theme: &str, template: &str, view: &impl Serialize) -> Result<String, RenderError> {
        let environment = self.environments.get(theme).ok_or_else(|| RenderError::NoTheme(theme.to_owned()))?;
        let failed = |source| RenderError::Template { template: format!("{theme}/{template}"), source };
        environment.get_template(template).map_err(failed)?.render(Value::from(Serde(view))).map_err(failed)
    }

    /// The languages of a theme.
    pub fn locales(&self, theme: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            self.texts.keys().filter(|(of, _)| of == theme).map(|(_, locale)| locale.as_str()).collect();
        found.sort_unstable();
        found
    }

    /// Fixed words of a theme; the Chinese ones when the language has none.
    pub fn texts(&self, theme: &str, locale: &str) -> Option<&Texts> {
        let of = |locale: &str| self.texts.get(&(theme.to_owned(), locale.to_owned()));
        of(locale).or_else(|| of("zh-Hans"))
    }

    /// The themes that portals may use.
    pub fn has_theme(&self, theme: &str) -> bool {
        self.environments.contains_key(theme)
    }

    /// Prefix of the addresses of a theme's files; it changes with their content.
    pub fn assets_prefix(&self, theme: &str) -> &str {
        self.assets.prefix(theme)
    }

    /// One file by its address.
    pub fn asset(&self, address: &str) -> Option<&Asset> {
        self.assets.find(address)
    }
}

/// The language of a catalogue by its path: `texts.LOCALE.toml`, or any file of `texts/LOCALE/`.
fn catalogue(path: &str) -> Option<&str> {
    let name = path.strip_suffix(".toml")?;
    name.strip_prefix("texts.").or_else(|| name.strip_prefix("texts/")?.split_once('/').map(|(locale, _)| locale))
}

fn empty() -> Environment<'static> {
    let mut environment = Environment::new();
    environment
        .set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(lean);
    environment
}

/// Escapes what HTML needs and nothing more: the engine's own escaping also rewrites every slash, which makes each address
/// on a page thrice as long.
fn lean(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = match (state.auto_escape(), value.as_str()) {
        (AutoEscape::Html, Some(text)) if !value.is_safe() => text,
        _ => return minijinja::escape_formatter(out, state, value),
    };
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.write_str(&text[from..at])?;
        out.write_str(escaped)?;
        from = at + 1;
    }
    Ok(out.write_str(&text[from..])?)
}

fn read_directory(root: &Path, directory: &Path) -> Result<BTreeMap<String, Cow<'static, [u8]>>, String> {
    let mut files = BTreeMap::new();
    let unreadable = |error: std::io::Error| format!("{}: {error}", directory.display());
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(read_directory(root, &path)?);
        } else if let Ok(name) = path.strip_prefix(root) {
            files.insert(
                name.to_string_lossy().replace('\\', "/"),
                Cow::Owned(std::fs::read(&path).map_err(unreadable)?),
            );
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_text_on_a_page() {
        let mut environment = empty();
        environment
            .add_template("x.html", "<a title=\"{{ v }}\" href=\"{{ h }}\">{{ v }}</a>{{ n }}{{ s|safe }}")
            .expect("a template");
        let view = minijinja::context! { v => "<b onclick='x'>\"&", h => "/a/b", n => 3, s => "<i>" };
        let shown = environment.get_template("x.html").expect("there").render(view).expect("rendered");
        let text = "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;";
        assert_eq!(shown, format!("<a title=\"{text}\" href=\"/a/b\">{text}</a>3<i>"));
    }
}
